package orchestrator

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// ofCustomers are four tasks of 100 tokens: two of customer a, one of which is urgent, one of b and one of both.
func ofCustomers(t *testing.T, limits budget.Limits) *world {
	w := newWorld(t, limits)
	w.hire("w", 2)
	w.add(worker.Task{ID: "a1", Prompt: "p", Labels: []string{"a"}}, tokens(100))
	w.add(worker.Task{ID: "b1", Prompt: "p", Labels: []string{"b"}}, tokens(100))
	w.add(worker.Task{ID: "ab", Prompt: "p", Labels: []string{"b", "a"}}, tokens(100))
	w.add(worker.Task{ID: "a2", Prompt: "p", Labels: []string{"a"}, Priority: 1}, tokens(100))
	return w
}

// A customer whose budget is spent has its tasks deferred, the most urgent of them last; the others' are done. The plan
// says so before.
func TestTasksOfASpentLabelAreDeferred(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := ofCustomers(t, budget.Limits{budget.Label("a"): budget.TokenLimit(150)})
		if got := verdicts(w.plan()); got != "a2:run b1:run a1:defer ab:defer" {
			t.Errorf("the plan is %s", got)
		}
		w.mustRun()
		w.want("a2:done a1:deferred b1:done ab:deferred")
		if reason := w.results["ab"].Reason; !strings.Contains(reason, "label:a") {
			t.Errorf("ab: %s", reason)
		}
		charged := make(map[string]int64)
		for _, s := range w.manager.Standing().Scopes {
			if s.Scope.Kind == budget.KindLabel {
				charged[s.Scope.Name] = s.Settled.Tokens
			}
		}
		if diff := cmp.Diff(map[string]int64{"a": 100, "b": 100}, charged); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// labelled are tasks that carry a label.
func labelled(label string, tasks []worker.Task) []worker.Task {
	for i := range tasks {
		tasks[i].Labels = []string{label}
	}
	return tasks
}
