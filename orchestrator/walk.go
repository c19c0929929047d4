package orchestrator

import "fmt"

// spread ends n and what follows from it. end gives a task its result and reports whether those below may go on with it:
// they are readied once they wait for nothing more. Below one without, end is asked about each in turn, nearest first, with
// the task above it that ended (nil for n itself). A task that has a result is passed by.
//
// The run and the plan of it go through the graph by this way and no other.
func (r *run) spread(n *node, end func(n, above *node) (on bool)) {
	type step struct{ node, above *node }
	for todo := []step{{n, nil}}; len(todo) > 0; {
		at := todo[0]
		todo = todo[1:]
		if at.node.result != nil {
			continue
		}
		r.withdraw(at.node)
		if end(at.node, at.above) {
			r.unlock(at.node)
			continue
		}
		for _, d := range at.node.dependents {
			todo = append(todo, step{d, at.node})
		}
	}
}

// unlock lets those that depend on n wait for one task less, and readies those that wait for none.
func (r *run) unlock(n *node) {
	for _, d := range n.dependents {
		if d.waits--; d.waits == 0 && d.result == nil && !d.left {
			r.release(d)
		}
	}
}

// finish gives n its result, and its dependents what follows from it.
func (r *run) finish(n *node, result Result) {
	r.spread(n, func(n, above *node) bool {
		if above == nil {
			return r.conclude(n, result)
		}
		n.lacked = above.lacked
		return r.conclude(n, r.outcome(n, inherited(above.result.Outcome), inheritedReason(above)))
	})
}

// conclude counts and reports the result of one task, and reports whether it is done.
func (r *run) conclude(n *node, result Result) bool {
	r.settle(n, &result)
	r.counts[result.Outcome]++
	r.causes.add(result)
	if result.Cut() {
		r.cut++
	}
	r.report(result)
	if result.Outcome == Done {
		r.offer(n, result)
	}
	return result.Outcome == Done
}

// inherited is the outcome of a task that depends on one with this outcome.
func inherited(o Outcome) Outcome {
	if o == Failed || o == Exhausted {
		return Skipped
	}
	return o
}

func inheritedReason(above *node) string {
	return fmt.Sprintf("depends on %s, which is %s", above.task.ID, above.result.Outcome)
}
