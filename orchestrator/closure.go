package orchestrator

import (
	"cmp"
	"slices"
)

// worthCost is what tasks are worth and what they cost, in the measure of the weight.
type worthCost struct{ worth, cost float64 }

func (a *worthCost) add(b worthCost) { a.worth, a.cost = a.worth+b.worth, a.cost+b.cost }
func (a *worthCost) sub(b worthCost) { a.worth, a.cost = a.worth-b.worth, a.cost-b.cost }

// The walks below are bounded, so that ranking takes about as long a task in large graphs as in small ones: what lies
// further off counts with what was known of it before.
const (
	maxAncestors   = 256 // that are added up exactly where several paths may lead to one
	maxDescendants = 128 // that are told that a task was planned, beside those that depend on it directly
)

// closures knows what the tasks that are not planned yet would take together with what they need.
type closures struct {
	own  func(*node) worthCost
	walk *int // numbers the walks
}

// missing reports whether n is neither planned nor begun.
func missing(n *node) bool { return n.open() && !n.planned }

// start adds up what each of nodes needs; each comes after those it depends on.
func (c closures) start(nodes []*node) {
	for _, n := range nodes {
		n.missing = c.own(n)
		switch ups := n.upstream; {
		case len(ups) == 1:
			if missing(ups[0]) {
				n.missing.add(ups[0].missing)
			}
		case len(ups) > 1:
			c.several(n)
		}
	}
}

// several adds up what n needs where several paths may lead to the same task.
func (c closures) several(n *node) {
	list, whole := c.ancestors(n, maxAncestors)
	for _, up := range list {
		n.missing.add(c.own(up))
	}
	if whole {
		return
	}
	n.missing = c.own(n)
	var deepest worthCost // the parents of which most is missing count for all that lies behind them
	for _, up := range n.upstream {
		if missing(up) {
			own := c.own(up)
			n.missing.add(own)
			if behind := up.missing.cost - own.cost; behind > deepest.cost {
				deepest = worthCost{up.missing.worth - own.worth, behind}
			}
		}
	}
	n.missing.add(deepest)
}

// ancestors are those that n needs and that are open, each after those it depends on, and whether these are all: there
// may be too many.
func (c closures) ancestors(n *node, most int) (list []*node, all bool) {
	*c.walk++
	type frame struct {
		n    *node
		next int
	}
	stack := []frame{{n, 0}}
	n.mark = *c.walk
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.next < len(top.n.upstream) {
			up := top.n.upstream[top.next]
			top.next++
			if up.mark != *c.walk && missing(up) {
				up.mark = *c.walk
				stack = append(stack, frame{up, 0})
			}
			continue
		}
		if top.n != n {
			list = append(list, top.n)
		}
		if stack = stack[:len(stack)-1]; len(list) >= most && len(stack) > 0 {
			return list, false
		}
	}
	return list, true
}

// planned takes n out of what those that need it are missing, and calls changed with each.
func (c closures) planned(n *node, changed func(*node)) {
	*c.walk++
	own := c.own(n)
	queue := slices.Clone(n.dependents)
	direct := len(queue)
	for i := 0; i < len(queue); i++ {
		d := queue[i]
		if d.mark == *c.walk || !missing(d) {
			continue
		}
		d.mark = *c.walk
		d.missing.sub(own)
		changed(d)
		if len(queue)-direct < maxDescendants {
			queue = append(queue, d.dependents...)
		}
	}
}

// picks is a heap of tasks, the one with the largest key first, among equals as they stand in the file. An entry whose
// stamp is not its task's any more is out of date.
type picks []pick

type pick struct {
	key   float64
	n     *node
	stamp int32
}

func (a pick) compare(b pick) int {
	return cmp.Or(cmp.Compare(b.key, a.key), cmp.Compare(a.n.index, b.n.index))
}

func (p *picks) push(n *node) {
	*p = append(*p, pick{n.key, n, n.stamp})
	h := *p
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if h[up].compare(h[i]) <= 0 {
			return
		}
		h[up], h[i] = h[i], h[up]
		i = up
	}
}

// pop takes the best entry that is up to date, nil if there is none.
func (p *picks) pop() *node {
	for len(*p) > 0 {
		h := *p
		top := h[0]
		h[0] = h[len(h)-1]
		*p = h[:len(h)-1]
		p.down(0)
		if top.stamp == top.n.stamp {
			return top.n
		}
	}
	return nil
}

// init makes a heap of entries in any order.
func (p *picks) init() {
	for i := len(*p)/2 - 1; i >= 0; i-- {
		p.down(i)
	}
}

func (p *picks) down(i int) {
	h := *p
	for {
		best := 2*i + 1
		if best >= len(h) {
			return
		}
		if right := best + 1; right < len(h) && h[right].compare(h[best]) < 0 {
			best = right
		}
		if h[i].compare(h[best]) <= 0 {
			return
		}
		h[i], h[best] = h[best], h[i]
		i = best
	}
}
