package orchestrator

import (
	"cmp"
	"container/heap"

	"github.com/orchestrate-go/orchestrate/worker"
)

// queue holds ready tasks, the planned ones first.
type queue []*node

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].before(q[j]) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*node)) }
func (q *queue) Pop() any {
	old := *q
	n := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return n
}

// before reports whether n is considered before other: the planned tasks by their rank, then the others by their keys.
func (n *node) before(other *node) bool {
	switch {
	case n.planned != other.planned:
		return n.planned
	case n.planned:
		return n.rank < other.rank
	}
	return cmp.Or(cmp.Compare(other.key, n.key), cmp.Compare(n.index, other.index)) < 0
}

// ready holds the tasks whose dependencies are done, by lane and fence, so that a thousand tasks for a busy worker, or of a group
// that is full, do not stand in front of one that could begin.
type ready map[line]*queue

type line struct {
	worker.Lane
	*fence
}

func (r ready) push(n *node) {
	l := line{n.lane, n.fence}
	q, ok := r[l]
	if !ok {
		q = &queue{}
		r[l] = q
	}
	heap.Push(q, n)
}

// sort puts the tasks in order again once the plan has changed.
func (r ready) sort() {
	for _, q := range r {
		heap.Init(q)
	}
}

// pop takes the best task among the queues that open accepts, or returns nil.
func (r ready) pop(open func(worker.Lane) bool) *node {
	var best *queue
	for l, q := range r {
		if q.Len() > 0 && (best == nil || (*q)[0].before((*best)[0])) && l.open() && open(l.Lane) {
			best = q
		}
	}
	if best == nil {
		return nil
	}
	return heap.Pop(best).(*node)
}
