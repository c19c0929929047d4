package sqlite

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// TestGroup: in one transaction, the requests that the books refuse fail alone.
func TestGroup(t *testing.T) {
	l := openNew(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	w, err := newWriter(t.Context(), l.path, schemaVersion(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := budgettest.NewBooks("a", 1).Take(6)
	changed := func(e budget.Entry) budget.Entry {
		e.Reason = "something else"
		return e
	}
	appends := []struct {
		entries  []budget.Entry
		conflict bool
	}{
		{e[:1], false},
		{[]budget.Entry{changed(e[0])}, true},             // with a neighbour of this very transaction
		{[]budget.Entry{e[1], e[2], changed(e[1])}, true}, // after two inserts, which must go again
		{e[1:4], false},
		{e[1:4], false},
		{[]budget.Entry{e[4], changed(e[3])}, true},
		{e[5:6], false},
	}
	group := make([]request, len(appends))
	for i, a := range appends {
		group[i].write = func(w *writer) error { return w.append(linesOf(t, a.entries)) }
	}
	errs := w.commit(group)
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	for i, a := range appends {
		if errors.Is(errs[i], budget.ErrConflict) != a.conflict || (errs[i] != nil) != a.conflict {
			t.Errorf("append %d: %v", i, errs[i])
		}
	}
	var ids []string
	for _, e := range checkBooks(t, openAt(t, l.path)) {
		ids = append(ids, e.ID)
	}
	want := []string{e[0].ID, e[1].ID, e[2].ID, e[3].ID, e[5].ID}
	if strings.Join(ids, " ") != strings.Join(want, " ") {
		t.Errorf("entries %v, want %v", ids, want)
	}
}

func linesOf(t *testing.T, entries []budget.Entry) []line {
	t.Helper()
	lines, err := newLines(entries)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestDiskFull: an append that finds no room fails and leaves nothing; when there is room again, the same
// append succeeds.
func TestDiskFull(t *testing.T) {
	l := openNew(t)
	books := budgettest.NewBooks("a", 1)
	if err := l.Append(t.Context(), books.Take(50)...); err != nil {
		t.Fatal(err)
	}
	room := func(pages string) {
		if err := l.submit(func(w *writer) error {
			_, err := w.conn.ExecContext(background, "PRAGMA max_page_count = "+pages)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	room("1") // means: no more than there are
	big := books.Next()
	big.Op, big.ID, big.Result = budget.OpResult, "big", make([]byte, 100_000)
	for range 3 {
		err := l.Append(t.Context(), books.Take(3)[0], big)
		if err == nil || !strings.Contains(err.Error(), "full") || errors.Is(err, ErrBroken) {
			t.Fatalf("Append to a full disk: %v", err)
		}
	}
	if n := len(checkBooks(t, l)); n != 50 {
		t.Errorf("%d entries, want 50", n)
	}
	room("1000000")
	if err := l.Append(t.Context(), big); err != nil {
		t.Fatal(err)
	}
	if n := len(checkBooks(t, l)); n != 51 {
		t.Errorf("%d entries, want 51", n)
	}
}

// TestBroken: after a failure that leaves it open whether the file holds the write, nothing more is written
// until the ledger is opened again.
func TestBroken(t *testing.T) {
	l := openNew(t)
	books := budgettest.NewBooks("a", 1)
	first, second := books.Take(2), books.Take(2)
	if err := l.Append(t.Context(), first...); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("input/output error")
	if err := l.submit(func(w *writer) error {
		if err := w.append(linesOf(t, second)); err != nil {
			return err
		}
		return failure
	}); !errors.Is(err, failure) {
		t.Fatalf("%v, want the failure", err)
	}
	for range 2 {
		err := l.Append(t.Context(), second...)
		if !errors.Is(err, ErrBroken) || !errors.Is(err, failure) {
			t.Errorf("Append after the failure: %v", err)
		}
	}
	if n := len(checkBooks(t, l)); n != 2 {
		t.Errorf("%d entries, want the first 2", n)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openAt(t, l.path)
	if err := l.Append(t.Context(), second...); err != nil {
		t.Fatal(err)
	}
	if n := len(checkBooks(t, l)); n != 4 {
		t.Errorf("%d entries, want 4", n)
	}
}

// TestAppendOnly: not even SQL changes an entry.
func TestAppendOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := openAt(t, path)
	if err := l.Append(t.Context(), budgettest.NewBooks("a", 1).Take(100)...); err != nil {
		t.Fatal(err)
	}
	other := connect(path, "mode=rw")
	defer other.Close()
	for _, statement := range []string{
		"UPDATE entries SET used_tokens = 0",
		"DELETE FROM entries",
		"UPDATE results SET result = x''",
		"DELETE FROM results",
	} {
		if _, err := other.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "never") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if n := len(checkBooks(t, l)); n != 100 {
		t.Errorf("%d entries, want 100", n)
	}
}

func TestClosed(t *testing.T) {
	l := openNew(t)
	for range 2 {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, loaded := l.Load(t.Context())
	_, read := budgettest.ReadAll(t.Context(), l)
	_, runs := l.Runs(t.Context())
	for name, err := range map[string]error{
		"Append":   l.Append(t.Context(), budgettest.NewBooks("a", 1).Next()),
		"SetOwner": l.SetOwner("r"),
		"Load":     loaded,
		"All":      read,
		"Runs":     runs,
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
}
