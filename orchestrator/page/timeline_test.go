package page

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// TestWaits: what is hatched is where a task waited, as far as that is known: never in the time of another task of the slot, and
// never beyond its own.
func TestWaits(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(0, 0).Add(time.Duration(s) * time.Second) }
	span := func(what string, from, to int) wait { return wait{what: what, from: at(from), to: at(to)} }
	for name, tt := range map[string]struct {
		held, budget, provider time.Duration
		free                   int
		want                   []wait
	}{
		"nowhere":                      {},
		"before it began":              {held: 5 * time.Second, want: []wait{span("budget", 5, 10)}},
		"while another had the slot":   {held: 5 * time.Second, free: 8, want: []wait{span("budget", 8, 10)}},
		"for the provider, then money": {provider: 2 * time.Second, budget: time.Second, want: []wait{span("provider", 10, 12), span("budget", 12, 13)}},
		"for longer than it took":      {provider: time.Hour, want: []wait{span("provider", 10, 20)}},
	} {
		got := waits(orchestrator.Result{Started: at(10), Ended: at(20), HeldBack: tt.held, WaitedBudget: tt.budget, WaitedProvider: tt.provider}, at(tt.free))
		for i := range got {
			got[i].took = 0
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(wait{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
