package sqlite

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// TestReaderDuringWrites: every load is of one moment, and later loads never know less.
func TestReaderDuringWrites(t *testing.T) {
	l := openNew(t)
	r := openReader(t, l.path)
	const appends = 120
	var wg sync.WaitGroup
	wg.Go(func() {
		books := budgettest.NewBooks("a", 3)
		for range appends {
			if err := l.Append(t.Context(), books.Take(3)...); err != nil {
				t.Error(err)
			}
		}
	})
	known := 0
	for known < 3*appends && !t.Failed() {
		state, err := r.Load(t.Context(), budgettest.Runs...)
		if err != nil {
			t.Fatal(err)
		}
		checkSnapshot(t, state)
		entries, err := budgettest.ReadAll(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) < known || len(entries)%3 != 0 {
			t.Errorf("%d entries after %d: an append in parts", len(entries), known)
		}
		known = len(entries)
	}
	wg.Wait()
	checkBooks(t, r)
}

// checkSnapshot checks that the open holds are what the runs hold, all three of which are loaded.
func checkSnapshot(t *testing.T, state budget.State) {
	t.Helper()
	var open, held budget.Amount
	for _, e := range state.Open {
		open = open.Add(e.Hold)
	}
	for account, c := range state.Totals {
		if account.Scope.Kind == budget.KindRun {
			held = held.Add(c.Held)
		}
	}
	if open != held {
		t.Errorf("the runs hold %v, the open holds are %v", held, open)
	}
}

// TestReaderHoldsNobodyUp: the owner writes and closes while a reader is in the middle of the entries.
func TestReaderHoldsNobodyUp(t *testing.T) {
	l := openNew(t)
	books := budgettest.NewBooks("a", 1)
	if err := l.Append(t.Context(), books.Take(100)...); err != nil {
		t.Fatal(err)
	}
	r := openReader(t, l.path)
	n := 0
	for _, err := range r.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 10 {
			if err := l.Append(t.Context(), books.Take(100)...); err != nil {
				t.Fatal(err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n != 100 {
		t.Errorf("%d entries, want the 100 of when it began", n)
	}
	if n := len(checkBooks(t, r)); n != 200 {
		t.Errorf("then %d entries, want 200", n)
	}
}

// TestReaderAndOwners: a reader stays good when owners come and go.
func TestReaderAndOwners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	books := budgettest.NewBooks("a", 1)
	var r *Ledger
	for i := range 3 {
		l := openAt(t, path)
		if err := l.Append(t.Context(), books.Take(10)...); err != nil {
			t.Fatal(err)
		}
		if r == nil {
			r = openReader(t, path)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if n := len(checkBooks(t, r)); n != 10*(i+1) {
			t.Errorf("%d entries, want %d", n, 10*(i+1))
		}
	}
}

func TestReaderRefusesWrites(t *testing.T) {
	l := openNew(t)
	r := openReader(t, l.path)
	for name, err := range map[string]error{
		"Append":   r.Append(t.Context(), budgettest.NewBooks("a", 1).Next()),
		"BeginRun": r.BeginRun(t.Context(), books.Run{ID: "r", Started: time.Unix(1, 0)}),
		"EndRun":   r.EndRun(t.Context(), "r", time.Unix(1, 0), "done"),
		"SetOwner": r.SetOwner("r"),
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v, want ErrReadOnly", name, err)
		}
	}
}

func openReader(t *testing.T, path string) *Ledger {
	t.Helper()
	r, err := OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}
