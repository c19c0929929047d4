package orchestrator

import (
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// A run may do a part of its tasks alone (Options.Only), and those that these depend on. The others are left as they are:
// they have no result, and a resumed run does them.

// takePart leaves out what is not asked for.
func (r *run) takePart() {
	if r.Only == nil {
		return
	}
	for _, n := range r.order {
		n.left = true
	}
	for _, n := range slices.Backward(r.order) {
		if r.Only[n.task.ID] || r.partOf(n) || slices.ContainsFunc(n.dependents, func(d *node) bool { return !d.left }) {
			n.left = false
			continue
		}
		r.withdraw(n)
	}
}

// partOf reports whether a task is asked for that n, perhaps, stands for.
func (r *run) partOf(n *node) bool {
	if n.task.Foreach == nil {
		return false
	}
	for id := range r.Only {
		if n.task.StandsFor(id) {
			return true
		}
	}
	return false
}

// Short is what a run lacked.
type Short struct {
	Tasks int           `json:"tasks"` // deferred because the budget could not pay for them, or for what they depend on
	Most  budget.Amount `json:"most"`  // that they can take at most, beyond what is left
}

// lack is what the tasks that the budget of all could not pay for would need beyond what it has left, nil if nothing.
func (r *run) lack(left budget.Limit) *Short {
	var s Short
	for _, n := range r.nodes {
		if n.lacked {
			s.Tasks++
			s.Most = s.Most.Add(n.most)
		}
	}
	var there budget.Amount
	if left.Tokens != nil {
		there.Tokens = *left.Tokens // below zero where more was spent than the limit
	}
	if left.Cost != nil {
		there.Cost = *left.Cost
	}
	s.Most = s.Most.Sub(there).Max(budget.Amount{})
	if left.Tokens == nil {
		s.Most.Tokens = 0
	}
	if left.Cost == nil {
		s.Most.Cost = 0
	}
	if s.Tasks == 0 || s.Most.IsZero() {
		return nil
	}
	return &s
}
