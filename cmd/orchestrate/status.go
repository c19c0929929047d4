package main

import (
	"cmp"
	"context"
	"log/slog"

	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// maxUnconfirmed is how many unconfirmed attempts a status lists.
const maxUnconfirmed = 10

// standing is what stands in the books, and who has them.
type standing struct {
	books.Standing
	owner *sqlite.Owner
}

// readStanding reads the books without owning them: during a run, too.
func readStanding(ctx context.Context, p *project, tasks, attempts bool) (s standing, err error) {
	s.owner = sqlite.OwnerOf(p.ledgerPath()) // before and after: one that begins or ends meanwhile is no dead one
	store, _, err := p.openReader(ctx)
	if err != nil {
		return s, err
	}
	defer store.Close()
	config := p.budgetConfig(nil, slog.New(slog.DiscardHandler))
	s.Standing, err = books.Open(ctx, store, config, books.OpenOptions{Tasks: tasks, Newest: maxUnconfirmed, Assumed: attempts})
	s.owner = cmp.Or(s.owner, sqlite.OwnerOf(p.ledgerPath()))
	return s, err
}

// readStatus is what stands in the books now, as it is shown.
func readStatus(ctx context.Context, p *project, tasks, attempts bool) (view.Status, error) {
	s, err := readStanding(ctx, p, tasks, attempts)
	if err != nil {
		return view.Status{}, err
	}
	out := view.NewStatus(s.Report)
	out.Run, out.Older, out.Hidden, out.Ledger = s.Run, s.Older, s.Hidden, p.ledgerPath()
	out.Unconfirmed = view.UnconfirmedOf(s.Unconfirmed)
	out.Zone, out.Program = p.config.Budget.TimeZone, program()
	if o := s.owner; o != nil {
		out.Owner = &view.Owner{PID: o.PID, Run: o.Run, Since: o.Since, Gone: o.Gone()}
	}
	return out, nil
}
