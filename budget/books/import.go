package books

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Imported says what an import brought.
type Imported struct {
	Runs         int             `json:"runs"`          // that are new here
	Entries      int             `json:"entries"`       // that are new here
	RunsThere    int             `json:"runs_there"`    // that were here already
	EntriesThere int             `json:"entries_there"` // that were here already, with the same content
	Resets       int             `json:"resets"`        // that were left out
	Corrections  int             `json:"corrections"`   // entries that were left out: of attempts on which these books' own word stands
	Periods      map[int64]int64 `json:"periods"`       // what each period of the file is here
}

// ImportOptions are the options of [Import].
type ImportOptions struct {
	// Admit is asked about every run that is new here; its error refuses the file. Nil admits all.
	Admit func(Run) error
}

// Import enters the history in r, which [Export] wrote, into periods of its own. Each period of the
// file gets the next free number below zero (-1, -2, ...): it is closed, never the current one, and nothing
// in it counts against a limit on the total or a model. Runs keep their names, and with them the accounts of
// their workers and tasks.
//
// A correction of an attempt that is these books' own, or that they have corrected otherwise, is left out: what
// was charged here is not changed by what other books say of it. [Imported].Corrections counts those.
//
// Entries that are here already with the same content, whatever their period and however much of their
// result was exported, are skipped; so a file can be imported again when more has been added to it. Resets
// are left out. Import enters all of the file or, with an error that names the line, nothing: a damaged
// file, one of a newer format, one with open holds (export it when they were settled), one with a run that o does not
// admit, one that contradicts what is here ([budget.ErrConflict]), and one that would take a sum of these books past
// what is counted ([budget.ErrUncountable]).
//
// Nothing else is written until r has been read to its end.
func Import(ctx context.Context, into Importer, r io.Reader, o ImportOptions) (Imported, error) {
	i := &intake{
		ctx: ctx, o: o, held: make(map[string]heldLine), begun: make(map[int64]time.Time), left: make(map[string]bool),
		totals: make(map[budget.Account]budget.Counters),
	}
	i.Periods = make(map[int64]int64)
	err := into.Import(ctx, func(tx Intake) error {
		i.into = tx
		return i.read(r)
	})
	if err != nil {
		return Imported{}, err
	}
	return i.Imported, nil
}

// intake is an import that is going on.
type intake struct {
	Imported
	ctx   context.Context
	o     ImportOptions
	into  Intake
	file  *exportReader
	audit Audit
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

func (i *intake) read(r io.Reader) (err error) {
	if i.file, err = newExportReader(r); err != nil {
		return err
	}
	for {
		line, err := i.file.next()
		switch {
		case err == io.EOF:
			return i.complete()
		case err != nil:
			return err
		case i.ctx.Err() != nil:
			return context.Cause(i.ctx)
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
func (i *intake) complete() error {
	for _, id := range i.audit.Halves() {
		attempt, n, _ := budget.Entry{ID: id, Op: budget.OpAdjust}.Correction()
		return i.file.errorf("adjust entry %s is half a correction: %s~%d, which belongs to it, is not there", id, attempt, n+1)
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
	return fmt.Errorf("line %d: the hold of attempt %s is open (%d in all): let its run end or, if that died, begin another one, and export again",
		i.held[first].line, first, len(i.held))
}

// run enters a run, unless it is these books' own.
func (i *intake) run(r Run) error {
	if r.ID == "" || !writable(r.Started) || !r.Ended.IsZero() && !writable(r.Ended) {
		return i.file.errorf("run %q from %v to %v: it needs an id and times between the years 1678 and 2262", r.ID, r.Started, r.Ended)
	}
	here, there, err := i.into.Run(r.ID)
	switch {
	case err != nil:
		return err
	case !there:
		if i.o.Admit != nil {
			if err := i.o.Admit(r); err != nil {
				return i.file.errorf("%w", err)
			}
		}
		i.Runs++
	case !here.Started.Equal(r.Started):
		return i.file.errorf("%w: run %s is here already, and began at %v", budget.ErrConflict, r.ID, here.Started)
	default:
		i.RunsThere++
		if !here.Imported { // the file's word on it is older, or as old
			return nil
		}
	}
	return i.into.EnterRun(r)
}

// writable reports whether books can write t.
func writable(t time.Time) bool { return time.Unix(0, t.UnixNano()).Equal(t) }
