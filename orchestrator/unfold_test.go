package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// each makes a task for each word of what "list" answers that begins with a digit, and asks for 100 tokens.
func (w *world) each(id string, n int, own budget.Limit) worker.Task {
	return worker.Task{ID: id, DependsOn: []string{"list"}, Foreach: &worker.Foreach{Of: "list", Tasks: func(output string) (made []worker.Task, err error) {
		if !strings.HasPrefix(output, "output of list") {
			return nil, errors.New("this is not what the list said")
		}
		for i := range n {
			made = append(made, worker.Task{ID: fmt.Sprintf("%s-%d", id, i+1), Prompt: "p", DependsOn: []string{"list"}, Limit: own})
		}
		return made, nil
	}}}
}

func TestUnfold(t *testing.T) {
	for _, c := range []struct {
		name  string
		n     int
		limit int64 // of all
		own   int64 // of each
		want  string
	}{
		{"what an output lists is done, and what gathers it comes last", 3, 1000, 1000, "list:done each-1:done each-2:done each-3:done sum:done"},
		{"an empty list lets the rest go on", 0, 1000, 1000, "list:done each:done sum:done"},
		{"what the budget cannot pay for is deferred", 3, 300, 1000, "list:done each-1:done each-2:done each-3:deferred sum:deferred"},
		{"each has its own limit", 2, 1000, 50, "list:done each-1:exhausted each-2:exhausted sum:skipped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, total(c.limit))
				w.hire("w", 2)
				w.add(worker.Task{ID: "list"}, tokens(100))
				w.add(w.each("each", c.n, budget.TokenLimit(c.own)), spec{})
				w.add(worker.Task{ID: "sum", DependsOn: []string{"each"}, Prompt: `{{ output "each" }}`}, tokens(100))
				for i := range c.n {
					w.specs[fmt.Sprintf("each-%d", i+1)] = spec{input: 50, most: 50, output: 50, takes: time.Second}
				}
				if _, err := w.run(context.Background()); err != nil {
					t.Fatal(err)
				}
				w.want(c.want)
				// The limits that tasks brought along end with the run.
				ctx := budget.WithScopes(context.Background(), budget.Run("r"), budget.Task("each-1"), budget.Worker("w"))
				if left := w.manager.Remaining(ctx, ""); left.Tokens == nil || *left.Tokens != *w.manager.Total().Remaining.Tokens {
					t.Errorf("the limit of a task outlives the run: %v are left to it", left)
				}
			})
		})
	}
}

func TestUnfoldFails(t *testing.T) {
	made := func(list ...worker.Task) *worker.Foreach {
		return &worker.Foreach{Of: "list", Tasks: func(string) ([]worker.Task, error) { return list, nil }}
	}
	for _, c := range []struct {
		name    string
		foreach *worker.Foreach
		reason  string
	}{
		{"an id of another task", made(worker.Task{ID: "sum"}), `"sum" is the id of another task as well`},
		{"one id twice", made(worker.Task{ID: "a"}, worker.Task{ID: "a"}), "is the id of another task as well"},
		{"no list", &worker.Foreach{Of: "list", Tasks: func(string) ([]worker.Task, error) { return nil, errors.New("no list") }}, "no list"},
		{"another dependency", made(worker.Task{ID: "a", DependsOn: []string{"sum"}}), "depends on"},
		{"another worker", made(worker.Task{ID: "a", Worker: "none"}), `asks for worker "none"`},
		{"tasks that stand for others", made(worker.Task{ID: "a", Foreach: made()}), "would stand for others, too"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				w.hire("w", 2)
				w.add(worker.Task{ID: "list"}, tokens(100))
				w.add(worker.Task{ID: "each", DependsOn: []string{"list"}, Foreach: c.foreach}, spec{})
				w.add(worker.Task{ID: "sum", DependsOn: []string{"each"}}, tokens(100))
				if _, err := w.run(context.Background()); err != nil {
					t.Fatal(err)
				}
				w.want("list:done each:failed sum:skipped")
				for _, r := range w.results {
					if r.ID == "each" && !strings.Contains(r.Reason, c.reason) {
						t.Errorf("failed because %q, want %q", r.Reason, c.reason)
					}
				}
			})
		})
	}
}

// A run that goes on makes the tasks of a list anew and gives them the answers that they have; the rest is asked.
func TestUnfoldIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, total(300))
		w.hire("w", 1)
		w.add(worker.Task{ID: "list"}, tokens(100))
		w.add(w.each("each", 3, budget.TokenLimit(1000)), spec{})
		w.add(worker.Task{ID: "sum", DependsOn: []string{"each"}, Prompt: `{{ output "each" }}`}, tokens(100))
		for i := range 3 {
			w.specs[fmt.Sprintf("each-%d", i+1)] = tokens(100)
		}
		w.mustRun()
		w.want("list:done each-1:done each-2:done each-3:deferred sum:deferred")
		for _, id := range []string{"list", "each-1", "each-2"} {
			w.options.Earlier = append(w.options.Earlier, w.results[id])
		}
		if err := w.manager.SetLimit(context.Background(), budget.Total, budget.TokenLimit(1000)); err != nil {
			t.Fatal(err)
		}
		var kept []string
		w.options.OnResumed = func(r Resumed) error {
			for _, k := range r.Kept {
				kept = append(kept, k.ID)
			}
			return nil
		}
		clear(w.results)
		w.order, w.resumed = nil, true
		summary, err := Run(context.Background(), w.options)
		if err != nil || summary.Counts[Done] != 2 || summary.Total != 5 {
			t.Errorf("%+v, %v", summary, err)
		}
		if got := strings.Join(kept, " "); got != "list each-1 each-2" {
			t.Errorf("kept %s", got)
		}
	})
}

// Two answers to one question are two, also where a clock gave them the same times.
func TestAnswersOfOneMomentAreTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.hire("w", 2)
		w.add(worker.Task{ID: "a", Prompt: "same"}, tokens(10))
		w.add(worker.Task{ID: "b", Prompt: "same"}, tokens(10))
		w.mustRun()
		a, b := w.results["a"], w.results["b"]
		if a.Digest != b.Digest || !a.Started.Equal(b.Started) || !a.Ended.Equal(b.Ended) {
			t.Fatalf("they are to be alike: %+v, %+v", a, b)
		}
		e := newEarlier(Options{Tasks: []worker.Task{{ID: "c", Prompt: "same"}, {ID: "d", Prompt: "same"}}, Earlier: []Result{a, b}})
		for range 2 {
			answer := e.to(worker.Task{ID: "c"}, []string{a.Digest})
			if answer == nil {
				t.Fatal("one of the answers is lost")
			}
			answer.taken = true
		}
	})
}
