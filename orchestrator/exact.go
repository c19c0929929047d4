package orchestrator

import (
	"cmp"
	"slices"
)

// When few tasks are planned, what is worth most in proportion is not worth most in sum any more: of those at the margin,
// the last that are planned and the first that are not, all sets are weighed.
const (
	fewPlanned = 20
	margin     = 7 // tasks on either side: 2^14 sets, some tenths of a millisecond
)

// improve chooses among the tasks at the margin those of the greatest worth that can be held together with the rest of
// the plan; among equals, those that cost least.
func (p *plan) improve(chosen, outside []*node) {
	base := chosen[:max(0, len(chosen)-margin)]
	edge := append(slices.Clone(chosen[len(base):]), outside[:min(margin, len(outside))]...)
	slices.SortStableFunc(edge, func(a, b *node) int { return cmp.Compare(a.seq, b.seq) }) // after what they depend on
	for i, n := range outside[:min(margin, len(outside))] {
		n.rank = len(chosen) + i
	}
	for _, n := range edge {
		p.remove(n)
	}
	s := search{plan: p, edge: edge, best: -1}
	s.from(0, 0, 0, 0)
	for i, n := range edge {
		if s.picked&(1<<i) != 0 {
			p.add([]*node{n})
		}
	}
}

// search goes through the sets of tasks at the margin.
type search struct {
	*plan
	edge   []*node
	picked uint32 // the best set
	best   float64
	cost   float64
}

// from tries all sets that have set of the first i tasks, which are planned.
func (s *search) from(i int, set uint32, worth, cost float64) {
	if worth > s.best || worth == s.best && cost < s.cost {
		s.picked, s.best, s.cost = set, worth, cost
	}
	if i == len(s.edge) {
		return
	}
	n := s.edge[i]
	if s.possible(n) && s.add([]*node{n}) {
		s.from(i+1, set|1<<i, worth+n.worth, cost+s.weigh(n.expected))
		s.remove(n)
	}
	s.from(i+1, set, worth, cost)
}

// possible reports whether all that n depends on is planned, or has begun.
func (s *search) possible(n *node) bool {
	return !slices.ContainsFunc(n.upstream, missing)
}
