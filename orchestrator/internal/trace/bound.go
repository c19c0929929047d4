package trace

import "math"

// Bound is an upper bound on the worth of a set that has all that it depends on and costs no more than the budget. For
// any price of a token the worth of the best set, what it costs taken off at that price, and the price of the whole
// budget are together no less than the optimum; the bound is the least of these sums.
func (p Problem) Bound(budget int64) float64 {
	low, high, best := 0.0, 0.0, math.Inf(1)
	for _, t := range p.Tasks {
		high = max(high, t.Worth()/float64(t.Cost())*float64(len(p.Tasks)))
	}
	for range 60 {
		price := (low + high) / 2
		worth, cost := p.closure(price)
		best = min(best, worth+price*(float64(budget)-float64(cost)))
		if cost > budget {
			low = price
		} else {
			high = price
		}
	}
	return best
}

// closure is the worth and the cost of the closed set of the greatest worth after its tokens are paid for: a maximum
// closure, which a minimum cut finds (Picard 1976).
func (p Problem) closure(price float64) (worth float64, cost int64) {
	n := len(p.Tasks)
	net := newNetwork(n + 2)
	source, sink := n, n+1
	for i, t := range p.Tasks {
		if gain := t.Worth() - price*float64(t.Cost()); gain > 0 {
			net.arc(source, i, gain)
		} else {
			net.arc(i, sink, -gain)
		}
		for _, j := range t.Needs {
			net.arc(i, j, math.Inf(1))
		}
	}
	for i, in := range net.cut(source, sink)[:n] {
		if in {
			worth, cost = worth+p.Tasks[i].Worth(), cost+p.Tasks[i].Cost()
		}
	}
	return worth, cost
}

// network is a flow network.
type network struct {
	arcs []arc // each followed by its reverse
	from [][]int
}

type arc struct {
	to   int
	room float64
}

func newNetwork(nodes int) *network { return &network{from: make([][]int, nodes)} }

func (w *network) arc(from, to int, room float64) {
	w.from[from] = append(w.from[from], len(w.arcs))
	w.from[to] = append(w.from[to], len(w.arcs)+1)
	w.arcs = append(w.arcs, arc{to, room}, arc{from, 0})
}

// tiny is less than any difference that matters between flows.
const tiny = 1e-12

// cut returns which nodes are on the source's side of a minimum cut (Dinic's algorithm).
func (w *network) cut(source, sink int) []bool {
	for {
		level := w.levels(source)
		if level[sink] < 0 {
			side := make([]bool, len(level))
			for i, l := range level {
				side[i] = l >= 0
			}
			return side
		}
		next := make([]int, len(w.from))
		for w.push(source, sink, math.Inf(1), level, next) > tiny {
		}
	}
}

// levels are the distances from the source along arcs with room, -1 where there is no way.
func (w *network) levels(source int) []int {
	level := make([]int, len(w.from))
	for i := range level {
		level[i] = -1
	}
	level[source] = 0
	for queue := []int{source}; len(queue) > 0; queue = queue[1:] {
		for _, a := range w.from[queue[0]] {
			if to := w.arcs[a].to; level[to] < 0 && w.arcs[a].room > tiny {
				level[to] = level[queue[0]] + 1
				queue = append(queue, to)
			}
		}
	}
	return level
}

// push sends flow along a shortest way, and returns how much.
func (w *network) push(at, sink int, most float64, level, next []int) float64 {
	if at == sink {
		return most
	}
	for ; next[at] < len(w.from[at]); next[at]++ {
		a := w.from[at][next[at]]
		if to := w.arcs[a].to; level[to] == level[at]+1 && w.arcs[a].room > tiny {
			if sent := w.push(to, sink, min(most, w.arcs[a].room), level, next); sent > tiny {
				w.arcs[a].room -= sent
				w.arcs[a^1].room += sent
				return sent
			}
		}
	}
	return 0
}
