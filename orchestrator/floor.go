package orchestrator

import "github.com/orchestrate-go/orchestrate/budget"

// floor is what tasks may need that have not begun, by rank: a task may not take what those before it,
// perhaps still waiting for their dependencies, will need. So a less urgent task never costs a more urgent
// one its budget, and what a plan says will run does run with any number of slots.
type floor struct {
	tree  []budget.Amount // a Fenwick tree: sums up to a rank in logarithmic time
	whole budget.Limit    // all that there is to keep from
}

func newFloor(nodes []*node, whole budget.Limit) floor {
	f := floor{make([]budget.Amount, len(nodes)+1), whole}
	for _, n := range nodes {
		f.enter(n)
	}
	return f
}

func (f floor) enter(n *node) {
	if !n.onFloor {
		n.onFloor = true
		f.add(n.rank, f.share(n))
	}
}

func (f floor) leave(n *node) {
	if n.onFloor {
		n.onFloor = false
		f.add(n.rank, budget.Amount{}.Sub(f.share(n)))
	}
}

// share is what is kept for a task: the most that its first call can be granted, or the least where that is
// more than all there is, or nothing for a call that never fits.
func (f floor) share(n *node) budget.Amount {
	for _, want := range []budget.Amount{n.most, n.least} {
		if f.whole.Covers(want) {
			return want
		}
	}
	return budget.Amount{}
}

func (f floor) add(rank int, amount budget.Amount) {
	for i := rank + 1; i < len(f.tree); i += i & -i {
		f.tree[i] = f.tree[i].Add(amount)
	}
}

// before is what the tasks before rank need.
func (f floor) before(rank int) budget.Amount {
	var need budget.Amount
	for i := rank; i > 0; i -= i & -i {
		need = need.Add(f.tree[i])
	}
	return need
}
