package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// Imported says what an import brought.
type Imported struct {
	Runs         int             `json:"runs"`          // that are new here
	Entries      int             `json:"entries"`       // that are new here
	RunsThere    int             `json:"runs_there"`    // that were here already
	EntriesThere int             `json:"entries_there"` // that were here already, with the same content
	Resets       int             `json:"resets"`        // that were left out
	Corrections  int             `json:"corrections"`   // entries that were left out: of attempts on which this ledger's own word stands
	Periods      map[int64]int64 `json:"periods"`       // what each period of the file is here
}

// ImportOptions are the options of [Ledger.Import].
type ImportOptions struct {
	// Admit is asked about every run that is new here; its error refuses the file. Nil admits all.
	Admit func(Run) error
}

// Import enters the history in r, which [Ledger.Export] wrote, into periods of its own. Each period of the
// file gets the next free number below zero (-1, -2, ...): it is closed, never the current one, and nothing
// in it counts against a limit on the total or a model. Runs keep their names, and with them the accounts of
// their workers and tasks.
//
// A correction of an attempt that is this ledger's own, or that this ledger has corrected otherwise, is left out: what
// was charged here is not changed by what another ledger says of it. [Imported].Corrections counts those.
//
// Entries that are here already with the same content, whatever their period and however much of their
// result was exported, are skipped; so a file can be imported again when more has been added to it. Resets
// are left out. Import enters all of the file or, with an error that names the line, nothing: a damaged
// file, one of a newer format, one with open holds (export it when they were settled), one with a run that o does not
// admit, one that contradicts what is here ([budget.ErrConflict]), and one that would take a sum of this ledger past
// what is counted ([budget.ErrUncountable]).
//
// Nothing else is written until r has been read to its end.
func (l *Ledger) Import(ctx context.Context, r io.Reader, o ImportOptions) (Imported, error) {
	i := &importer{
		ctx: ctx, o: o, held: make(map[string]heldLine), begun: make(map[int64]time.Time), left: make(map[string]bool),
		totals: make(map[budget.Account]budget.Counters),
	}
	i.Periods = make(map[int64]int64)
	err := l.submit(func(w *writer) error {
		if i.w != nil { // r has been read
			return &refusal{fmt.Errorf("%w, together with what was written at the same time: import it again", budget.ErrUncountable)}
		}
		i.w = w
		return w.importAll(i, r)
	})
	if err != nil {
		return Imported{}, fmt.Errorf("budget/sqlite: import: %w", err)
	}
	return i.Imported, nil
}

// importAll has i read all of r, or undoes what it did.
func (w *writer) importAll(i *importer, r io.Reader) error {
	before := w.sums.clone()
	if err := w.exec(w.stmts.savepoint); err != nil {
		return err
	}
	err := i.read(r)
	switch {
	case err == nil:
		return w.exec(w.stmts.release)
	case isRefusal(err):
		w.sums, w.period = before, 0
		if undo := w.exec(w.stmts.undo); undo != nil {
			return undo
		}
	}
	return err
}

// importer is an import that is going on. Its errors are refusals, which leave the transaction fit, or
// the database's.
type importer struct {
	Imported
	ctx   context.Context
	o     ImportOptions
	w     *writer
	file  *exportReader
	audit books.Audit
	held  map[string]heldLine // the holds of the file that are open so far
	begun map[int64]time.Time // the resets of the file's periods
	left  map[string]bool     // attempts whose corrections are left out
	next  int64               // free period; 0 before it is known

	totals map[budget.Account]budget.Counters // of the accounts that the file adds to, with what it adds
}

// heldLine is where the file opens a hold, and the period that the hold has here.
type heldLine struct {
	line   int
	period int64
}

func (i *importer) refuse(format string, args ...any) error {
	return &refusal{i.file.errorf(format, args...)}
}

func (i *importer) read(r io.Reader) (err error) {
	if i.file, err = newExportReader(r); err != nil {
		return &refusal{err}
	}
	for {
		line, err := i.file.next()
		switch {
		case err == io.EOF:
			return i.complete()
		case err != nil:
			return &refusal{err}
		case i.ctx.Err() != nil:
			return &refusal{context.Cause(i.ctx)}
		case line.Run != nil:
			err = i.run(line.Run.run())
		default:
			err = i.entry(line.Entry.entry())
		}
		if err != nil {
			return err
		}
	}
}

// complete refuses a file that leaves holds open, or a correction half done.
func (i *importer) complete() error {
	for _, id := range i.audit.Halves() {
		attempt, n, _ := budget.CorrectionOf(id)
		return i.refuse("adjust entry %s is half a correction: %s~%d, which belongs to it, is not there", id, attempt, n+1)
	}
	if len(i.held) == 0 {
		return nil
	}
	var first string
	for id, h := range i.held {
		if first == "" || h.line < i.held[first].line {
			first = id
		}
	}
	return &refusal{fmt.Errorf("line %d: the hold of attempt %s is open (%d in all): let its run end or, if that died, begin another one, and export again",
		i.held[first].line, first, len(i.held))}
}

// run enters a run, under a number below zero.
func (i *importer) run(r Run) error {
	if r.ID == "" || !storable(r.Started) || !r.Ended.IsZero() && !storable(r.Ended) {
		return i.refuse("run %q from %v to %v: it needs an id and times between the years 1678 and 2262", r.ID, r.Started, r.Ended)
	}
	var seq, started int64
	err := i.w.conn.QueryRowContext(background, "SELECT seq, started FROM runs WHERE id = ?", r.ID).Scan(&seq, &started)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		if i.o.Admit != nil {
			if err := i.o.Admit(r); err != nil {
				return i.refuse("%w", err)
			}
		}
		i.Runs++
	case err != nil:
		return err
	case started != r.Started.UnixNano():
		return i.refuse("%w: run %s is here already, and began at %v", budget.ErrConflict, r.ID, time.Unix(0, started).UTC())
	default:
		i.RunsThere++
		if seq > 0 { // its own run: the file's word on it is older, or as old
			return nil
		}
	}
	var ended any
	if !r.Ended.IsZero() {
		ended = r.Ended.UnixNano()
	}
	_, err = i.w.conn.ExecContext(background, importRun, r.ID, r.TaskFile, r.Digest, r.Started.UnixNano(), ended, r.Status, r.Simulated)
	return err
}

// storable reports whether the books can write t.
func storable(t time.Time) bool { return time.Unix(0, t.UnixNano()).Equal(t) }

const importRun = `INSERT INTO runs (seq, id, task_file, digest, started, ended, status, simulated)
	VALUES ((SELECT min(0, coalesce(min(seq), 0)) - 1 FROM runs), ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, status = excluded.status`

// entry enters e, unless it is here.
func (i *importer) entry(e budget.Entry) error {
	if err := i.audit.Add(e); err != nil {
		return i.refuse("%s entry %s: %w", e.Op, e.ID, err)
	}
	if e.Op == budget.OpReset {
		i.Resets++
		i.begun[e.Period] = e.Time
		return nil
	}
	moved := e
	var err error
	if moved.Period, err = i.period(e.Period); err != nil {
		return err
	}
	lines, err := newLines([]budget.Entry{moved})
	if err != nil {
		return i.refuse("%w", err)
	}
	l := lines[0]
	period, leave, err := i.place(moved)
	if err == nil && !leave {
		l.seq, err = i.w.put(l.values)
	}
	switch {
	case err != nil:
		return err
	case l.seq == 0:
		return i.there(e)
	case period != l.Period:
		return i.refuse("%w: %s entry %s would change an attempt of period %d, which is here without it",
			budget.ErrConflict, e.Op, e.ID, period)
	}
	if err := i.enter(e.Period, l); err != nil {
		return err
	}
	i.Entries++
	i.hold(moved, moved.Period)
	return nil
}

// period returns what a period of the file is here, or would be.
func (i *importer) period(of int64) (int64, error) {
	if here, ok := i.Periods[of]; ok {
		return here, nil
	}
	if i.next == 0 {
		var lowest sql.NullInt64
		if err := i.w.conn.QueryRowContext(background, "SELECT min(id) FROM periods").Scan(&lowest); err != nil {
			return 0, err
		}
		i.next = min(0, lowest.Int64) - 1
	}
	return i.next, nil
}

// enter does what follows from an entry that is new and was of another period in the file.
func (i *importer) enter(period int64, l line) error {
	if _, known := i.Periods[period]; !known {
		i.Periods[period] = l.Period
		i.next--
		if start, ok := i.begun[period]; ok {
			if err := i.w.exec(i.w.stmts.seePeriod, l.Period, start.UnixNano()); err != nil {
				return err
			}
		}
	}
	if err := i.count(l.Entry); err != nil {
		return err
	}
	i.w.sums.add(l)
	return i.w.consequences(l.Entry, l.seq)
}

// count refuses an entry that leaves a sum here which is more than is counted, whatever it was before.
func (i *importer) count(e budget.Entry) error {
	for _, scope := range e.Scopes {
		account := e.Account(scope)
		c, seen := i.totals[account]
		if !seen {
			stored, err := storedTotal(i.w.conn, account)
			if err != nil {
				return err
			}
			if c, err = stored.Plus(i.w.sums.totals[account]); err != nil {
				return i.w.sums.uncountable(account)
			}
		}
		sum, err := c.Plus(delta(e, scope))
		if err == nil {
			_, err = (budget.Counters{}).Plus(sum)
		}
		if err != nil {
			return i.refuse("%w: %s entry %s beside what the books have of %s: it belongs into a ledger of its own", err, e.Op, e.ID, accountText(account))
		}
		i.totals[account] = sum
	}
	return nil
}

// hold notes what e does to the holds of the file; its period here is given.
func (i *importer) hold(e budget.Entry, period int64) {
	switch e.Op {
	case budget.OpReserve:
		i.held[e.ID] = heldLine{i.file.line, period}
	case budget.OpSettle, budget.OpRelease:
		delete(i.held, e.ID)
	}
}
