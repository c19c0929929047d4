package books

import (
	"cmp"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

func resultsOf(entries []budget.Entry, run string) (results []budget.Entry) {
	seen := make(map[string]bool)
	for _, e := range slices.Backward(entries) {
		if e.Op == budget.OpResult && e.Run() == run && !seen[e.TaskID()] {
			seen[e.TaskID()] = true
			results = append(results, e)
		}
	}
	slices.Reverse(results)
	slices.SortStableFunc(results, func(a, b budget.Entry) int { return a.Time.Compare(b.Time) })
	return results
}

func attemptOf(entries []budget.Entry, id string) (of []budget.Entry) {
	for _, e := range entries {
		attempt, _, ok := e.Correction()
		switch e.Op {
		case budget.OpReserve, budget.OpSettle, budget.OpRelease, budget.OpRecord:
			if e.ID == id {
				of = append(of, e)
			}
		case budget.OpAdjust:
			if ok && attempt == id {
				of = append(of, e)
			}
		}
	}
	return of
}

// begunIn returns the periods of entries: each began with its reset, at the start that an import gave it, or with its
// first entry.
func begunIn(entries []budget.Entry, starts map[int64]time.Time) []Begun {
	begun := make(map[int64]Begun)
	for i, e := range entries {
		start, given := starts[e.Period]
		p, seen := begun[e.Period]
		switch {
		case e.Period == 0:
			continue
		case e.Op == budget.OpReset:
			p = Begun{budget.Period{ID: e.Period, Start: e.Time}, int64(i + 1)}
		case seen:
		case given:
			p.Period = budget.Period{ID: e.Period, Start: start}
		default:
			p.Period = budget.Period{ID: e.Period, Start: e.Time}
		}
		begun[e.Period] = p
	}
	list := make([]Begun, 0, len(begun))
	for _, p := range begun {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Begun) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// assumedIn returns the attempts that stand as assumed, newest first.
func assumedIn(entries []budget.Entry) (assumed []budget.Entry) {
	corrected := make(map[string]bool)
	for _, e := range slices.Backward(entries) {
		attempt, _, ok := e.Correction()
		switch {
		case ok:
			corrected[attempt] = true
		case e.Assumed && e.Period >= 0 && (e.Op == budget.OpSettle || e.Op == budget.OpRelease) && !corrected[e.ID]:
			assumed = append(assumed, e)
		}
	}
	return assumed
}

func newestFirst(runs []Run) []Run {
	runs = slices.Clone(runs)
	slices.Reverse(runs)
	slices.SortStableFunc(runs, func(a, b Run) int {
		switch {
		case a.Imported == b.Imported:
			return 0
		case b.Imported:
			return -1
		}
		return 1
	})
	return runs
}
