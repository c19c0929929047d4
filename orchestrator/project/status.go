package project

import (
	"cmp"
	"context"
	"maps"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
)

// Status is what stands in the books, and who has them. A project without books has a zero period.
type Status struct {
	books.Standing
	Owner *sqlite.Owner // who has the books, or had them and died; nil is nobody
}

// Owner is who has the books, or had them and died; nil is nobody.
func (p *Project) Owner() *sqlite.Owner { return sqlite.OwnerOf(p.LedgerPath()) }

// StatusOptions choose what a [Status] says beside the totals.
type StatusOptions struct {
	Tasks    bool // each task of the newest run
	Attempts bool // every attempt that was charged by assumption, not only the newest of dead runs
}

// maxUnconfirmed is how many unconfirmed attempts a status lists.
const maxUnconfirmed = 10

// Status reads the books without owning them: during a run, too.
func (p *Project) Status(ctx context.Context, o StatusOptions) (s Status, err error) {
	s.Owner = sqlite.OwnerOf(p.LedgerPath()) // before and after: one that begins or ends meanwhile is no dead one
	store, _, err := p.openReader(ctx)
	if err != nil {
		return s, err
	}
	defer store.Close()
	run := "" // the newest, but for the proxy's while it has the books
	if s.Owner != nil && s.Owner.Run == ServeRun && !s.Owner.Gone() {
		run = ServeRun
	}
	s.Standing, err = books.Open(ctx, store, p.withClients(p.quiet(nil, "")), books.OpenOptions{
		Run: run, Tasks: o.Tasks, Newest: maxUnconfirmed, Assumed: o.Attempts})
	s.Owner = cmp.Or(s.Owner, sqlite.OwnerOf(p.LedgerPath()))
	return s, err
}

// withClients is c with the limits of the proxy's clients.
func (p *Project) withClients(c budget.Config) budget.Config {
	tokens, err := p.Tokens()
	if err != nil {
		p.warn("the limits of tokens are not known: " + err.Error())
	}
	maps.Copy(c.Limits, p.clientLimits(tokens))
	return c
}
