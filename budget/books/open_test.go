package books_test

import (
	"context"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// scopesOf are the scopes of a report with what is settled and held of each, in tokens.
func scopesOf(r budget.Standing) map[string][2]int64 {
	scopes := make(map[string][2]int64)
	for _, s := range r.Scopes {
		scopes[s.Scope.String()] = [2]int64{s.Settled.Tokens, s.Held.Tokens}
	}
	return scopes
}

// TestOpen: what stands is shown, and nothing is taken over.
func TestOpen(t *testing.T) {
	store := books.NewMemory()
	m := open(t, store, budget.Config{Run: "r"})
	must(t, store.BeginRun(t.Context(), books.Run{ID: "r", Started: time.Now()}))
	call := budget.Call{Model: "m", Input: 40, MaxOutput: 10}
	spend(t, m, call, &budget.Outcome{Usage: budget.Usage{Input: 40}}, budget.Run("r"), budget.Task("t1"))
	must(t, m.Reset(t.Context()))
	spend(t, m, call, &budget.Outcome{Assumed: true}, budget.Run("r"), budget.Task("t2"))
	_, err := m.Reserve(budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("t3")), call) // and goes on
	must(t, err)
	before, err := store.Load(t.Context())
	must(t, err)

	cfg := budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(70)}}
	s, err := books.Open(t.Context(), store, cfg, books.OpenOptions{Newest: 5})
	must(t, err)
	if s.Run != "r" || !s.Older || s.Hidden != 3 || s.Period.ID != 2 || len(s.Unconfirmed.Newest) != 0 || !s.Unconfirmed.Others {
		t.Errorf("%+v", s)
	}
	got := scopesOf(s.Standing)
	if got["total"] != [2]int64{50, 50} || got["run:r"] != [2]int64{90, 50} || len(got) != 3 {
		t.Errorf("%v", got)
	}
	if debt := s.Scopes[0].Debt; debt.Lowered.Tokens != 30 {
		t.Errorf("what the next owner books as debt is shown as %+v", debt)
	}
	s, err = books.Open(t.Context(), store, cfg, books.OpenOptions{Tasks: true, Assumed: true})
	must(t, err)
	if got := scopesOf(s.Standing); s.Hidden != 0 || len(got) != 6 || got["task:t3"] != [2]int64{0, 50} || len(s.Unconfirmed.Newest) != 1 || s.Unconfirmed.Others {
		t.Errorf("%+v, %v", s, got)
	}
	after, err := store.Load(t.Context())
	must(t, err)
	if len(after.Open) != len(before.Open) || after.Totals[budget.Account{Period: 2, Scope: budget.Total}] != before.Totals[budget.Account{Period: 2, Scope: budget.Total}] {
		t.Error("a reader changed the books")
	}
}

// TestOpenEmpty: there is nothing in books that nobody wrote to.
func TestOpenEmpty(t *testing.T) {
	s, err := books.Open(t.Context(), books.NewMemory(), budget.Config{}, books.OpenOptions{})
	must(t, err)
	if s.Run != "" || s.Period.ID != 0 || len(s.Scopes) != 1 || s.Older || s.Unconfirmed.Others {
		t.Errorf("%+v", s)
	}
}

// TestRehearse: what is tried comes into the copy alone.
func TestRehearse(t *testing.T) {
	store := books.NewMemory()
	m := open(t, store, budget.Config{})
	spend(t, m, budget.Call{Model: "m", Input: 40}, &budget.Outcome{Usage: budget.Usage{Input: 40}}, budget.Run("r"))
	cfg := budget.Config{Run: "r", Limits: budget.Limits{budget.Task(""): budget.TokenLimit(20)}}
	copied, err := books.Rehearse(t.Context(), store, cfg)
	must(t, err)
	if got := copied.OfRun("r").Settled.Tokens; got != 40 || copied.Total().Settled.Tokens != 40 {
		t.Errorf("settled %d of the run", got)
	}
	spend(t, copied, budget.Call{Model: "m", Input: 20}, &budget.Outcome{Usage: budget.Usage{Input: 20}}, budget.Run("r"), budget.Task("t"))
	must(t, copied.Reset(t.Context()))
	n := 0
	for range store.Entries(context.Background(), books.Filter{}) {
		n++
	}
	if n != 3 { // the period, the hold and its settlement
		t.Errorf("%d entries", n)
	}
}
