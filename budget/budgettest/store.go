package budgettest

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// TestStore checks that a store does what [books.Store] says, and all that [TestLedger] checks. Each call of open returns
// an empty one and closes it when the test ends; reopen is that of TestLedger.
func TestStore(t *testing.T, open func(t *testing.T) books.Store, reopen func(t *testing.T, s books.Store) books.Store) {
	t.Run("as a ledger", func(t *testing.T) {
		var again func(*testing.T, Ledger) Ledger
		if reopen != nil {
			again = func(t *testing.T, l Ledger) Ledger { return ledgerOf{reopen(t, l.(ledgerOf).Store)} }
		}
		TestLedger(t, func(t *testing.T) Ledger { return ledgerOf{open(t)} }, again)
	})
	for _, test := range []struct {
		name string
		run  func(*testing.T, opener)
	}{
		{"entries are chosen by a filter", testEntries},
		{"results of a run", testResultsOfARun},
		{"runs", testRuns},
		{"runs in their order", testRunsOrder},
		{"periods", testPeriods},
		{"totals of any account", testTotals},
		{"a load without tasks", testLoadWide},
		{"attempts that nobody confirmed", testUnconfirmed},
		{"history moves to other books", testHistoryMoves},
		{"a file that has grown", testImportGrows},
		{"imported runs", testImportedRuns},
		{"outputs leave when asked for", testExportOutputs},
		{"an export keeps everything", testExportKeepsEverything},
		{"a file of the first version", testImportFirstVersion},
		{"open holds are told", testExportOpen},
		{"what an import refuses", testImportRefuses},
		{"what contradicts the books", testImportConflicts},
		{"runs that are not admitted", testImportAdmit},
		{"damaged files", testImportDamaged},
		{"more than is counted", testImportBeyondCounting},
		{"corrections of other books", testImportCorrections},
		{"a correction of nothing", testImportCorrectionOfNothing},
		{"corrections are verified", testVerifyCorrections},
		{"families are verified", testVerifyFamilies},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open) })
	}
}

// ledgerOf is a store as a ledger that can be checked.
type ledgerOf struct{ books.Store }

// All implements [Reader].
func (l ledgerOf) All(ctx context.Context) iter.Seq2[budget.Entry, error] {
	return l.Entries(ctx, books.Filter{})
}

// opener returns an empty store, which is closed when the test ends.
type opener = func(*testing.T) books.Store

// closedBooks are the entries of plausible books without the holds that are open at their end.
func closed(prefix string, seed uint64, n int) []budget.Entry {
	var audit books.Audit
	entries := NewBooks(prefix, seed).Take(n)
	for _, e := range entries {
		if err := audit.Add(e); err != nil {
			panic(err)
		}
	}
	var closed []budget.Entry
	for _, e := range entries {
		if _, open := audit.Open()[e.ID]; !open {
			closed = append(closed, e)
		}
	}
	return closed
}

// filled returns the owner of a new ledger with these entries and a run.
func filled(t *testing.T, open opener, entries []budget.Entry) books.Store {
	t.Helper()
	l := open(t)
	run := books.Run{ID: "run-a", TaskFile: "/a/tasks.toml", Digest: "d", Started: time.Unix(7, 8).UTC(), Status: "ended"}
	if err := errors.Join(l.BeginRun(t.Context(), run), l.Append(t.Context(), entries...)); err != nil {
		t.Fatal(err)
	}
	return l
}

func export(t *testing.T, l books.Store, o books.ExportOptions) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := books.Export(t.Context(), l, &out, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func importText(t *testing.T, l books.Store, file string) books.Imported {
	t.Helper()
	n, err := books.Import(t.Context(), l, strings.NewReader(file), books.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func entriesOf(t *testing.T, l books.Store) []budget.Entry {
	t.Helper()
	entries, err := ReadAll(t.Context(), ledgerOf{l})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// overPeriods are totals with those of all periods added up.
func overPeriods(entries []budget.Entry) map[budget.Account]budget.Counters {
	var same []budget.Entry
	for _, e := range entries {
		if e.Op != budget.OpReset { // begins an account of a period, and adds nothing
			e.Period = 1
			same = append(same, e)
		}
	}
	return books.Fold(same)
}

// checkStore checks what the store loads against its entries.
func checkStore(t *testing.T, l books.Store) {
	t.Helper()
	state, err := l.Load(t.Context(), append(Runs, "")...)
	if err != nil {
		t.Fatal(err)
	}
	Check(t, state, nil, entriesOf(t, l))
}
