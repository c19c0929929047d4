package view

import (
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// totalAt is the total scope with a limit in tokens, as a run would Report it.
func totalAt(limit, settled, held int64) budget.Status {
	s := budget.Status{Scope: budget.Total, Limit: budget.Limit{Tokens: &limit}}
	s.Settled.Tokens, s.Held.Tokens = settled, held
	s.Remaining.Tokens = new(limit - settled - held)
	return s
}

func progressAt(s budget.Status) orchestrator.Progress {
	return orchestrator.Progress{
		Total: 24, Running: 4, Waiting: 1_200, Budget: s, Workers: map[string]int{"editor": 1, "drafter": 3},
		Counts: map[orchestrator.Outcome]int{orchestrator.Done: 9, orchestrator.Failed: 1}, Resumed: 7,
	}
}

func TestLiveView(t *testing.T) {
	s := totalAt(12_000, 6_000, 3_000)
	s.Settled.Cost = 12_340_000
	p := progressAt(s)
	p.Waiting = 3
	got := liveView(p, 20*time.Second, 90)
	want := strings.Join([]string{
		"tasks    4 running  3 waiting  9 done  1 failed  7 done before  of 24",
		"workers  drafter 3  editor 1",
		"budget   ███████████████▒▒▒▒▒▒▒░░░░░░░░  limit 12,000 tokens",
		"         settled 6,000  held 3,000  remaining 3,000  $0.01234",
		"time     20s, about 14s left",
	}, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLiveViewSaysWhatIsUnlimitedUnknownOrOver(t *testing.T) {
	soft := totalAt(100, 260, 0)
	unlimited := budget.Status{Scope: budget.Total}
	unlimited.Settled.Tokens, unlimited.Unpriced = 50, 50
	dollars := budget.Status{Scope: budget.Total, Limit: budget.Limit{Cost: new(budget.NanoUSD(2_500_000_000))}}
	dollars.Remaining.Cost = new(budget.NanoUSD(1_500_000_000))
	dollars.Settled.Cost = 1_000_000_000
	for _, tt := range []struct {
		status budget.Status
		want   []string
	}{
		{soft, []string{strings.Repeat("█", 26) + "  limit 100 tokens", "settled 260  held 0  remaining -160"}},
		{unlimited, []string{"no limit in tokens", "settled 50  held 0  remaining unlimited  cost unknown"}},
		{dollars, []string{"no limit in tokens", "remaining unlimited  $1.00, $1.50 of $2.50 left"}},
	} {
		got := liveView(progressAt(tt.status), 0, 80)
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in\n%s", want, got)
			}
		}
	}
}

func TestLiveViewFitsTheTerminal(t *testing.T) {
	p := progressAt(totalAt(1_000_000_000, 999_999_999, 1))
	for width := 1; width < 200; width++ {
		view := liveView(p, time.Hour, width)
		for line := range strings.Lines(view) {
			if w := lipgloss.Width(strings.TrimRight(line, "\n")); w > width {
				t.Fatalf("a line of %d columns in a terminal of %d: %q", w, width, line)
			}
		}
		if width >= 80 && !strings.Contains(view, "settled 999,999,999  held 1  remaining 0") {
			t.Fatalf("a terminal of %d columns cuts off the amounts:\n%s", width, view)
		}
	}
}

func TestBar(t *testing.T) {
	for _, tt := range []struct {
		settled, held, limit int64
		want                 string
	}{
		{0, 0, 100, "░░░░░░░░░░"},
		{50, 20, 100, "█████▒▒░░░"},
		{99, 0, 100, "█████████░"}, // full only when it is
		{100, 0, 100, "██████████"},
		{0, 100, 100, "▒▒▒▒▒▒▒▒▒▒"},
		{90, 50, 100, "█████████▒"},
		{500, 50, 100, "██████████"},
		{0, 0, 0, "██████████"},
	} {
		if got := bar(tt.settled, tt.held, tt.limit, 10); got != tt.want {
			t.Errorf("%d settled, %d held of %d: %s, want %s", tt.settled, tt.held, tt.limit, got, tt.want)
		}
	}
}

func TestTimeLeftIsToldOnceThereIsAPace(t *testing.T) {
	p := progressAt(totalAt(100, 0, 0))
	p.Waiting, p.Running = 5, 5
	p.Counts = map[orchestrator.Outcome]int{orchestrator.Done: 2}
	if got := timeText(p, 10*time.Second); got != "10s" {
		t.Errorf("after two tasks: %q", got)
	}
	p.Counts[orchestrator.Deferred] = 3
	if got := timeText(p, 10*time.Second); got != "10s, about 20s left" {
		t.Errorf("after five of fifteen: %q", got)
	}
}

func TestTablesHaveNoTrailingSpaces(t *testing.T) {
	got := Table([]string{"name", "tokens", "why"}, [][]string{{"a", "1,000", ""}, {"long name", "5", "because"}})
	want := "name       tokens  why\n──────────────────────────\na           1,000\nlong name       5  because\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLiveHeldIsReadTwiceASecond: while a long call runs there are no events, and what it holds is shown all the same.
func TestLiveHeldIsReadTwiceASecond(t *testing.T) {
	reads := int64(0)
	l := &live{total: func() budget.Status { reads++; return totalAt(12_000, 0, 100*reads) }}
	m := &liveModel{live: l, width: 80}
	m.Update(tick{})
	if reads != 0 {
		t.Error("the budget was read before there was anything to show")
	}
	l.Event(orchestrator.Event{Kind: orchestrator.Started, Progress: progressAt(totalAt(12_000, 0, 7))})
	m.ticks = 0
	for second := int64(1); second <= 3; second++ {
		for range time.Second / tickEvery {
			m.Update(tick{})
		}
		if want := 2 * second; reads != want || l.latest.Load().Budget.Held.Tokens != 100*want {
			t.Errorf("after %d s: read %d times, held %d", second, reads, l.latest.Load().Budget.Held.Tokens)
		}
	}
	if p := l.latest.Load(); p.Running != 4 || p.Total != 24 {
		t.Errorf("the rest did not stay: %+v", p)
	}
}
