package orchestrator

import (
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// floor is what tasks may need that have not begun, by rank: a task may not take what those before it,
// perhaps still waiting for their dependencies, will need. So a less urgent task never costs a more urgent
// one its budget, and what a plan says will run does run with any number of slots. Each label has one of its own, for
// the tasks that carry it.
type floor struct {
	tree   []budget.Amount  // a Fenwick tree: sums up to a place in logarithmic time
	whole  budget.Limit     // all that there is to keep from
	ranks  []int            // of a label's tasks, ascending; nil where every rank is its own place
	labels map[string]floor // of the run's floor
}

func newFloor(nodes []*node, whole budget.Limit) floor {
	f := floor{tree: make([]budget.Amount, len(nodes)+1), whole: whole, labels: make(map[string]floor)}
	for _, n := range nodes {
		f.enter(n)
	}
	return f
}

// label gives the tasks that carry label a floor, on which they are already if they are on f.
func (f floor) label(label string, nodes []*node, whole budget.Limit) {
	own := floor{tree: make([]budget.Amount, len(nodes)+1), whole: whole, ranks: make([]int, len(nodes))}
	for i, n := range nodes {
		own.ranks[i] = n.rank
	}
	slices.Sort(own.ranks)
	for _, n := range nodes {
		if n.onFloor {
			own.add(n.rank, own.share(n))
		}
	}
	f.labels[label] = own
}

func (f floor) enter(n *node) {
	if !n.onFloor {
		n.onFloor = true
		f.move(n, budget.Amount.Add)
	}
}

func (f floor) leave(n *node) {
	if n.onFloor {
		n.onFloor = false
		f.move(n, budget.Amount.Sub)
	}
}

// move adds or subtracts what is kept for n, on each floor that it is on.
func (f floor) move(n *node, sign func(zero, share budget.Amount) budget.Amount) {
	f.add(n.rank, sign(budget.Amount{}, f.share(n)))
	for _, label := range n.task.Labels {
		if own, ok := f.labels[label]; ok {
			own.add(n.rank, sign(budget.Amount{}, own.share(n)))
		}
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

// place is how many of the floor's tasks are before rank.
func (f floor) place(rank int) int {
	if f.ranks == nil {
		return rank
	}
	place, _ := slices.BinarySearch(f.ranks, rank)
	return place
}

func (f floor) add(rank int, amount budget.Amount) {
	for i := f.place(rank) + 1; i < len(f.tree); i += i & -i {
		f.tree[i] = f.tree[i].Add(amount)
	}
}

// before is what the tasks before rank need.
func (f floor) before(rank int) budget.Amount {
	var need budget.Amount
	for i := f.place(rank); i > 0; i -= i & -i {
		need = need.Add(f.tree[i])
	}
	return need
}
