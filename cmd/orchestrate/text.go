package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// count writes n with separators: 1,234,567.
func count(n int64) string { return humanize.Comma(n) }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(int64(n)) + " " + noun + "s"
}

// clockText is an instant for people, in the project's time zone.
func clockText(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02 15:04 MST")
}

// limitText is a limit in words: "20,000 tokens and $2.50, strict".
func limitText(l budget.Limit, mode budget.Mode) string {
	var parts []string
	if l.Tokens != nil {
		parts = append(parts, count(*l.Tokens)+" tokens")
	}
	if l.Cost != nil {
		parts = append(parts, l.Cost.String())
	}
	if len(parts) == 0 {
		parts = append(parts, "unlimited")
	}
	return strings.Join(parts, " and ") + ", " + string(mode)
}

// costText is a settled cost; what has no price is said, not left out.
func costText(c budget.Counters) string {
	switch {
	case c.Unpriced == 0:
		return c.Settled.Cost.String()
	case c.Settled.Cost == 0:
		return "cost unknown"
	}
	return fmt.Sprintf("%v and an unknown cost of %s tokens", c.Settled.Cost, count(c.Unpriced))
}

// spentText is what a scope has settled and holds: "settled 1,200 tokens ($0.01), held 300".
func spentText(s budget.Status) string {
	text := fmt.Sprintf("settled %s tokens (%s), held %s", count(s.Settled.Tokens), costText(s.Counters), count(s.Held.Tokens))
	if debt := s.Debt.Total(); !debt.IsZero() {
		text += ", debt " + count(debt.Tokens)
		if debt.Cost != 0 {
			text += " (" + debt.Cost.String() + ")"
		}
	}
	return text
}

// budgetText is what every progress line carries: settled, held, remaining and limit.
func budgetText(s budget.Status) string {
	text := fmt.Sprintf("settled %s  held %s", count(s.Settled.Tokens), count(s.Held.Tokens))
	if s.Limit.Tokens != nil {
		text += fmt.Sprintf("  remaining %s of %s tokens", count(*s.Remaining.Tokens), count(*s.Limit.Tokens))
	} else {
		text += "  remaining unlimited, limit none"
	}
	text += "  " + costText(s.Counters)
	if s.Limit.Cost != nil {
		text += fmt.Sprintf(", %v of %v left", *s.Remaining.Cost, *s.Limit.Cost)
	}
	return text
}

// summaryText is what a run came to, in two lines.
func summaryText(s orchestrator.Summary, total budget.Status) string {
	var parts []string
	if s.Resumed > 0 {
		parts = append(parts, fmt.Sprintf("%s done before", count(int64(s.Resumed))))
	}
	for _, o := range orchestrator.Outcomes {
		if s.Counts[o] == 0 {
			continue
		}
		part := fmt.Sprintf("%s %s", count(int64(s.Counts[o])), o)
		if o == orchestrator.Done && s.Cut > 0 {
			part += fmt.Sprintf(" (%s cut at the cap)", count(int64(s.Cut)))
		}
		parts = append(parts, part)
	}
	took := s.Ended.Sub(s.Started).Round(time.Millisecond)
	return fmt.Sprintf("%s of %s in %v\n%s", strings.Join(parts, ", "), plural(s.Total, "task"), took, budgetText(total))
}

// quoteArg returns s as an argument that a shell takes as it is.
func quoteArg(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// program is how the user called this program.
func program() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/orchestrate"
	}
	return "orchestrate"
}
