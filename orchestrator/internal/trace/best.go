package trace

import (
	"cmp"
	"slices"
)

// MaxExact is how many tasks [Problem.BestHeld] takes.
const MaxExact = 20

// BestHeld is the most worth that fits into a budget where a task's hold must be there when it begins and its rest comes
// back when it ends, tasks run one after the other, and every answer is known. It looks at every set of tasks, so there
// may be [MaxExact] at most.
func (p Problem) BestHeld(budget int64) (best float64) {
	if len(p.Tasks) > MaxExact {
		panic("trace: too many tasks for an exact optimum")
	}
	needs := p.masks()
	for set := uint32(1); set < 1<<len(p.Tasks); set++ {
		if worth := p.worth(set); worth > best && closed(set, needs) && p.holdable(set, needs, budget) {
			best = worth
		}
	}
	return best
}

// masks are the tasks that each depends on, as sets.
func (p Problem) masks() []uint32 {
	masks := make([]uint32, len(p.Tasks))
	for i, t := range p.Tasks {
		for _, j := range t.Needs {
			masks[i] |= 1 << j
		}
	}
	return masks
}

func (p Problem) worth(set uint32) (sum float64) {
	for i, t := range p.Tasks {
		if set&(1<<i) != 0 {
			sum += t.Worth()
		}
	}
	return sum
}

// closed reports whether a set has all that its tasks depend on.
func closed(set uint32, needs []uint32) bool {
	for i, n := range needs {
		if set&(1<<i) != 0 && n&^set != 0 {
			return false
		}
	}
	return true
}

// holdable reports whether the tasks of a closed set can be held one after the other in some order. After each there must
// be room for what its hold is above its cost, which is scheduling with deadlines: the order of deadlines is the
// best, a task's being no later than that of one which needs it.
func (p Problem) holdable(set uint32, needs []uint32, budget int64) bool {
	greatest := make([]int64, len(p.Tasks))
	order := make([]int, 0, len(p.Tasks))
	for i := len(p.Tasks) - 1; i >= 0; i-- {
		if set&(1<<i) == 0 {
			continue
		}
		greatest[i] = max(greatest[i], p.Tasks[i].Hold()-p.Tasks[i].Cost())
		for j := range i {
			if needs[i]&(1<<j) != 0 {
				greatest[j] = max(greatest[j], greatest[i])
			}
		}
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(greatest[b], greatest[a]), cmp.Compare(a, b)) })
	for _, i := range order {
		if p.Tasks[i].Hold() > budget {
			return false
		}
		budget -= p.Tasks[i].Cost()
	}
	return true
}
