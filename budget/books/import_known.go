package books

import (
	"github.com/orchestrate-go/orchestrate/budget"
)

// What an import does about entries that are here already, and about those that concern attempts that are.

// place returns the period in which e, which the import would enter in e.Period, has to be: that of the attempt that it
// ends or corrects, if it is about one. It refuses a correction without an attempt.
//
// A correction is to be left out where these books' own word on the attempt stands: where the attempt was not imported,
// or an earlier correction of it was left out. Entered, it would change periods that are not the file's, perhaps the
// present one; in a period below zero it would take back there what was never charged there.
func (i *intake) place(e budget.Entry) (period int64, leave bool, err error) {
	attempt, _, numbered := e.Correction()
	switch {
	case e.Op == budget.OpSettle || e.Op == budget.OpRelease:
		return i.held[e.ID].period, false, nil // the audit has seen the hold
	case !numbered:
		return e.Period, false, nil
	}
	for _, op := range []budget.Op{budget.OpSettle, budget.OpRelease, budget.OpRecord} {
		ended, there, err := i.into.Entry(attempt, op)
		if there || err != nil {
			return ended.Period, ended.Period >= 0 || i.left[attempt], err
		}
	}
	return 0, false, i.file.errorf("adjust entry %s: there is no attempt that it could correct", e.ID)
}

// there compares e with the entry that has its place, if there is one: else e is left out.
func (i *intake) there(e, here budget.Entry, there bool) error {
	if there {
		period := here.Period
		here.Period = e.Period
		of := e
		here.Result, of.Result = nil, nil // exported with outputs or without
		if here.Same(of) {
			if _, known := i.Periods[e.Period]; !known && period < 0 {
				i.Periods[e.Period] = period // of an earlier import of the same books
			}
			i.hold(e, period)
			i.EntriesThere++
			return nil
		}
	}
	if attempt, _, ok := e.Correction(); ok {
		i.left[attempt] = true
		i.Corrections++
		return nil
	}
	return i.file.errorf("%w: %s entry %s is here with other content", budget.ErrConflict, e.Op, e.ID)
}
