package view

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

var update = flag.Bool("update", false, "write the frames in testdata anew")

// totalAt is the total scope with a limit in tokens, as a run would report it.
func totalAt(limit, settled, held int64) budget.Status {
	s := budget.Status{Scope: budget.Total, Limit: budget.Limit{Tokens: &limit}}
	s.Settled.Tokens, s.Held.Tokens = settled, held
	s.Remaining.Tokens = new(limit - settled - held)
	return s
}

// dollars is a scope with a limit in money.
func dollars(scope budget.Scope, limit, settled, held float64) budget.Status {
	nano := func(x float64) budget.NanoUSD { return budget.NanoUSD(x * 1e9) }
	s := budget.Status{Scope: scope, Limit: budget.Limit{Cost: new(nano(limit))}}
	s.Settled.Cost, s.Held.Cost = nano(settled), nano(held)
	s.Remaining.Cost = new(nano(limit - settled - held))
	return s
}

var began = time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC)

// night is a run of 300 tasks in the middle of it, 72 seconds after it began.
func night() Moment {
	m := Moment{
		Run: "20261126-010000-abcdef", State: GoesOn, Started: began,
		Tasks: TaskCounts{
			Total: 300, Resumed: 12, Waiting: 78, Running: 12, Cut: 3, Extra: 5,
			Ended: map[orchestrator.Outcome]int{orchestrator.Done: 191, orchestrator.Failed: 5, orchestrator.Skipped: 2},
		},
		Workers: []WorkerState{{"drafter", 9, 312.4}, {"editor", 3, 40}, {"idle", 0, 0}},
		Rates:   Rates{Tasks: 165.2, Tokens: 21_300, Cost: 310_400_000},
		Planned: Ahead{Tasks: 48, Tokens: 60_000}, Short: Ahead{Tasks: 30, Tokens: 41_000, Cost: 410_000_000},
		Pauses: []Pause{{"openai", "", began.Add(113 * time.Second), "429: slow down"}},
		Causes: []orchestrator.Cause{{Outcome: orchestrator.Failed, Reason: "auth (401): the key was refused", First: "x", Tasks: 5}},
		Scopes: []Scope{
			ScopeOf(totalAt(2_000_000, 1_191_234, 80_000)), ScopeOf(dollars(budget.Model("gpt-4o"), 2.5, 2.2, .1)),
			ScopeOf(dollars(budget.Label("customer-with-a-rather-long-name-7"), 40, 1, 0)),
		},
	}
	for i := range 12 {
		worker := "drafter"
		if i >= 9 {
			worker = "editor"
		}
		m.Active = append(m.Active, orchestrator.TaskState{
			ID: fmt.Sprintf("chapter-%02d/a-section-whose-id-says-a-good-deal-about-what-is-in-it/part-%d", i, i), State: orchestrator.StateRunning,
			Worker: worker, Begun: new(began.Add(time.Duration(i*5) * time.Second)),
		})
	}
	return m
}

// TestFrames compares what is drawn with testdata/frames: go test -update writes them anew.
func TestFrames(t *testing.T) {
	paused, draining, waiting, serving, unlimited := night(), night(), night(), night(), night()
	paused.State, paused.Why = Suspended, "ana: lunch"
	draining.State, waiting.State = Draining, ForBudget
	serving.Proxy, serving.State, serving.Active, serving.Pauses, serving.Causes, serving.Tasks = true, Serving, nil, nil, nil, TaskCounts{}
	unlimited.Scopes, unlimited.Short = []Scope{ScopeOf(budget.Status{Scope: budget.Total})}, Ahead{}
	for name, f := range map[string]frame{
		"80x24":     {Moment: night(), width: 80, height: 23},
		"120x40":    {Moment: night(), width: 120, height: 39},
		"200x50":    {Moment: night(), width: 200, height: 49},
		"40x10":     {Moment: night(), width: 40, height: 9},
		"60x3":      {Moment: night(), width: 60, height: 2},
		"paused":    {Moment: paused, width: 80, height: 12},
		"draining":  {Moment: draining, width: 80, height: 12},
		"waiting":   {Moment: waiting, width: 80, height: 12},
		"serving":   {Moment: serving, width: 80, height: 12},
		"unlimited": {Moment: unlimited, width: 80, height: 12},
	} {
		f.now, f.plain = began.Add(72*time.Second), true
		path := filepath.Join("testdata", "frames", name+".txt")
		got := f.String() + "\n"
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestFramesFit: whatever the screen, no line is longer and there are no more of them, in colour, too.
func TestFramesFit(t *testing.T) {
	hostile := night()
	for i := range hostile.Active {
		hostile.Active[i].ID = "\x1b[31m漢字\u202e" + strings.Repeat("é👩‍👩‍👧", i*7)
	}
	hostile.Run = "\x1b]0;title\x07" + strings.Repeat("r", 300)
	hostile.Causes[0].Reason = "several\nlines\r"
	for width := 1; width < 210; width += 17 {
		for height := 1; height < 60; height += 7 {
			for _, m := range []Moment{night(), hostile} {
				text := frame{m, began.Add(time.Hour), width, height, style{width%2 == 0}}.String()
				lines := strings.Split(text, "\n")
				if len(lines) > height {
					t.Fatalf("%d lines on a screen of %d:\n%s", len(lines), height, text)
				}
				for _, line := range lines {
					if w := lipgloss.Width(line); w > width {
						t.Fatalf("a line of %d columns on a screen of %d: %q", w, width, line)
					}
				}
				if strings.ContainsAny(text, "\r\x07\u202e") {
					t.Fatalf("what an id says goes to the terminal: %q", text)
				}
			}
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
		if got := (gauge{settled: tt.settled, held: tt.held, limit: tt.limit}).bar(10, style{plain: true}); got != tt.want {
			t.Errorf("%d settled, %d held of %d: %s, want %s", tt.settled, tt.held, tt.limit, got, tt.want)
		}
	}
}

func TestFiguresAreShort(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 9_999: "9,999", 10_000: "10k", 12_345: "12.35k", 123_456: "123.5k", 999_949: "999.9k", 999_960: "1M", 1_234_567: "1.235M", -12_345: "-12.35k", 5e17: "500P",
	} {
		if got := Short(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for c, want := range map[budget.NanoUSD]string{
		0: "$0.00", 17_931_200: "$0.01793", 1_000_000_000: "$1.00", 12_300_000_000: "$12.30", 123_456_000_000: "$123.50", 12_345_000_000_000: "$12.35k", -500_000_000: "-$0.50", 1: "$0.000000001",
	} {
		if got := ShortCost(c); got != want {
			t.Errorf("%d: %s, want %s", c, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0s", 41 * time.Second: "41s", 723 * time.Second: "12m03s", 3*time.Hour + 12*time.Minute: "3h12m"} {
		if got := Span(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	for text, want := range map[string]string{"short": "short", "a-long-task-id": "a-lon…k-id", "漢字漢字漢字": "漢字…漢字"} {
		if got := Middle(text, 10); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestTablesHaveNoTrailingSpaces(t *testing.T) {
	got := Table([]string{"name", "tokens", "why"}, [][]string{{"a", "1,000", ""}, {"long name", "5", "because"}})
	want := "name       tokens  why\n──────────────────────────\na           1,000\nlong name       5  because\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRatesAreThoseOfTheLastMinute, or of the time since somebody looked first.
func TestRatesAreThoseOfTheLastMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pace
		start := time.Now()
		at := func(tasks int, tokens int64) sample {
			return sample{at: time.Now(), tasks: tasks, spent: budget.Amount{Tokens: tokens}, workers: map[string]int64{"w": tokens}}
		}
		time.Sleep(30 * time.Second)
		if r, _ := p.at(at(10, 5000), start); r.Tasks != 20 || r.Tokens != 0 {
			t.Errorf("at first: %+v", r)
		}
		for i := range 240 { // a task and 100 tokens each half second
			time.Sleep(500 * time.Millisecond)
			p.at(at(11+i, int64(5100+100*i)), start)
		}
		r, workers := p.at(at(250, 29_000), start)
		if r.Tasks < 118 || r.Tasks > 122 || r.Tokens < 11_800 || r.Tokens > 12_200 || workers["w"] < 195 || workers["w"] > 205 {
			t.Errorf("then: %+v, %v", r, workers)
		}
		if len(p.samples) > 64 {
			t.Errorf("%d samples are kept", len(p.samples))
		}
	})
}
