package trace

import (
	"slices"
	"time"
)

// Slots is how many tasks run at once.
const Slots = 8

// Takes is how long a task runs.
func (t Task) Takes() time.Duration { return time.Duration(t.Output) * 20 * time.Millisecond }

// Greedy is how long it takes somebody to run out of the budget who begins every task that can begin, in the order of the
// file, as soon as its hold fits.
func (p Problem) Greedy(budget int64) time.Duration {
	type running struct {
		task int
		ends time.Duration
	}
	var now time.Duration
	var active []running
	done, begun := make([]bool, len(p.Tasks)), make([]bool, len(p.Tasks))
	for {
		for i, t := range p.Tasks {
			waits := slices.ContainsFunc(t.Needs, func(j int) bool { return !done[j] })
			if !begun[i] && !waits && len(active) < Slots && t.Hold() <= budget {
				begun[i] = true
				budget -= t.Hold()
				active = append(active, running{i, now + t.Takes()})
			}
		}
		if len(active) == 0 {
			return now
		}
		next := slices.MinFunc(active, func(a, b running) int { return int(a.ends - b.ends) })
		now = next.ends
		done[next.task] = true
		budget += p.Tasks[next.task].Hold() - p.Tasks[next.task].Cost()
		active = slices.DeleteFunc(active, func(r running) bool { return r.task == next.task })
	}
}
