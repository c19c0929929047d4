package project

import (
	"cmp"
	"math"
	"slices"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// Predicted compares what tasks of a run were expected to be charged with what they were, those that are done.
type Predicted struct {
	Model    string
	Group    string // tasks that are alike, see [orchestrator.Result.Group]; "" for all of the model
	Worker   string // of a group
	Tasks    int
	Expected int64 // tokens
	Charged  int64 // tokens

	// P50 and P90 are the median and the ninth decile of the error of a task, |expected - charged| / charged.
	P50, P90 float64
}

// predictions gathers the results of a run.
type predictions map[Predicted][]pair // by model, group and worker

type pair struct{ expected, charged int64 }

func (p predictions) add(r orchestrator.Result) {
	if r.Outcome != orchestrator.Done || r.Expected <= 0 || r.Tokens <= 0 {
		return
	}
	is := pair{r.Expected, r.Tokens}
	for _, of := range []Predicted{{Model: r.Model}, {Model: r.Model, Group: r.Group, Worker: r.Worker}} {
		p[of] = append(p[of], is)
	}
}

// list is by model, the whole model first, then its groups, the largest first.
func (p predictions) list() (list []Predicted) {
	for of, pairs := range p {
		errs := make([]float64, len(pairs))
		for i, one := range pairs {
			of.Expected, of.Charged = of.Expected+one.expected, of.Charged+one.charged
			errs[i] = math.Abs(float64(one.expected-one.charged)) / float64(one.charged)
		}
		slices.Sort(errs)
		of.Tasks, of.P50, of.P90 = len(pairs), quantile(errs, .5), quantile(errs, .9)
		list = append(list, of)
	}
	slices.SortFunc(list, func(a, b Predicted) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(min(len(a.Group), 1), min(len(b.Group), 1)), cmp.Compare(b.Tasks, a.Tasks),
			cmp.Compare(a.Worker, b.Worker), cmp.Compare(a.Group, b.Group))
	})
	return list
}

// quantile is that of sorted values, of which there is one at least: the least that so many are not above.
func quantile[T any](sorted []T, q float64) T {
	return sorted[min(len(sorted)-1, int(math.Ceil(q*float64(len(sorted))))-1)]
}
