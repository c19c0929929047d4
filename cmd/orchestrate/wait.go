package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget/sqlite"
)

// openOwn opens the books for a run. While another process has them it fails or, with wait, waits for that
// to end, says so once, and reports that it did. A signal ends the wait.
func (p *project) openOwn(ctx context.Context, wait bool, std stdio) (books *sqlite.Ledger, waited bool, err error) {
	if !wait {
		books, err = sqlite.Open(ctx, p.ledgerPath(), sqlite.Options{})
		if errors.As(err, new(*sqlite.OwnedError)) {
			err = fmt.Errorf("%w (add --wait to wait for it)", err)
		}
		return books, false, usage(err)
	}
	ctx, signals := watchSignals(ctx)
	defer signals.stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-signals.drain:
			cancel()
		case <-ctx.Done():
		}
	}()
	books, err = sqlite.Open(ctx, p.ledgerPath(), sqlite.Options{Waiting: func(owner *sqlite.OwnedError) {
		waited = true
		fmt.Fprintf(std.err, "waiting for %s (Ctrl-C ends the wait)\n", owner.Owner())
	}})
	if code := signals.exitCode(); err != nil && code != 0 {
		return nil, waited, &exitError{code, errors.New("stopped waiting; nothing was run")}
	}
	return books, waited, usage(err)
}
