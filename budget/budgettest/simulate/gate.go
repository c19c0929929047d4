package simulate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// The failures of a gate.
var (
	errFault   = errors.New("simulated failure of the ledger")
	errUnknown = fmt.Errorf("%w: whether it was written is unknown", errFault)
	errDead    = fmt.Errorf("%w: the process is dead", errFault)
)

// fate is what becomes of a write.
type fate int

const (
	lands      fate = iota
	fails           // nothing is written
	unknown         // it is written, and answered with an error; the gate then writes nothing more
	unanswered      // the same, but the gate goes on: only for the ends of holds, which can be repeated
)

// gate stands between one manager and its ledger. Every write waits in it until the scheduler says what
// becomes of it, so that writes are under way while others decide.
type gate struct {
	store budgettest.Ledger
	seen  func(entries []budget.Entry) // of what is written

	mu      sync.Mutex
	waiting []*write
	direct  func() fate // decides at once, while a manager is being opened
	broken  bool
	dead    bool
}

type write struct {
	key     string
	entries []budget.Entry
	answer  chan error
}

// key names a write by what it is about; ids that the manager makes up would not be the same again.
func key(entries []budget.Entry) string {
	switch first := entries[0]; first.Op {
	case budget.OpReset, budget.OpLimit:
		return string(first.Op)
	case budget.OpSettle, budget.OpRelease:
		return "end " + first.ID
	case budget.OpResult:
		return "result " + string(first.Result)
	case budget.OpAdjust: // others may be correcting the same attempt
		return "adjust " + first.Reason
	default:
		return string(first.Op) + " " + first.ID
	}
}

// Append implements [budget.Ledger].
func (g *gate) Append(_ context.Context, entries ...budget.Entry) error {
	g.mu.Lock()
	if g.dead {
		g.mu.Unlock()
		return errDead
	}
	if g.direct != nil {
		defer g.mu.Unlock()
		return g.write(entries, g.direct())
	}
	w := &write{key: key(entries), entries: entries, answer: make(chan error, 1)}
	g.waiting = append(g.waiting, w)
	g.mu.Unlock()
	return <-w.answer
}

// Load implements [budget.Ledger].
func (g *gate) Load(ctx context.Context, runs ...string) (budget.State, error) {
	return g.store.Load(ctx, runs...)
}

// Totals passes on what a store can tell of any account.
func (g *gate) Totals(ctx context.Context, accounts ...budget.Account) (map[budget.Account]budget.Counters, error) {
	store, ok := g.store.(interface {
		Totals(context.Context, ...budget.Account) (map[budget.Account]budget.Counters, error)
	})
	if !ok {
		return nil, nil
	}
	return store.Totals(ctx, accounts...)
}

func (g *gate) write(entries []budget.Entry, f fate) error {
	if g.broken || f == fails {
		return errFault
	}
	if err := g.store.Append(context.Background(), entries...); err != nil {
		return err
	}
	g.seen(entries)
	if f == lands {
		return nil
	}
	g.broken = f == unknown
	return errUnknown
}

// pending returns the writes that wait, in an order that does not depend on how goroutines ran.
func (g *gate) pending() []*write {
	g.mu.Lock()
	defer g.mu.Unlock()
	slices.SortFunc(g.waiting, func(a, b *write) int { return strings.Compare(a.key, b.key) })
	return slices.Clone(g.waiting)
}

// resolve carries out what the scheduler decided.
func (g *gate) resolve(w *write, f fate) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = slices.DeleteFunc(g.waiting, func(o *write) bool { return o == w })
	err := g.write(w.entries, f)
	w.answer <- err
	return err
}

// die is the end of the process that writes.
func (g *gate) die() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dead = true
	for _, w := range g.waiting {
		w.answer <- errDead
	}
	g.waiting = nil
}
