package budgettest

import (
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// correct books a correction of an attempt, and returns how many entries the ledger then has.
func correct(t *testing.T, l books.Store, attempt string, tokens int64) {
	t.Helper()
	state, err := l.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, err := state.Manager(budget.Config{Ledger: l})
	if err != nil {
		t.Fatal(err)
	}
	of, err := l.Attempt(t.Context(), attempt)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Adjust(t.Context(), of, budget.Outcome{Usage: budget.Usage{Input: tokens}, Reason: "invoice"}); err != nil {
		t.Fatal(err)
	}
}

// testImportCorrections: a correction of an attempt that is not here yet, or was imported, is entered. Of an attempt
// that is this ledger's own, or that it has corrected otherwise, its own word stands, so that no import changes the
// present budget; the rest of the file is entered all the same.
func testImportCorrections(t *testing.T, open opener) {
	origin, other := filled(t, open, closed("a", 1, 60)), filled(t, open, closed("b", 2, 60))
	attempt := attemptSettled(t, origin)
	importText(t, other, export(t, origin, books.ExportOptions{}))
	third := open(t)
	importText(t, third, export(t, origin, books.ExportOptions{}))

	correct(t, other, attempt, 5)
	back := export(t, other, books.ExportOptions{})
	before, err := origin.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := importText(t, origin, back)
	if n.Corrections != 2 || n.Entries == 0 {
		t.Errorf("at its origin: %+v", n)
	}
	after, err := origin.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(before, after); diff != "" {
		t.Errorf("the present of the origin changed:\n%s", diff)
	}
	if n = importText(t, origin, back); n.Corrections != 2 || n.Entries != 0 {
		t.Errorf("again: %+v", n)
	}

	if n = importText(t, third, back); n.Corrections != 0 {
		t.Errorf("where it was imported as well: %+v", n)
	}
	correct(t, third, attempt, 6)
	correct(t, other, attempt, 7)
	correct(t, other, attempt, 8)
	if n = importText(t, third, export(t, other, books.ExportOptions{})); n.Corrections != 4 || n.Entries != 0 {
		t.Errorf("where it was corrected otherwise: %+v", n)
	}
	if n = importText(t, other, export(t, third, books.ExportOptions{})); n.Corrections != 2 || n.Entries != 0 {
		t.Errorf("the other way round: %+v", n)
	}
	correct(t, origin, attempt, 9)
	if n = importText(t, other, export(t, origin, books.ExportOptions{})); n.Corrections != 2 {
		t.Errorf("the origin's correction: %+v", n)
	}
	for name, l := range map[string]books.Store{"origin": origin, "other": other, "third": third} {
		if v, err := books.Verify(t.Context(), l, books.VerifyOptions{}); err != nil || !v.OK() {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}

// testImportCorrectionOfNothing: a correction comes after its attempt.
func testImportCorrectionOfNothing(t *testing.T, open opener) {
	at := time.Unix(1, 0).UTC()
	file := export(t, filled(t, open, []budget.Entry{
		{ID: "x~1", Op: budget.OpAdjust, Time: at, Period: 1, Reason: "invoice"},
		{ID: "x~2", Op: budget.OpAdjust, Time: at, Period: 1, Reason: "invoice"},
	}), books.ExportOptions{})
	_, err := books.Import(t.Context(), open(t), strings.NewReader(file), books.ImportOptions{})
	if err == nil || !strings.Contains(err.Error(), "line 3: adjust entry x~1: there is no attempt that it could correct") {
		t.Errorf("err = %v", err)
	}
}

// testVerifyCorrections: one mistake in the corrections of an attempt is told once, and what is none of Adjust's is none.
func testVerifyCorrections(t *testing.T, open opener) {
	at := NewBooks("a", 1).Next().Time
	entry := func(id string, op budget.Op, tokens int64) budget.Entry {
		return budget.Entry{
			ID: id, Op: op, Time: at, Period: 1, Reason: "invoice", Model: "m", Scopes: []budget.Scope{budget.Total},
			Used: budget.Amount{Tokens: tokens}, Usage: budget.Usage{Input: tokens},
		}
	}
	adjust := func(id string, tokens int64) budget.Entry { return entry(id, budget.OpAdjust, tokens) }
	other := adjust("x~1", -10)
	other.Model = "n"
	for _, tc := range []struct {
		name    string
		entries []budget.Entry // after the record x of 10 tokens
		want    []string
	}{
		{"corrected twice", []budget.Entry{adjust("x~1", -10), adjust("x~2", 4), adjust("x~3", -4), adjust("x~4", 5)}, nil},
		{"ids in another form", []budget.Entry{adjust("x~01", 3), adjust("y~", 3), adjust("z", 3)}, nil},
		{"a lone seventh one", []budget.Entry{adjust("y~7", 3)}, []string{"entry 2 (adjust y~7): it is correction 7 of its attempt, after 0"}},
		{"half a correction of nothing", []budget.Entry{adjust("y~1", 3)}, []string{"entry 2 (adjust y~1): there is no attempt that it could correct"}},
		{"half a correction", []budget.Entry{adjust("x~1", -10)}, []string{"entry 2 (adjust x~1): the other half of the correction is not there"}},
		{"another model", []budget.Entry{other, adjust("x~2", 4)}, []string{`entry 2 (adjust x~1): its model is "n", its attempt's "m"`}},
		{"what stood after a correction", []budget.Entry{adjust("x~1", -10), adjust("x~2", 4), adjust("x~3", -10), adjust("x~4", 5)},
			[]string{"entry 4 (adjust x~3): it takes back 10 tokens, and 4 tokens stood"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v, err := books.Verify(t.Context(), filled(t, open, append([]budget.Entry{entry("x", budget.OpRecord, 10)}, tc.entries...)), books.VerifyOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range v.Problems {
				got = append(got, p.String())
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func attemptSettled(t *testing.T, l books.Store) string {
	t.Helper()
	for _, e := range entriesOf(t, l) {
		if e.Op == budget.OpSettle {
			return e.ID
		}
	}
	t.Fatal("no settlement")
	return ""
}
