package hostile

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/middleware/models"
)

// dear is how many times as much the dear one of two models costs.
const dear = 100

// The prices of the models that the servers have, as a project would configure them.
func prices() budget.Prices {
	list := make(budget.Prices)
	for _, g := range tongues {
		p := budget.FlatPrice(budget.NanoUSD(g.price[0]*1_000_000), budget.NanoUSD(g.price[1]*1_000_000))
		p.Services = map[string]budget.Ratio{"priority": {Num: 5, Den: 2}, "flex": {Num: 1, Den: 2}, "fast": {Num: 6, Den: 1}}
		list[g.model] = p
		list["dear-"+g.model] = budget.FlatPrice(budget.NanoUSD(g.price[0]*dear*1_000_000), budget.NanoUSD(g.price[1]*dear*1_000_000))
	}
	return list
}

// books are a manager on books on disk, whose entries are kept by task as well.
type bookkeeper struct {
	t       *testing.T
	manager *budget.Manager
	ledger  *sqlite.Ledger
	config  budget.Config

	failures atomic.Int64

	mu     sync.Mutex
	byTask map[string][]budget.Entry
}

func openBooks(t *testing.T, mode budget.Mode) *bookkeeper {
	ledger, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "books", "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ledger.Close() })
	b := &bookkeeper{t: t, ledger: ledger, byTask: make(map[string][]budget.Entry)}
	b.config = budget.Config{
		Limits: budget.Limits{budget.Total: budget.TokenLimit(1 << 52).WithCost(1 << 59)},
		Mode:   mode, Family: models.Family, Prices: prices(), PriceVersion: "v1", Ledger: b,
	}
	if b.manager, err = budget.Open(t.Context(), b.config); err != nil {
		t.Fatal(err)
	}
	return b
}

// Load and Append are the ledger's.
func (b *bookkeeper) Load(ctx context.Context, runs ...string) (budget.State, error) {
	return b.ledger.Load(ctx, runs...)
}

func (b *bookkeeper) Append(ctx context.Context, entries ...budget.Entry) error {
	if err := b.ledger.Append(ctx, entries...); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range entries {
		b.byTask[e.TaskID()] = append(b.byTask[e.TaskID()], e)
	}
	return nil
}

func (b *bookkeeper) of(task string) []budget.Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.byTask[task]
}

// verify holds everything against everything else: entries, totals, limits and the file.
func (b *bookkeeper) verify() {
	b.t.Helper()
	if err := b.manager.Err(); err != nil {
		b.t.Errorf("the manager has stopped: %v", err)
	}
	if held := b.manager.Total().Held; !held.IsZero() {
		b.t.Errorf("%v are still held", held)
	}
	v, err := books.Verify(b.t.Context(), b.ledger, books.VerifyOptions{Family: b.config.Family, Prices: b.config.Prices, PriceVersion: b.config.PriceVersion})
	if err != nil || !v.OK() {
		b.t.Errorf("verify: %v, %d problems: %v", err, v.Wrong, v.Problems)
	}
	var entries []budget.Entry
	for e, err := range b.ledger.All(b.t.Context()) {
		if err != nil {
			b.t.Fatal(err)
		}
		entries = append(entries, e)
	}
	state, err := b.ledger.Load(b.t.Context(), "r")
	if err != nil {
		b.t.Fatal(err)
	}
	budgettest.Check(b.t, state, b.config.Limits, entries)
}
