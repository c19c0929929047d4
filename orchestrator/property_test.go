package orchestrator

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// problem is a task file whose true costs are known, and a limit that may be too low for it.
type problem struct {
	tasks []worker.Task
	specs []spec
	limit int64
	slots int

	drains []time.Duration // how long parts of it run; the last for ever
}

func drawProblem(t *rapid.T) problem {
	apart := rand.New(rand.NewPCG(1, 2))
	p := problem{slots: rapid.SampledFrom([]int{1, 2, 3, 8}).Draw(t, "slots")}
	var all int64
	for i := range rapid.IntRange(1, 25).Draw(t, "tasks") {
		task := worker.Task{ID: fmt.Sprint("t", i), Prompt: fmt.Sprint("p", i), Priority: rapid.IntRange(-1, 3).Draw(t, "priority")}
		for range rapid.IntRange(0, min(i, 2)).Draw(t, "upstream") {
			if up := fmt.Sprint("t", rapid.IntRange(0, i-1).Draw(t, "of")); !slices.Contains(task.DependsOn, up) {
				task.DependsOn = append(task.DependsOn, up)
			}
		}
		s := spec{
			input: rapid.Int64Range(1, 50).Draw(t, "input"), most: rapid.Int64Range(1, 200).Draw(t, "cap"),
			takes: time.Duration(rapid.Int64Range(1, 4e9).Draw(t, "takes")) + time.Duration(apart.Int64N(1e9)), // none end at once
		}
		s.output = rapid.Int64Range(0, s.most).Draw(t, "output")
		p.tasks, p.specs = append(p.tasks, task), append(p.specs, s)
		all += s.input + s.output
	}
	p.limit = all * rapid.Int64Range(10, 130).Draw(t, "percent") / 100
	for range rapid.IntRange(1, 8).Draw(t, "drains") {
		p.drains = append(p.drains, time.Duration(rapid.IntRange(0, 9000).Draw(t, "drain after"))*time.Millisecond)
	}
	p.drains = append(p.drains, time.Hour)
	return p
}

// world has the problem, ready to run.
func (p problem) world(t *testing.T) *world {
	w := newWorld(t, total(p.limit))
	p.ask(w)
	return w
}

func (p problem) ask(w *world) {
	w.hire("a", p.slots)
	for i, task := range p.tasks {
		w.add(task, p.specs[i])
	}
}

// done are the tasks that are, in order.
func done(results map[string]Result) (list []string) {
	for id, r := range results {
		if r.Outcome == Done {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// hold and cost are what a task reserves, and what it is charged.
func (s spec) hold() int64 { return s.input + s.most }
func (s spec) cost() int64 { return s.input + s.output }

// fails is told what does not hold.
type fails func(format string, args ...any)

// holds draws problems, and looks at each in virtual time.
func holds(t *testing.T, property func(t *testing.T, p problem, fail fails)) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawProblem(rt)
		var failed []string
		synctest.Test(t, func(t *testing.T) {
			property(t, p, func(format string, args ...any) { failed = append(failed, fmt.Sprintf(format, args...)) })
		})
		for _, text := range failed {
			rt.Error(text)
		}
	})
}

// A task begins when all that it depends on is done, and no sooner; what is deferred for want of budget would not fit into what
// is left; and each task that is done was charged once, what it cost.
func TestWhatARunDoes(t *testing.T) {
	holds(t, func(t *testing.T, p problem, fail fails) {
		w := p.world(t)
		finished := make(map[string]bool)
		w.options.OnEvent = func(e Event) {
			switch e.Kind {
			case Started:
				for _, up := range p.tasks[slices.IndexFunc(p.tasks, func(t worker.Task) bool { return t.ID == e.Task })].DependsOn {
					if !finished[up] {
						fail("%s began before %s was done", e.Task, up)
					}
				}
			case Finished:
				finished[e.Task] = e.Result.Outcome == Done
			}
		}
		w.mustRun()
		left := p.limit - w.manager.Total().Settled.Tokens
		var charged int64
		for i, task := range p.tasks {
			r := w.results[task.ID]
			ready := !slices.ContainsFunc(task.DependsOn, func(up string) bool { return w.results[up].Outcome != Done })
			switch {
			case r.Outcome == Done:
				charged += p.specs[i].cost()
			case ready && p.specs[i].hold() <= left:
				fail("%s is %s (%s), and its hold of %d fits into %d", task.ID, r.Outcome, r.Reason, p.specs[i].hold(), left)
			}
		}
		if left < 0 || charged != p.limit-left {
			fail("charged %d, of %d there are %d left", charged, p.limit, left)
		}
	})
}

// The same problem gives the same order, whatever the scheduler of goroutines does.
func TestTheSameFileRunsInTheSameOrder(t *testing.T) {
	holds(t, func(t *testing.T, p problem, fail fails) {
		first, second := p.world(t), p.world(t)
		first.mustRun()
		second.mustRun()
		if diff := cmp.Diff(first.order, second.order); diff != "" {
			fail("(-first +second):\n%s", diff)
		}
	})
}

// A run that is drained and resumed, again and again, does what one that nobody interrupts does, and pays nothing twice.
func TestADrainedRunDoesTheSame(t *testing.T) {
	holds(t, func(t *testing.T, p problem, fail fails) {
		p.limit = max(p.limit, p.room()) // what a drain leaves to be planned again is not to be a choice
		whole := p.world(t)
		whole.mustRun()
		parts := p.world(t)
		parts.resumed = true
		for _, after := range p.drains {
			drain := make(chan struct{})
			stop := time.AfterFunc(after, func() { close(drain) })
			parts.options.Drain, parts.results = drain, make(map[string]Result)
			s, err := parts.run(t.Context())
			stop.Stop()
			if err != nil {
				t.Fatal(err)
			}
			parts.options.Earlier = append(parts.options.Earlier, slices.Collect(maps.Values(parts.results))...)
			if !s.Interrupted {
				break
			}
		}
		for _, r := range parts.options.Earlier {
			if r.Outcome == Done {
				parts.results[r.ID] = r
			}
		}
		if diff := cmp.Diff(done(whole.results), done(parts.results)); diff != "" {
			fail("done in one part, and in several:\n%s", diff)
		}
		if a, b := whole.manager.Total().Settled, parts.manager.Total().Settled; a != b {
			fail("charged %v in one part, and %v in several", a, b)
		}
	})
}

// room is a limit that can pay for every hold.
func (p problem) room() (sum int64) {
	for _, s := range p.specs {
		sum += s.hold()
	}
	return sum
}

// A run whose process dies with calls under way is resumed from the books. Where what was held is returned it does what one
// that nobody interrupts does; where that is charged, it lacks no more than the holds that were open.
func TestAKilledRunDoesTheSame(t *testing.T) {
	holds(t, func(t *testing.T, p problem, fail fails) {
		p.limit = max(p.limit, 2*p.room())
		whole := p.world(t)
		whole.mustRun()
		for _, returns := range []bool{true, false} {
			dead := p.world(t)
			died := make(chan []budget.Entry, 1)
			kill := time.AfterFunc(p.drains[0]+time.Millisecond, func() { died <- dead.ledger.Entries() })
			dead.mustRun()
			if kill.Stop() { // it was over before
				died <- dead.ledger.Entries()
			}
			left := <-died
			again := p.revive(t, left, returns)
			open := again.manager.Total().Settled.Tokens
			for _, r := range again.options.Earlier {
				open -= r.Tokens
			}
			again.mustRun()
			for _, r := range again.options.Earlier {
				again.results[r.ID] = r
			}
			if diff := cmp.Diff(done(whole.results), done(again.results)); diff != "" {
				fail("done in one part, and after a kill:\n%s", diff)
			}
			want := whole.manager.Total().Settled.Tokens + open
			if got := again.manager.Total().Settled.Tokens; got != want || returns && open != 0 || open < 0 {
				fail("charged %d, want %d, %d of it for holds that were open (returned: %v)", got, want, open, returns)
			}
		}
	})
}

// revive is a world on the books that a dead one left.
func (p problem) revive(t *testing.T, left []budget.Entry, returns bool) *world {
	memory := new(budget.Memory)
	if err := memory.Append(t.Context(), left...); err != nil {
		t.Fatal(err)
	}
	w := newWorldOn(t, memory, budget.Config{Limits: total(p.limit), Run: "r", ReturnHolds: returns})
	w.resumed = true
	p.ask(w)
	for _, e := range left {
		if e.Op != budget.OpResult {
			continue
		}
		r, err := DecodeResult(e.Result)
		if err != nil {
			t.Fatal(err)
		}
		w.options.Earlier = append(w.options.Earlier, r)
	}
	return w
}
