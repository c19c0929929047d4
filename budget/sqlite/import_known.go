package sqlite

import (
	"database/sql"
	"errors"

	"github.com/orchestrate-go/orchestrate/budget"
)

// What an import does about entries that are here already, and about those that concern attempts that are.

// follows refuses what would end or correct, in another period, an attempt that was here before.
func (i *importer) follows(e budget.Entry) (err error) {
	period := e.Period
	switch attempt, _, numbered := budget.CorrectionOf(e.ID); {
	case e.Op == budget.OpSettle || e.Op == budget.OpRelease:
		period = i.held[e.ID].period // the audit has seen the hold
	case e.Op == budget.OpAdjust && numbered:
		period, err = i.periodOf(attempt)
	}
	if err != nil {
		return err
	}
	if period != e.Period {
		return i.refuse("%w: %s entry %s would change an attempt of period %d, which is here without it",
			budget.ErrConflict, e.Op, e.ID, period)
	}
	return nil
}

// there compares e with the entry that has its place.
func (i *importer) there(e budget.Entry) error {
	rows, err := i.w.stmts.findEntry.QueryContext(background, e.ID, string(e.Op))
	if err != nil {
		return err
	}
	for there, err := range scanAll(rows, scanEntry) {
		if err != nil {
			return err
		}
		here := there.Period
		there.Period = e.Period
		there.Result, e.Result = nil, nil // exported with outputs or without
		if !there.Same(e) {
			break
		}
		if _, known := i.Periods[e.Period]; !known && here < 0 {
			i.Periods[e.Period] = here // of an earlier import of the same books
		}
		i.hold(e, here)
		i.EntriesThere++
		return nil
	}
	if attempt, _, ok := budget.CorrectionOf(e.ID); ok && e.Op == budget.OpAdjust {
		i.left[attempt] = true
		i.Corrections++
		return nil
	}
	return i.refuse("%w: %s entry %s is here with other content", budget.ErrConflict, e.Op, e.ID)
}

// ofOwn reports whether e corrects an attempt on which this ledger's own word stands: one that was not imported, or
// whose corrections in the file differ from those here. It refuses a correction without an attempt.
//
// Entering the correction of an own attempt would change periods that are not the file's, perhaps the present one; in a
// period below zero it would take back there what was never charged there.
func (i *importer) ofOwn(e budget.Entry) (bool, error) {
	attempt, _, ok := budget.CorrectionOf(e.ID)
	if e.Op != budget.OpAdjust || !ok {
		return false, nil
	}
	period, err := i.periodOf(attempt)
	if errors.Is(err, sql.ErrNoRows) {
		return false, i.refuse("adjust entry %s: there is no attempt that it could correct", e.ID)
	}
	return period >= 0 || i.left[attempt], err
}

// periodOf returns the period in which an attempt ended here.
func (i *importer) periodOf(attempt string) (period int64, err error) {
	const text = "SELECT period FROM entries WHERE id = ? AND op IN ('settle', 'release', 'record') LIMIT 1"
	err = i.w.conn.QueryRowContext(background, text, attempt).Scan(&period)
	return period, err
}
