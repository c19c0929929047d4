package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
)

// liveView is a run at a moment, in lines of at most width columns. The limit, what is settled, held and
// remaining stand at the beginning of their lines, where a narrow terminal does not cut them off.
func liveView(p orchestrator.Progress, elapsed time.Duration, width int) string {
	lines := []string{
		"tasks    " + tasksText(p),
		"workers  " + workersText(p),
		"budget   " + usedText(p.Budget, min(40, width/3)),
		"         " + amountsText(p.Budget),
		"time     " + timeText(p, elapsed),
	}
	if len(p.Paused) > 0 {
		lines = append(lines, "paused   "+pausesText(p.Paused, p.Started.Add(elapsed)))
	}
	clip := lipgloss.NewStyle().MaxWidth(width)
	for i, line := range lines { // one by one: together they would be padded
		lines[i] = clip.Render(line)
	}
	return strings.Join(lines, "\n")
}

// tasksText is the tasks by state.
func tasksText(p orchestrator.Progress) string {
	parts := []string{Number(int64(p.Running)) + " running", Number(int64(p.Waiting)) + " waiting"}
	for _, o := range orchestrator.Outcomes {
		if n := p.Counts[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", Number(int64(n)), o))
		}
		if o == orchestrator.Done && p.Cut > 0 {
			parts = append(parts, Number(int64(p.Cut))+" cut")
		}
	}
	if p.Resumed > 0 {
		parts = append(parts, Number(int64(p.Resumed))+" done before")
	}
	return strings.Join(parts, "  ") + "  of " + Number(int64(p.Total))
}

func workersText(p orchestrator.Progress) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(p.Workers)) {
		parts = append(parts, fmt.Sprintf("%s %d", escape.Line(name), p.Workers[name]))
	}
	return strings.Join(parts, "  ")
}

// usedText is the limit with a bar of what is settled and held of it.
func usedText(s budget.Status, width int) string {
	if s.Limit.Tokens == nil {
		return "no limit in tokens"
	}
	limit := *s.Limit.Tokens
	return fmt.Sprintf("%s  limit %s tokens", bar(s.Settled.Tokens, s.Held.Tokens, limit, width), Number(limit))
}

// bar draws settled and held tokens against a limit; what is above the limit does not make it longer. A
// limit of zero is spent.
func bar(settled, held, limit int64, width int) string {
	cells := func(n int64) int {
		if limit == 0 {
			return width
		}
		return int(min(1, max(0, float64(n)/float64(limit))) * float64(width))
	}
	full := cells(settled)
	open := max(full, cells(settled+held))
	return strings.Repeat("█", full) + strings.Repeat("▒", open-full) + strings.Repeat("░", width-open)
}

// amountsText is what is settled, held and remaining, with the cost.
func amountsText(s budget.Status) string {
	remaining := "unlimited"
	if s.Remaining.Tokens != nil {
		remaining = Number(*s.Remaining.Tokens)
	}
	text := fmt.Sprintf("settled %s  held %s  remaining %s  %s", Number(s.Settled.Tokens), Number(s.Held.Tokens), remaining, costText(s.Counters))
	if s.Limit.Cost != nil {
		text += fmt.Sprintf(", %v of %v left", *s.Remaining.Cost, *s.Limit.Cost)
	}
	return text
}

// timeText is the time that has passed, and the time left as far as it can be told.
func timeText(p orchestrator.Progress, elapsed time.Duration) string {
	text := elapsed.Round(time.Second).String()
	if left, ok := timeLeft(p, elapsed); ok {
		text += fmt.Sprintf(", about %v left", left.Round(time.Second))
	}
	return text
}

// timeLeft goes by the pace so far, and needs some of it.
func timeLeft(p orchestrator.Progress, elapsed time.Duration) (time.Duration, bool) {
	ended := 0
	for _, n := range p.Counts {
		ended += n
	}
	if ended < 3 {
		return 0, false
	}
	return elapsed / time.Duration(ended) * time.Duration(p.Running+p.Waiting), true
}
