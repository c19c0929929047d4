package sqlite

import (
	"database/sql"
	"errors"

	"github.com/orchestrate-go/orchestrate/budget"
)

// What an import does about entries that are here already, and about those that concern attempts that are.

// place returns the period in which e, which the import would enter in e.Period, has to be: that of the attempt that it
// ends or corrects, if it is about one. It refuses a correction without an attempt.
//
// A correction is to be left out where this ledger's own word on the attempt stands: where the attempt was not imported,
// or an earlier correction of it was left out. Entered, it would change periods that are not the file's, perhaps the
// present one; in a period below zero it would take back there what was never charged there.
func (i *importer) place(e budget.Entry) (period int64, leave bool, err error) {
	attempt, _, numbered := budget.CorrectionOf(e.ID)
	switch {
	case e.Op == budget.OpSettle || e.Op == budget.OpRelease:
		return i.held[e.ID].period, false, nil // the audit has seen the hold
	case e.Op != budget.OpAdjust || !numbered:
		return e.Period, false, nil
	}
	const ended = "SELECT period FROM entries WHERE id = ? AND op IN ('settle', 'release', 'record') LIMIT 1"
	err = i.w.conn.QueryRowContext(background, ended, attempt).Scan(&period)
	if errors.Is(err, sql.ErrNoRows) {
		err = i.refuse("adjust entry %s: there is no attempt that it could correct", e.ID)
	}
	return period, period >= 0 || i.left[attempt], err
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
