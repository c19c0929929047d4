package view

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// Number writes n with separators: 1,234,567.
func Number(n int64) string { return humanize.Comma(n) }

// Plural is n of what the noun names: 1 task, 2,000 tasks.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Number(int64(n)) + " " + noun + "s"
}

// Clock is an instant for people, in the project's time zone; nil is UTC.
func Clock(t time.Time, zone *time.Location) string {
	zone = cmp.Or(zone, time.UTC)
	return t.In(zone).Format("2006-01-02 15:04 MST")
}

// LimitText is a limit in words: "20,000 tokens and $2.50, strict".
func LimitText(l budget.Limit, mode budget.Mode) string {
	var parts []string
	if l.Tokens != nil {
		parts = append(parts, Number(*l.Tokens)+" tokens")
	}
	if l.Cost != nil {
		parts = append(parts, l.Cost.String())
	}
	if len(parts) == 0 {
		parts = append(parts, "unlimited")
	}
	return strings.Join(parts, " and ") + ", " + string(mode)
}

// costText is a settled cost: what has no price is said, not left out.
func costText(c budget.Counters) string {
	switch {
	case c.Unpriced == 0:
		return c.Settled.Cost.String()
	case c.Settled.Cost == 0:
		return "cost unknown"
	}
	return fmt.Sprintf("%v and an unknown cost of %s tokens", c.Settled.Cost, Number(c.Unpriced))
}

// SpentText is what a scope has settled and holds: "settled 1,200 tokens ($0.01), held 300".
func SpentText(s budget.Status) string {
	text := fmt.Sprintf("settled %s tokens (%s), held %s", Number(s.Settled.Tokens), costText(s.Counters), Number(s.Held.Tokens))
	if debt := s.Debt.Total(); !debt.IsZero() {
		text += ", debt " + Number(debt.Tokens)
		if debt.Cost != 0 {
			text += " (" + debt.Cost.String() + ")"
		}
	}
	return text
}

// BudgetText is what every progress line carries: settled, held, remaining and limit.
func BudgetText(s budget.Status) string {
	text := fmt.Sprintf("settled %s  held %s", Number(s.Settled.Tokens), Number(s.Held.Tokens))
	if s.Limit.Tokens != nil {
		text += fmt.Sprintf("  remaining %s of %s tokens", Number(*s.Remaining.Tokens), Number(*s.Limit.Tokens))
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
		parts = append(parts, fmt.Sprintf("%s done before", Number(int64(s.Resumed))))
	}
	for _, o := range orchestrator.Outcomes {
		if s.Counts[o] == 0 {
			continue
		}
		part := fmt.Sprintf("%s %s", Number(int64(s.Counts[o])), o)
		if o == orchestrator.Done && s.Cut > 0 {
			part += fmt.Sprintf(" (%s cut at the cap)", Number(int64(s.Cut)))
		}
		parts = append(parts, part)
	}
	if s.Left > 0 {
		parts = append(parts, fmt.Sprintf("%s left for later", Number(int64(s.Left))))
	}
	took := s.Ended.Sub(s.Started).Round(time.Millisecond)
	return fmt.Sprintf("%s of %s in %v\n%s", strings.Join(parts, ", "), Plural(s.Total, "task"), took, BudgetText(total))
}

// amountText is an amount whose money is told only if there is some.
func amountText(a budget.Amount) string {
	if a.Cost == 0 {
		return Number(a.Tokens)
	}
	return fmt.Sprintf("%s (%v)", Number(a.Tokens), a.Cost)
}
