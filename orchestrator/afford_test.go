package orchestrator

import (
	"errors"
	"fmt"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// When the budget can pay is read in one place, for the run (which waits, or ends the task) and for the plan.
func TestProspectOf(t *testing.T) {
	exceeded := func(limit, settled, held, wanted int64) error {
		return &budget.ExceededError{
			Limit: budget.TokenLimit(limit), Settled: budget.Amount{Tokens: settled}, Held: budget.Amount{Tokens: held},
			Wanted: budget.Amount{Tokens: wanted},
		}
	}
	for _, tc := range []struct {
		name string
		err  error
		want prospect
	}{
		{"it pays", nil, paysNow},
		{"others hold it", exceeded(100, 0, 60, 50), paysLater},
		{"wrapped", fmt.Errorf("reserve: %w", exceeded(100, 0, 60, 50)), paysLater},
		{"it is kept for others", errKept, paysLater},
		{"it was refused, and nothing has returned", errRefused, paysLater},
		{"it is spent", exceeded(100, 60, 0, 50), paysAnew},
		{"larger than the whole", exceeded(100, 60, 10, 101), paysNever},
		{"no price", errors.New("no price"), paysNever},
		{"the books are closed", budget.ErrStopped, paysNever},
	} {
		if got := prospectOf(tc.err); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}

// Asking takes nothing, however often, and counts what is not in the prompt yet at what is expected of it.
func TestJudgingTakesNothing(t *testing.T) {
	w := newWorld(t, total(100))
	w.hire("a", 1)
	w.add(worker.Task{ID: "up"}, spec{input: 10, most: 20})
	w.add(worker.Task{ID: "x", DependsOn: []string{"up"}, Prompt: `{{output "up"}}`}, spec{input: 10, most: 50})
	r, err := newRun(t.Context(), w.options)
	if err != nil {
		t.Fatal(err)
	}
	r.draw(t.Context())
	for range 5 {
		j := r.judge(t.Context(), r.nodes[1], r.crews[0])
		if !j.known || j.err != nil || j.call.Input != 30 || j.call.MaxOutput != 50 {
			t.Fatalf("%+v", j)
		}
	}
	if left := w.manager.Total().Remaining; *left.Tokens != 100 {
		t.Errorf("%d tokens are left of 100", *left.Tokens)
	}
}
