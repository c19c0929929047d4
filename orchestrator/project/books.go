package project

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
)

// noBooks is the error of what needs books where there are none.
func (p *Project) noBooks() error {
	return usagef("there are no books yet at %s: run something first%s", p.LedgerPath(), p.otherBooks())
}

// otherBooks is a hint for somebody who finds nothing in these books: the others exist.
func (p *Project) otherBooks() string {
	other := Project{Path: p.Path, Sim: !p.Sim}
	switch _, err := os.Stat(other.LedgerPath()); {
	case err != nil:
		return ""
	case p.Sim:
		return " (there are books of real runs: leave --sim out for them)"
	}
	return " (there are books of simulated runs: add --sim for them)"
}

// openReader opens the books for reading. A project without books has empty ones, which are not there.
func (p *Project) openReader(ctx context.Context) (store books.Store, there bool, err error) {
	ledger, err := sqlite.OpenReader(ctx, p.LedgerPath())
	if older := new(sqlite.OlderError); errors.As(err, &older) {
		ledger, err = p.bringUpToDate(ctx)
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return books.NewMemory(), false, nil
	case err != nil:
		return nil, false, usage(err)
	}
	return ledger, true, nil
}

// bringUpToDate opens the books of an older program for reading, once it has owned them for a moment.
func (p *Project) bringUpToDate(ctx context.Context) (*sqlite.Ledger, error) {
	owner, err := sqlite.Open(ctx, p.LedgerPath(), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	if err := owner.Close(); err != nil {
		return nil, err
	}
	return sqlite.OpenReader(ctx, p.LedgerPath())
}

// openBooks opens the books for reading; a project without any is an error.
func (p *Project) openBooks(ctx context.Context) (books.Store, error) {
	store, there, err := p.openReader(ctx)
	if err == nil && !there {
		err = p.noBooks()
	}
	return store, err
}

// ownBooks opens the books as their owner, for what cannot share them with a run: what says what it would do.
func (p *Project) ownBooks(ctx context.Context, what string) (*sqlite.Ledger, error) {
	store, err := sqlite.Open(ctx, p.LedgerPath(), sqlite.Options{})
	if errors.As(err, new(*sqlite.OwnedError)) {
		return nil, usagef("%s during a run: %w", what, err)
	}
	return store, usage(err)
}

// openOwn opens the books for a run. While another process has them it fails or, where that is asked for, waits for that
// to end, says so once, and reports that it did.
func (r *prepared) openOwn(ctx context.Context) (store *sqlite.Ledger, waited bool, err error) {
	if !r.options.Wait {
		store, err = sqlite.Open(ctx, r.LedgerPath(), sqlite.Options{})
		if errors.As(err, new(*sqlite.OwnedError)) {
			err = fmt.Errorf("%w (add --wait to wait for it)", err)
		}
		return store, false, usage(err)
	}
	ctx, drain, stop := r.options.interrupts(ctx)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	interrupted := make(chan struct{})
	go func() {
		select {
		case <-drain:
			close(interrupted)
			cancel()
		case <-ctx.Done():
		}
	}()
	store, err = sqlite.Open(ctx, r.LedgerPath(), sqlite.Options{Waiting: func(owner *sqlite.OwnedError) {
		waited = true
		if r.options.Waiting != nil {
			r.options.Waiting(owner.Owner())
		}
	}})
	select {
	case <-interrupted:
		if err != nil {
			return nil, waited, ErrStoppedWaiting
		}
	default:
	}
	return store, waited, usage(err)
}
