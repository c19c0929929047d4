package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
	"github.com/orchestrate-go/orchestrate/budget/sqlite/disktest"
)

// powerCuts is how often the power is cut.
const powerCuts = 100

// TestPowerCut cuts the power at random moments of a ledger's life: nothing that Append returned for is
// lost, the totals are those of the entries, and SQLite finds its file whole.
func TestPowerCut(t *testing.T) {
	lost := cutPower(t, Options{}, powerCuts)
	if lost != 0 {
		t.Errorf("%d of %d cuts lost entries whose append had returned", lost, powerCuts)
	}
}

// TestPowerCutNormal shows that TestPowerCut would find a missing fsync: with synchronous=NORMAL there is none
// after a commit. What is left is consistent all the same.
func TestPowerCutNormal(t *testing.T) {
	const cuts = 30
	lost := cutPower(t, Options{synchronous: "NORMAL"}, cuts)
	if lost == 0 {
		t.Errorf("none of %d cuts lost an entry although nothing is synced", cuts)
	}
	t.Logf("synchronous=NORMAL: %d of %d cuts lost entries whose append had returned", lost, cuts)
}

// TestPowerCutAtBirth cuts the power before each operation until the first append has returned: however far
// the making of the file came, the next owner can open it.
func TestPowerCutAtBirth(t *testing.T) {
	trace := recordLife(t, Options{})
	for k := 0; len(trace.Marks(k)) == 0; k++ {
		for seed := range uint64(2) {
			missingAfter(t, trace, k, rand.New(rand.NewPCG(seed, 2)))
			if t.Failed() {
				t.Fatalf("seed %d: the power failed before operation %d", seed, k)
			}
		}
	}
}

// cutPower records one ledger and returns how many of the cuts lost entries.
func cutPower(t *testing.T, o Options, cuts uint64) (lost int) {
	trace := recordLife(t, o)
	for seed := range cuts {
		r := rand.New(rand.NewPCG(seed, 1))
		k := r.IntN(len(trace) + 1)
		missing := missingAfter(t, trace, k, r)
		if missing > 0 {
			lost++
		}
		if t.Failed() {
			t.Fatalf("seed %d: the power failed before operation %d of %d", seed, k, len(trace))
		}
	}
	return lost
}

// recordLife fills a ledger from several goroutines, closing and opening it now and then. Its marks are the
// entries of the appends that returned. It goes through many checkpoints: the moments at which SQLite writes
// over what it needs.
func recordLife(t *testing.T, o Options) disktest.Trace {
	disk := disktest.New(t)
	const lives, writers, appends = 3, 8, 25
	books := make([]*budgettest.Books, writers)
	for g := range books {
		books[g] = budgettest.NewBooks(fmt.Sprint("w", g), uint64(g))
	}
	for range lives {
		l, err := Open(t.Context(), filepath.Join(disk.Dir, "ledger.db"), o)
		if err != nil {
			t.Fatal(err)
		}
		mustPragma(t, l, "wal_autocheckpoint = 40")
		var wg sync.WaitGroup
		for _, b := range books {
			wg.Go(func() {
				for range appends {
					entries := b.Take(2)
					if err := l.Append(context.Background(), entries...); err != nil {
						t.Error(err)
						return
					}
					disk.Mark(entries)
				}
			})
		}
		wg.Wait()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return disk.Trace()
}

func mustPragma(t *testing.T, l *Ledger, pragma string) {
	t.Helper()
	if err := l.submit(func(w *writer) error {
		_, err := w.conn.ExecContext(background, "PRAGMA "+pragma)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// missingAfter opens what a power cut left, checks it, and returns how many acknowledged entries it lacks.
func missingAfter(t *testing.T, trace disktest.Trace, k int, r *rand.Rand) (missing int) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range trace.Cut(k, r) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := Open(t.Context(), filepath.Join(dir, "ledger.db"), Options{})
	if err != nil {
		t.Error(err)
		return 0
	}
	defer func() {
		if err := cmp.Or(l.Close(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	}()
	checkIntegrity(t, l)
	there := make(map[string]budget.Entry)
	for _, e := range checkBooks(t, l) {
		there[string(e.Op)+e.ID] = e
	}
	for _, mark := range trace.Marks(k) {
		for _, e := range mark.([]budget.Entry) {
			found, ok := there[string(e.Op)+e.ID]
			if !ok {
				missing++
			} else if !found.Same(e) {
				t.Errorf("%s %s has changed", e.Op, e.ID)
			}
		}
	}
	return missing
}

// checkIntegrity has SQLite look at every page.
func checkIntegrity(t *testing.T, l *Ledger) {
	t.Helper()
	var verdict string
	if err := l.read.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: %s, %v", verdict, err)
	}
}
