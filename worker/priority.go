package worker

import "math"

// Priorities are the words for a priority. A priority p stands for a worth of two to the power of p, so low, medium, high
// and critical are worth a half, 1, 2 and 8, unless somebody says otherwise.
var Priorities = map[string]int{"low": -1, "medium": 0, "high": 1, "critical": 3}

// maxPriority bounds what a priority can be worth: a million times as much as the normal one, or as little.
const maxPriority = 20

// Worth is what it is worth to finish a task, beside others: its own value where it has one, else what its priority is
// worth, by the table or, where that does not have it, two to the power of it.
func Worth(t Task, of map[int]float64) float64 {
	if t.Value != nil {
		return *t.Value
	}
	if worth, ok := of[t.Priority]; ok {
		return worth
	}
	return math.Exp2(float64(min(max(t.Priority, -maxPriority), maxPriority)))
}
