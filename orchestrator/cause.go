package orchestrator

import (
	"cmp"
	"regexp"
	"slices"
)

// Cause is why tasks are not done, told once for all that have it in common.
type Cause struct {
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason"` // of the first of them
	First   string  `json:"first"`  // its id
	Tasks   int     `json:"tasks"`
}

// causes are those of a run, by outcome and by reason without what differs from task to task.
type causes map[cause]*Cause

type cause struct {
	outcome Outcome
	reason  string
}

// maxCauses bounds what is remembered of reasons that are all different.
const maxCauses = 256

// varying is what reasons of one cause differ in: amounts, times, numbers in names.
var varying = regexp.MustCompile(`[0-9][0-9a-zµ.,:]*`)

// add counts a result. What a task is not done for because of another one is the other's cause.
func (c causes) add(r Result) {
	if r.Outcome != Failed && r.Outcome != Exhausted && r.Outcome != Deferred {
		return
	}
	key := cause{r.Outcome, varying.ReplaceAllString(r.Reason, "#")}
	if known := c[key]; known != nil {
		known.Tasks++
	} else if len(c) < maxCauses {
		c[key] = &Cause{Outcome: r.Outcome, Reason: r.Reason, First: r.ID, Tasks: 1}
	}
}

// list is the causes, the most frequent first.
func (c causes) list() []Cause {
	list := make([]Cause, 0, len(c))
	for _, one := range c {
		list = append(list, *one)
	}
	slices.SortFunc(list, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(b.Tasks, a.Tasks), cmp.Compare(a.First, b.First), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}
