package orchestrator

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
	"github.com/orchestrate-go/orchestrate/worker"
)

// Resumed is what earlier parts of a run left it.
type Resumed struct {
	Kept []Result // under the ids that their tasks have now, in the order of the task file

	// ByID counts those of Kept that may have answered something else: what was asked is not in the books, or an
	// output that stood in it is not.
	ByID int

	// Changed counts tasks that are asked again, for they have a result and ask something else now, and MayChange
	// those with a result whose prompt has the output of a task that is to be asked.
	Changed, MayChange int

	// Most is what the first calls of Changed and MayChange can take at most, as far as their workers can tell.
	Most budget.Amount
}

// takeUp gives the tasks what earlier parts of the run answered them, and readies those that wait for nothing.
// Upstream tasks come first: their outputs belong to what is asked.
func (r *run) takeUp(ctx context.Context) {
	left, unbooked := Resumed{}, make(map[string][]byte)
	type takenOver struct {
		*node
		Result
	}
	var kept []takenOver
	keep := func(n *node, a *answered) {
		kept = append(kept, takenOver{n, r.keep(n, a, unbooked)})
		for _, d := range n.dependents {
			d.waits-- // and may have an answer of its own: it is readied below
		}
	}
	if !r.earlier.empty() {
		for n := range r.unfolding(ctx) {
			if a := r.own(n); a != nil {
				keep(n, a)
			}
		}
		for n := range r.unfolding(ctx) { // by id only what nothing else found its task
			if a := r.own(n); a != nil {
				keep(n, a)
			} else if a = r.earlier.under(n.task.ID); a != nil && r.unproved(n, a) {
				keep(n, a)
				if !r.KeepChanged {
					left.ByID++
				}
			}
		}
	}
	slices.SortFunc(kept, func(a, b takenOver) int { return cmp.Compare(a.index, b.index) })
	for _, k := range kept {
		left.Kept = append(left.Kept, k.Result)
	}
	for _, n := range r.nodes {
		if n.result != nil || n.left {
			continue
		}
		r.recount(n, &left)
		if n.waits == 0 {
			r.release(n)
		}
	}
	r.begin(ctx, left, unbooked)
}

// unfolding yields the tasks without a result, each after those it depends on. One that stands for others, and whose turn it is
// when what it depends on is known, gives way to these.
func (r *run) unfolding(ctx context.Context) func(yield func(*node) bool) {
	return func(yield func(*node) bool) {
		for i := 0; i < len(r.order); i++ { //nolint:intrange // it grows meanwhile
			n := r.order[i]
			if n.task.Foreach != nil {
				if n.waits > 0 || n.left || n.result != nil {
					continue
				}
				if made, err := r.unfold(ctx, n); err != nil || len(made) == 0 {
					continue // the dispatch tells
				}
				n = r.order[i]
			}
			if n.result == nil && !yield(n) {
				return
			}
		}
	}
}

// own returns the earlier answer to what n asks, as far as that is known yet.
func (r *run) own(n *node) *answered {
	t, err := tasks.Expand(*n.task, r.output)
	n.undecided = err != nil
	if err != nil {
		return nil
	}
	return r.earlier.to(t, r.questions(n, t))
}

// questions are the digests of t at each worker that it may go to.
func (r *run) questions(n *node, t worker.Task) (digests []string) {
	for _, c := range r.crews {
		if !c.takes(n.lane) {
			continue
		}
		if d := worker.Digest(c.Worker, c.given(t)); d != "" && !slices.Contains(digests, d) {
			digests = append(digests, d)
		}
	}
	return digests
}

// unproved reports whether a is kept for n by its id alone, because nobody can tell whether n asks something else
// now, or because that was wished.
func (r *run) unproved(n *node, a *answered) bool {
	waits := slices.ContainsFunc(n.upstream, func(up *node) bool { return up.result == nil })
	return r.KeepChanged || a.Digest == "" || (n.undecided && !waits)
}

// recount adds n, which has not taken over anything, to what is left to do again.
func (r *run) recount(n *node, left *Resumed) {
	switch {
	case r.earlier.under(n.task.ID) == nil:
		return
	case n.undecided:
		left.MayChange++
	default:
		left.Changed++
	}
	left.Most = left.Most.Add(n.most)
}

// begin tells what the run goes on from, and enters the results that are news to the books.
func (r *run) begin(ctx context.Context, left Resumed, unbooked map[string][]byte) {
	var err error
	if r.OnResumed != nil {
		err = r.OnResumed(left)
	}
	if err == nil {
		err = r.Manager.Book(ctx, unbooked)
	}
	if err != nil {
		r.fatal, r.draining = fmt.Errorf("take over earlier results: %w", err), true
	}
}

// takeOver lets n have the earlier answer to what it asks, now that its upstream outputs are known.
func (r *run) takeOver(n *node) bool {
	if !n.undecided {
		return false
	}
	a := r.own(n)
	n.undecided = false
	if a == nil {
		return false
	}
	r.hand(r.keep(n, a, r.unbegun))
	r.unlock(n)
	return true
}

// keep makes an earlier answer n's result, and returns it. If it is news to the books it goes into unbooked.
func (r *run) keep(n *node, a *answered, unbooked map[string][]byte) Result {
	a.taken = true
	result := a.Result
	if result.AnswerOf = cmp.Or(result.AnswerOf, result.ID); result.AnswerOf == n.task.ID {
		result.AnswerOf = ""
	}
	result.ID, result.Run = n.task.ID, r.Run
	result.Metadata, result.Columns = n.task.Metadata, n.task.Columns
	if result.Digest == "" && result.Output == "" && r.DiscardOutputs {
		result.Omitted = true // as books say that are older than the field
	}
	if r.earlier.newest[result.ID] != a {
		unbooked[result.ID] = result.encode(!r.DiscardOutputs)
	}
	r.resumed++
	r.withdraw(n)
	r.predictor.learn(n.group, sample{result.Usage.Output, result.Further})
	n.output = min(result.Usage.Output, maxExpected)
	r.settle(n, &result)
	r.offer(n, result)
	return result
}

// offer keeps the output of a task that is done for those that depend on it.
func (r *run) offer(n *node, result Result) {
	if len(n.dependents) > 0 && result.hasText() {
		r.outputs[n.task.ID] = result.Output
	}
}

func (r *run) output(id string) (text string, ok bool) {
	text, ok = r.outputs[id]
	return text, ok
}
