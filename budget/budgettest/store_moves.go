package budgettest

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// testHistoryMoves: history that moves to another ledger comes to the same totals, by run and over periods,
// does not touch that ledger's present budget, and can move again.
func testHistoryMoves(t *testing.T, open opener) {
	for seed := range uint64(6) {
		entries := closed("a", seed, 600)
		source, own := filled(t, open, entries), NewBooks("own", seed+100).Take(100)
		target := open(t)
		if err := target.Append(t.Context(), own...); err != nil {
			t.Fatal(err)
		}
		before, err := target.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		file := export(t, source, books.ExportOptions{Outputs: true})
		n := importText(t, target, file)
		if n.Entries+n.Resets != len(entries) || n.Runs != 1 || n.EntriesThere != 0 {
			t.Errorf("seed %d: %+v of %d entries", seed, n, len(entries))
		}
		after, err := target.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(before, after); diff != "" {
			t.Errorf("seed %d: the present changed:\n%s", seed, diff)
		}
		both := append(append([]budget.Entry{}, own...), entries...)
		if diff := gocmp.Diff(overPeriods(both), overPeriods(entriesOf(t, target))); diff != "" {
			t.Errorf("seed %d (-apart +together):\n%s", seed, diff)
		}
		next := int64(-1) // oldest first; periods in which nothing happened have no number
		for _, period := range slices.Sorted(maps.Keys(n.Periods)) {
			if n.Periods[period] != next {
				t.Errorf("seed %d: period %d is %d, want %d", seed, period, n.Periods[period], next)
			}
			next--
		}
		checkStore(t, target)
		if v, err := books.Verify(t.Context(), target, books.VerifyOptions{}); err != nil || !v.OK() {
			t.Errorf("seed %d: %+v, %v", seed, v, err)
		}
		again := importText(t, target, file)
		if again.Entries != 0 || again.EntriesThere != n.Entries || again.RunsThere != 1 || again.Runs != 0 {
			t.Errorf("seed %d: again %+v", seed, again)
		}
	}
}

// testImportGrows: a file that has grown since it was imported brings what is new into the same periods.
func testImportGrows(t *testing.T, open opener) {
	source, target := filled(t, open, closed("a", 1, 300)), open(t)
	first := importText(t, target, export(t, source, books.ExportOptions{}))
	m, err := budget.Open(t.Context(), budget.Config{Ledger: source})
	if err != nil {
		t.Fatal(err)
	}
	of, err := source.Attempt(t.Context(), attemptSettled(t, source))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Adjust(t.Context(), of, budget.Outcome{Usage: budget.Usage{Input: 1}, Reason: "invoice"}); err != nil {
		t.Fatal(err)
	}
	if err := m.Record(t.Context(), budget.Call{Model: "m"}, budget.Outcome{Usage: budget.Usage{Input: 9}}); err != nil {
		t.Fatal(err)
	}
	second := importText(t, target, export(t, source, books.ExportOptions{}))
	if second.Entries != 3 || second.EntriesThere != first.Entries {
		t.Errorf("first %+v, then %+v", first, second)
	}
	for period, here := range first.Periods {
		if second.Periods[period] != here {
			t.Errorf("period %d was %d and is %d", period, here, second.Periods[period])
		}
	}
	if diff := gocmp.Diff(overPeriods(entriesOf(t, source)), overPeriods(entriesOf(t, target))); diff != "" {
		t.Error(diff)
	}
	if v, err := books.Verify(t.Context(), target, books.VerifyOptions{}); err != nil || !v.OK() {
		t.Errorf("%+v, %v", v, err)
	}
	if same := importText(t, source, export(t, source, books.ExportOptions{})); same.Entries != 0 || same.Runs != 0 {
		t.Errorf("a ledger's own export brought it something: %+v", same)
	}
}

func testImportedRuns(t *testing.T, open opener) {
	source, target := filled(t, open, nil), open(t)
	if err := target.BeginRun(t.Context(), books.Run{ID: "own", Started: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	importText(t, target, export(t, source, books.ExportOptions{}))
	runs, err := target.Runs(t.Context())
	if err != nil || len(runs) != 2 || runs[0].Imported || !runs[1].Imported || runs[1].Status != "ended" {
		t.Errorf("%+v, %v", runs, err)
	}
	if err := source.EndRun(t.Context(), "run-a", time.Unix(99, 0), "interrupted"); err != nil {
		t.Fatal(err)
	}
	importText(t, target, export(t, source, books.ExportOptions{}))
	if runs, err = target.Runs(t.Context()); err != nil || runs[1].Status != "interrupted" || runs[1].Ended.Unix() != 99 {
		t.Errorf("%+v, %v", runs, err)
	}
}

// testExportOutputs: what tasks bought leaves the ledger only when asked for.
func testExportOutputs(t *testing.T, open opener) {
	at := time.Unix(1, 0).UTC()
	l := filled(t, open, []budget.Entry{{ID: "a", Op: budget.OpResult, Time: at, Period: 1, Result: []byte("secret \xff")}})
	redact := func(r []byte) ([]byte, error) { return bytes.ReplaceAll(r, []byte("secret"), []byte("...")), nil }
	for name, tc := range map[string]struct {
		o    books.ExportOptions
		want string
	}{
		"nothing":  {books.ExportOptions{}, ""},
		"redacted": {books.ExportOptions{Redact: redact}, "... \xff"},
		"all":      {books.ExportOptions{Outputs: true, Redact: redact}, "secret \xff"},
	} {
		target := open(t)
		file := export(t, l, tc.o)
		importText(t, target, file)
		if got := string(entriesOf(t, target)[0].Result); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
		if n := importText(t, l, file); n.EntriesThere != 1 { // it is the same entry all the same
			t.Errorf("%s: %+v", name, n)
		}
	}
}

// testExportKeepsEverything: text that is not UTF-8, the largest integers, each field.
func testExportKeepsEverything(t *testing.T, open opener) {
	e := budget.Entry{
		ID: "\xff'\"\x00", Op: budget.OpLimit, Time: time.Unix(0, 1<<62+1).UTC(), Scopes: []budget.Scope{{Kind: budget.KindTask, Name: "a:b <&> \\ ü \x00\u2028"}, budget.Total, {Kind: budget.KindRun}},
		Limit: budget.TokenLimit(0).WithCost(1<<60 + 1), Model: "\xfe", Served: "☃", Tier: budget.Tier{Service: "\xfb", Region: "us"}, Certainty: "\xfd", Counted: -1, Output: 1 << 60,
		Reason: "\xfc", RequestID: "\x00", PriceVersion: "{", Unpriced: true, Assumed: true,
		Debts: []budget.Debt{{Scope: budget.Total, Cause: budget.CauseSoft, Amount: budget.Amount{Tokens: -1 << 56, Cost: 1<<60 + 1}}},
	}
	l, target := filled(t, open, []budget.Entry{e}), open(t)
	importText(t, target, export(t, l, books.ExportOptions{}))
	e.Period = -1
	if diff := gocmp.Diff([]budget.Entry{e}, entriesOf(t, target)); diff != "" {
		t.Error(diff)
	}
}

// testImportFirstVersion: a file that was exported before there were tiers.
func testImportFirstVersion(t *testing.T, open opener) {
	e := budget.Entry{
		ID: "a", Op: budget.OpRecord, Time: time.Unix(7, 0).UTC(), Period: 1, Scopes: []budget.Scope{budget.Total}, Model: "m",
		Used: budget.Amount{Tokens: 5}, Usage: budget.Usage{Input: 5},
	}
	file := export(t, filled(t, open, []budget.Entry{e}), books.ExportOptions{})
	if strings.Contains(file, "tier") {
		t.Errorf("an entry without a tier names one: %s", file)
	}
	target := open(t)
	importText(t, target, strings.Replace(file, `"version":2`, `"version":1`, 1))
	e.Period = -1
	if diff := gocmp.Diff([]budget.Entry{e}, entriesOf(t, target)); diff != "" {
		t.Error(diff)
	}
}

// testExportOpen: whoever exports is told how many holds are open.
func testExportOpen(t *testing.T, open opener) {
	l := filled(t, open, nil)
	if err := l.Append(t.Context(), NewBooks("a", 1).Take(40)...); err != nil {
		t.Fatal(err)
	}
	state, err := l.Load(t.Context())
	if err != nil || len(state.Open) == 0 {
		t.Fatal(state, err)
	}
	if n, err := books.Export(t.Context(), l, io.Discard, books.ExportOptions{}); err != nil || n.Open != int64(len(state.Open)) {
		t.Errorf("%+v, %v, want %d open", n, err, len(state.Open))
	}
}
