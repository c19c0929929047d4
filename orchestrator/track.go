package orchestrator

import (
	"cmp"
	"math"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// track answers for one budget, of tokens or of money, whether the planned tasks can all be held and paid for, one after
// the other, in some order.
//
// A task takes what it is charged, and for the time that it runs the rest of its hold, too (its reserve), which comes
// back. So after it there must still be room for its reserve: with the charges c and the reserves e of the tasks in their
// order, c1 + ... + ck + ek <= room for every k. This is scheduling with deadlines on one machine, the deadline being
// room - e, and the order of the deadlines is the best there is (Jackson 1955; with dependencies, when nobody's
// deadline is after that of a task which needs it: Lawler 1973). So tasks with a large reserve go first: later they would be
// locked out.
//
// The tree has a leaf for each task, in that order, and above them the sum of the charges and the greatest
// c1 + ... + ck + ek, so that to plan a task or not takes logarithmic time.
type track struct {
	*pool
	of    func(budget.Amount) int64 // its tokens, or its money
	room  int64                     // for tasks that have not begun
	count int                       // of tasks that are planned
	nodes []*node                   // by leaf
	leaf  []int32                   // by node.seq, -1 for those that are paid from elsewhere
	sum   []int64
	peak  []int64 // unheld where nothing is planned
}

const unheld = math.MinInt64 / 4

// newTrack makes a track for those of rest that the pool pays for, with nothing planned. Each node of rest has its place in it
// as its seq, and comes after those it depends on. The deadline of a node is by its own reserve or the greatest of those
// that need it.
func newTrack(rest []*node, p *pool, room int64, of func(budget.Amount) int64) *track {
	t := &track{pool: p, of: of, room: room, leaf: make([]int32, len(rest))}
	greatest := make([]int64, len(rest))
	for _, n := range slices.Backward(rest) {
		greatest[n.seq] = max(greatest[n.seq], of(n.reserve))
		for _, up := range n.upstream {
			if up.open() {
				greatest[up.seq] = max(greatest[up.seq], greatest[n.seq])
			}
		}
	}
	for i, n := range rest {
		if t.leaf[i] = -1; p.has(n) {
			t.nodes = append(t.nodes, n)
		}
	}
	slices.SortStableFunc(t.nodes, func(a, b *node) int { return cmp.Compare(greatest[b.seq], greatest[a.seq]) })
	for i, n := range t.nodes {
		t.leaf[n.seq] = int32(i)
	}
	size := 1
	for size < len(t.nodes) {
		size *= 2
	}
	t.sum, t.peak = make([]int64, 2*size), make([]int64, 2*size)
	for i := range t.peak {
		t.peak[i] = unheld
	}
	return t
}

func (t *track) plan(n *node)   { t.set(n, t.of(n.expected), t.of(n.expected)+t.of(n.reserve)) }
func (t *track) unplan(n *node) { t.set(n, 0, unheld) }

func (t *track) set(n *node, sum, peak int64) {
	if n.seq < 0 || t.leaf[n.seq] < 0 {
		return
	}
	i := int(t.leaf[n.seq]) + len(t.sum)/2
	if was, is := t.peak[i] > unheld, peak > unheld; is && !was {
		t.count++
	} else if was && !is {
		t.count--
	}
	t.sum[i], t.peak[i] = sum, peak
	for i /= 2; i > 0; i /= 2 {
		t.sum[i] = t.sum[2*i] + t.sum[2*i+1]
		t.peak[i] = max(t.peak[2*i], t.sum[2*i]+t.peak[2*i+1])
	}
}

// holds reports whether all that is planned can be held and paid for.
func (t *track) holds() bool { return t.peak[1] <= t.room }

// first reports whether that stays so if n, which is planned, goes before all others.
func (t *track) first(n *node) bool {
	if n.seq < 0 {
		return true
	}
	leaf := t.leaf[n.seq]
	return leaf < 0 || t.before(int(leaf))+t.of(n.expected) <= t.room
}

// before is the greatest peak of the planned tasks whose leaves are before one.
func (t *track) before(leaf int) int64 {
	peak := int64(unheld)
	for i := leaf + len(t.sum)/2; i > 1; i /= 2 {
		if left := i - 1; i%2 == 1 {
			peak = max(t.peak[left], t.sum[left]+peak)
		}
	}
	return peak
}
