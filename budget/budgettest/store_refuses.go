package budgettest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// charged is a record of so many tokens in a run.
func charged(id string, tokens int64, run string) budget.Entry {
	return budget.Entry{
		ID: id, Op: budget.OpRecord, Time: time.Unix(7, 0).UTC(), Period: 1, Scopes: []budget.Scope{budget.Total, budget.Run(run)}, Model: "m",
		Used: budget.Amount{Tokens: tokens}, Usage: budget.Usage{Input: tokens},
	}
}

const most = 1 << 62 // of any sum

// testImportRefuses: what is wrong is named with its line, and leaves no trace.
func testImportRefuses(t *testing.T, open opener) {
	whole := export(t, filled(t, open, closed("a", 2, 60)), books.ExportOptions{Outputs: true})
	lines := strings.SplitAfter(strings.TrimSuffix(whole, "\n"), "\n")
	last := len(lines)
	find := func(op string) int {
		for i, l := range lines {
			if strings.Contains(l, `"op":"`+op+`"`) {
				return i + 1
			}
		}
		t.Fatalf("no %s entry", op)
		return 0
	}
	settle := find("settle")
	edit := func(line int, from, to string) string {
		changed := append([]string{}, lines...)
		if changed[line-1] = strings.Replace(lines[line-1], from, to, 1); changed[line-1] == lines[line-1] {
			t.Fatalf("line %d has no %q: %s", line, from, lines[line-1])
		}
		return strings.Join(changed, "")
	}
	for _, tc := range []struct{ name, file, want string }{
		{"empty", "", "it is empty"},
		{"something else", "{\"id\": 1}\n", "line 1: this is not an exported ledger"},
		{"newer", edit(1, `"version":2`, `"version":3`), "line 1: the file has format version 3, and this program knows only 2: use a newer program"},
		{"version 0", edit(1, `"version":2`, `"version":0`), "no format version 0"},
		{"cut", strings.Join(lines[:last-1], ""), fmt.Sprintf("line %d: the file is cut short here", last)},
		{"cut within a line", whole[:len(whole)/2], "the file is cut short here: export or copy it again"},
		{"a broken line", edit(3, "}\n", "\n"), "line 3: the line is cut short"},
		{"half a correction", halfCorrected(t, open), "a-000007~2, which belongs to it, is not there"},
		{"a line gone", strings.Join(append(append([]string{}, lines[:2]...), lines[3:]...), ""), "line "},
		{"more", whole + lines[2], fmt.Sprintf("line %d: something follows the end", last+1)},
		{"two objects", edit(3, "\n", "{}\n"), "line 3: something follows"},
		{"neither", edit(3, lines[2], "{}\n"), "line 3: it is neither"},
		{"unknown field", edit(3, `{"entry":{`, `{"entry":{"colour":1,`), `line 3: json: unknown field "colour"`},
		{"a fraction", edit(settle, `"tokens":`, `"tokens":0.5,"tokens":`), fmt.Sprintf("line %d: json", settle)},
		{"not UTF-8", edit(3, `"op"`, "\"\xff\""), "line 3: not UTF-8"},
		{"unsound", edit(settle, `"output":`, `"output":1`), fmt.Sprintf("line %d: settle entry", settle)},
		{"an open hold", edit(settle, lines[settle-1], strings.Replace(lines[find("record")-1], `"id":"a`, `"id":"b`, 1)), "is open (1 in all): let its run end or, if that died, begin another one"},
		{"a run late", edit(last, `{"end"`, lines[1]+`{"end"`), fmt.Sprintf("line %d: a run after the first entry", last)},
		{"a run without a start", edit(2, "1970", "0001"), "line 2: run"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			target := open(t)
			importText(t, target, export(t, filled(t, open, closed("b", 3, 20)), books.ExportOptions{}))
			before := entriesOf(t, target)
			if _, err := books.Import(t.Context(), target, strings.NewReader(tc.file), books.ImportOptions{}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("err = %v, want %q", err, tc.want)
			}
			if diff := gocmp.Diff(before, entriesOf(t, target)); diff != "" {
				t.Error(diff)
			}
			importText(t, target, whole) // the ledger is none the worse
			if v, err := books.Verify(t.Context(), target, books.VerifyOptions{}); err != nil || !v.OK() {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}

// halfCorrected is an export of books that lack the second half of a correction.
func halfCorrected(t *testing.T, open opener) string {
	t.Helper()
	at := time.Unix(1, 0).UTC()
	return export(t, filled(t, open, []budget.Entry{
		{ID: "a-000007", Op: budget.OpRecord, Time: at, Period: 1},
		{ID: "a-000007~1", Op: budget.OpAdjust, Time: at, Period: 1, Reason: "invoice"},
	}), books.ExportOptions{})
}

// testImportConflicts: a file that contradicts what is here brings nothing.
func testImportConflicts(t *testing.T, open opener) {
	entries := closed("a", 2, 60)
	file := export(t, filled(t, open, entries), books.ExportOptions{})
	var reserve budget.Entry
	for _, e := range entries {
		if e.Op == budget.OpReserve {
			reserve = e
			break
		}
	}
	other := reserve
	other.Reason = "another word"
	for name, there := range map[string][]budget.Entry{
		"other content":   {other},
		"a hold of today": {reserve},
	} {
		l := open(t)
		if err := l.Append(t.Context(), there...); err != nil {
			t.Fatal(err)
		}
		if _, err := books.Import(t.Context(), l, strings.NewReader(file), books.ImportOptions{}); !errors.Is(err, budget.ErrConflict) {
			t.Errorf("%s: %v, want ErrConflict", name, err)
		}
		if got := entriesOf(t, l); len(got) != len(there) {
			t.Errorf("%s: %d entries", name, len(got))
		}
		checkStore(t, l)
	}
}

// testImportAdmit: the caller may refuse runs that are new; those that are there already are nothing new.
func testImportAdmit(t *testing.T, open opener) {
	source := filled(t, open, closed("a", 1, 20))
	if err := source.BeginRun(t.Context(), books.Run{ID: "simulated", Started: time.Unix(9, 0), Simulated: true}); err != nil {
		t.Fatal(err)
	}
	o := books.ImportOptions{Admit: func(r books.Run) error {
		if r.Simulated {
			return errors.New("a simulated run, told by " + r.ID)
		}
		return nil
	}}
	target, file := open(t), export(t, source, books.ExportOptions{})
	if _, err := books.Import(t.Context(), target, strings.NewReader(file), o); err == nil || !strings.Contains(err.Error(), "line 3: a simulated run, told by simulated") {
		t.Errorf("err = %v", err)
	}
	if n := len(entriesOf(t, target)); n != 0 {
		t.Errorf("%d entries", n)
	}
	if _, err := books.Import(t.Context(), source, strings.NewReader(file), o); err != nil {
		t.Error(err)
	}
}

// testImportDamaged imports files with bytes turned: the ledger stays sound, whatever comes of it.
func testImportDamaged(t *testing.T, open opener) {
	whole := export(t, filled(t, open, closed("a", 5, 40)), books.ExportOptions{Outputs: true})
	l := open(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	const digits = "0123456789-\"{}[],:ae"
	imported := 0
	for range 150 {
		file := []byte(whole)
		for range 1 + rnd.IntN(3) {
			file[rnd.IntN(len(file))] = digits[rnd.IntN(len(digits))]
		}
		if _, err := books.Import(t.Context(), l, bytes.NewReader(file), books.ImportOptions{}); err == nil {
			imported++
		}
	}
	if v, err := books.Verify(t.Context(), l, books.VerifyOptions{}); err != nil || !v.OK() {
		t.Errorf("after %d imports: %+v, %v", imported, v, err)
	}
	checkStore(t, l)
}

// testImportBeyondCounting: a file that would take a sum of this ledger past what is counted brings nothing.
func testImportBeyondCounting(t *testing.T, open opener) {
	var entries []budget.Entry // an audit takes what one attempt can have been charged
	for i := range 40 {
		entries = append(entries, charged(fmt.Sprint("a", i), budget.MaxTokens, "shared"))
	}
	file := export(t, filled(t, open, entries), books.ExportOptions{})
	for _, tc := range []struct {
		name string
		here int64 // in the run that is in the file, too
		ok   bool
	}{
		{"no more than is counted", most - 40*budget.MaxTokens, true},
		{"one token more", most - 40*budget.MaxTokens + 1, false},
		{"no room at all", most, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := open(t)
			if err := l.Append(t.Context(), charged("own", tc.here, "shared")); err != nil {
				t.Fatal(err)
			}
			before := entriesOf(t, l)
			_, err := books.Import(t.Context(), l, strings.NewReader(file), books.ImportOptions{})
			if tc.ok {
				if err != nil || len(entriesOf(t, l)) != 41 {
					t.Errorf("%v, %d entries", err, len(entriesOf(t, l)))
				}
				checkStore(t, l)
				return
			}
			if !errors.Is(err, budget.ErrUncountable) || !strings.Contains(err.Error(), "record entry a") || !strings.Contains(err.Error(), "line ") {
				t.Errorf("err = %v", err)
			}
			if diff := gocmp.Diff(before, entriesOf(t, l)); diff != "" {
				t.Error(diff)
			}
			if err := l.Append(t.Context(), charged("later", 0, "shared")); err != nil {
				t.Error(err) // the ledger is none the worse
			}
			checkStore(t, l)
		})
	}
}
