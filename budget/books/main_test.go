package books_test

import (
	"log/slog"
	"testing"

	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/budget"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open returns a manager whose books are l.
func open(t *testing.T, l budget.Ledger, cfg budget.Config) *budget.Manager {
	t.Helper()
	cfg.Ledger, cfg.Logger = l, slog.New(slog.DiscardHandler)
	m, err := budget.Open(t.Context(), cfg)
	must(t, err)
	return m
}

// spend reserves exactly that much and settles it as o says, unless o is nil: then the attempt is released.
func spend(t *testing.T, m *budget.Manager, c budget.Call, o *budget.Outcome, scopes ...budget.Scope) {
	t.Helper()
	ctx := budget.WithScopes(t.Context(), scopes...)
	r, err := m.Reserve(ctx, c)
	must(t, err)
	if o == nil {
		must(t, r.Release(ctx, "status 500"))
		return
	}
	must(t, r.Settle(ctx, *o))
}
