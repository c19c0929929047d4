package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// closedBooks are the entries of plausible books without the holds that are open at their end.
func closedBooks(prefix string, seed uint64, n int) []budget.Entry {
	var audit books.Audit
	entries := budgettest.NewBooks(prefix, seed).Take(n)
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
func filled(t testing.TB, entries []budget.Entry) *Ledger {
	t.Helper()
	l := openNew(t)
	run := Run{ID: "run-a", TaskFile: "/a/tasks.toml", Digest: "d", Started: time.Unix(7, 8).UTC(), Status: "ended"}
	if err := errors.Join(l.BeginRun(t.Context(), run), l.Append(t.Context(), entries...)); err != nil {
		t.Fatal(err)
	}
	return l
}

func export(t testing.TB, l *Ledger, o ExportOptions) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := l.Export(t.Context(), &out, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func importText(t testing.TB, l *Ledger, file string) Imported {
	t.Helper()
	n, err := l.Import(t.Context(), strings.NewReader(file), ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func read(t testing.TB, l *Ledger) []budget.Entry {
	t.Helper()
	entries, err := collect(l.All(t.Context()))
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
	return budget.Fold(same)
}

// TestRoundTrip: history that moves to another ledger comes to the same totals, by run and over periods,
// does not touch that ledger's present budget, and can move again.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(6) {
		entries := closedBooks("a", seed, 600)
		source, own := filled(t, entries), budgettest.NewBooks("own", seed+100).Take(100)
		target := openNew(t)
		if err := target.Append(t.Context(), own...); err != nil {
			t.Fatal(err)
		}
		before, err := target.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		file := export(t, source, ExportOptions{Outputs: true})
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
		if diff := gocmp.Diff(overPeriods(both), overPeriods(read(t, target))); diff != "" {
			t.Errorf("seed %d (-apart +together):\n%s", seed, diff)
		}
		next := int64(-1) // oldest first; periods in which nothing happened have no number
		for _, period := range slices.Sorted(maps.Keys(n.Periods)) {
			if n.Periods[period] != next {
				t.Errorf("seed %d: period %d is %d, want %d", seed, period, n.Periods[period], next)
			}
			next--
		}
		checkBooks(t, target)
		if v, err := target.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
			t.Errorf("seed %d: %+v, %v", seed, v, err)
		}
		again := importText(t, target, file)
		if again.Entries != 0 || again.EntriesThere != n.Entries || again.RunsThere != 1 || again.Runs != 0 {
			t.Errorf("seed %d: again %+v", seed, again)
		}
	}
}

// TestImportGrows: a file that has grown since it was imported brings what is new into the same periods.
func TestImportGrows(t *testing.T) {
	source, target := filled(t, closedBooks("a", 1, 300)), openNew(t)
	first := importText(t, target, export(t, source, ExportOptions{}))
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
	second := importText(t, target, export(t, source, ExportOptions{}))
	if second.Entries != 3 || second.EntriesThere != first.Entries {
		t.Errorf("first %+v, then %+v", first, second)
	}
	for period, here := range first.Periods {
		if second.Periods[period] != here {
			t.Errorf("period %d was %d and is %d", period, here, second.Periods[period])
		}
	}
	if diff := gocmp.Diff(overPeriods(read(t, source)), overPeriods(read(t, target))); diff != "" {
		t.Error(diff)
	}
	if v, err := target.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
		t.Errorf("%+v, %v", v, err)
	}
	if same := importText(t, source, export(t, source, ExportOptions{})); same.Entries != 0 || same.Runs != 0 {
		t.Errorf("a ledger's own export brought it something: %+v", same)
	}
}

func TestImportedRuns(t *testing.T) {
	source, target := filled(t, nil), openNew(t)
	if err := target.BeginRun(t.Context(), Run{ID: "own", Started: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	importText(t, target, export(t, source, ExportOptions{}))
	runs, err := target.Runs(t.Context())
	if err != nil || len(runs) != 2 || runs[0].Imported || !runs[1].Imported || runs[1].Status != "ended" {
		t.Errorf("%+v, %v", runs, err)
	}
	if err := source.EndRun(t.Context(), "run-a", time.Unix(99, 0), "interrupted"); err != nil {
		t.Fatal(err)
	}
	importText(t, target, export(t, source, ExportOptions{}))
	if runs, err = target.Runs(t.Context()); err != nil || runs[1].Status != "interrupted" || runs[1].Ended.Unix() != 99 {
		t.Errorf("%+v, %v", runs, err)
	}
}

// TestExportOutputs: what tasks bought leaves the ledger only when asked for.
func TestExportOutputs(t *testing.T) {
	at := time.Unix(1, 0).UTC()
	l := filled(t, []budget.Entry{{ID: "a", Op: budget.OpResult, Time: at, Period: 1, Result: []byte("secret \xff")}})
	redact := func(r []byte) ([]byte, error) { return bytes.ReplaceAll(r, []byte("secret"), []byte("...")), nil }
	for name, tc := range map[string]struct {
		o    ExportOptions
		want string
	}{
		"nothing":  {ExportOptions{}, ""},
		"redacted": {ExportOptions{Redact: redact}, "... \xff"},
		"all":      {ExportOptions{Outputs: true, Redact: redact}, "secret \xff"},
	} {
		target := openNew(t)
		file := export(t, l, tc.o)
		importText(t, target, file)
		if got := string(read(t, target)[0].Result); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
		if n := importText(t, l, file); n.EntriesThere != 1 { // it is the same entry all the same
			t.Errorf("%s: %+v", name, n)
		}
	}
}

// TestExportKeepsEverything: text that is not UTF-8, the largest integers, each field.
func TestExportKeepsEverything(t *testing.T) {
	e := budget.Entry{
		ID: "\xff'\"\x00", Op: budget.OpLimit, Time: time.Unix(0, 1<<62+1).UTC(), Scopes: []budget.Scope{{Kind: budget.KindTask, Name: "a:b <&> \\ ü \x00\u2028"}, budget.Total, {Kind: budget.KindRun}},
		Limit: budget.TokenLimit(0).WithCost(1<<60 + 1), Model: "\xfe", Served: "☃", Tier: budget.Tier{Service: "\xfb", Region: "us"}, Bound: "\xfd", Counted: -1, Output: 1 << 60,
		Reason: "\xfc", RequestID: "\x00", PriceVersion: "{", Unpriced: true, Assumed: true,
		Debts: []budget.Debt{{Scope: budget.Total, Cause: budget.CauseSoft, Amount: budget.Amount{Tokens: -1 << 56, Cost: 1<<60 + 1}}},
	}
	l, target := filled(t, []budget.Entry{e}), openNew(t)
	importText(t, target, export(t, l, ExportOptions{}))
	e.Period = -1
	if diff := gocmp.Diff([]budget.Entry{e}, read(t, target)); diff != "" {
		t.Error(diff)
	}
}

// TestImportFirstVersion: a file that was exported before there were tiers.
func TestImportFirstVersion(t *testing.T) {
	e := budget.Entry{
		ID: "a", Op: budget.OpRecord, Time: time.Unix(7, 0).UTC(), Period: 1, Scopes: []budget.Scope{budget.Total}, Model: "m",
		Used: budget.Amount{Tokens: 5}, Usage: budget.Usage{Input: 5},
	}
	file := export(t, filled(t, []budget.Entry{e}), ExportOptions{})
	if strings.Contains(file, "tier") {
		t.Errorf("an entry without a tier names one: %s", file)
	}
	target := openNew(t)
	importText(t, target, strings.Replace(file, `"version":2`, `"version":1`, 1))
	e.Period = -1
	if diff := gocmp.Diff([]budget.Entry{e}, read(t, target)); diff != "" {
		t.Error(diff)
	}
}

// TestImportRefuses: what is wrong is named with its line, and leaves no trace.
func TestImportRefuses(t *testing.T) {
	whole := export(t, filled(t, closedBooks("a", 2, 60)), ExportOptions{Outputs: true})
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
		{"half a correction", halfCorrected(t), "a-000007~2, which belongs to it, is not there"},
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
			target := openNew(t)
			importText(t, target, export(t, filled(t, closedBooks("b", 3, 20)), ExportOptions{}))
			before := read(t, target)
			if _, err := target.Import(t.Context(), strings.NewReader(tc.file), ImportOptions{}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("err = %v, want %q", err, tc.want)
			}
			if diff := gocmp.Diff(before, read(t, target)); diff != "" {
				t.Error(diff)
			}
			importText(t, target, whole) // the ledger is none the worse
			if v, err := target.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}

// TestImportConflicts: a file that contradicts what is here brings nothing.
func TestImportConflicts(t *testing.T) {
	entries := closedBooks("a", 2, 60)
	file := export(t, filled(t, entries), ExportOptions{})
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
		l := openNew(t)
		if err := l.Append(t.Context(), there...); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Import(t.Context(), strings.NewReader(file), ImportOptions{}); !errors.Is(err, budget.ErrConflict) {
			t.Errorf("%s: %v, want ErrConflict", name, err)
		}
		if got := read(t, l); len(got) != len(there) {
			t.Errorf("%s: %d entries", name, len(got))
		}
		checkBooks(t, l)
	}
	if _, err := openReader(t, filled(t, nil).path).Import(t.Context(), strings.NewReader(file), ImportOptions{}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a reader imports: %v", err)
	}
}

// halfCorrected is an export of books that lack the second half of a correction.
func halfCorrected(t *testing.T) string {
	t.Helper()
	at := time.Unix(1, 0).UTC()
	return export(t, filled(t, []budget.Entry{
		{ID: "a-000007", Op: budget.OpRecord, Time: at, Period: 1},
		{ID: "a-000007~1", Op: budget.OpAdjust, Time: at, Period: 1, Reason: "invoice"},
	}), ExportOptions{})
}

// TestImportAdmit: the caller may refuse runs that are new; those that are there already are nothing new.
func TestImportAdmit(t *testing.T) {
	source := filled(t, closedBooks("a", 1, 20))
	if err := source.BeginRun(t.Context(), Run{ID: "simulated", Started: time.Unix(9, 0), Simulated: true}); err != nil {
		t.Fatal(err)
	}
	o := ImportOptions{Admit: func(r Run) error {
		if r.Simulated {
			return errors.New("a simulated run, told by " + r.ID)
		}
		return nil
	}}
	target, file := openNew(t), export(t, source, ExportOptions{})
	if _, err := target.Import(t.Context(), strings.NewReader(file), o); err == nil || !strings.Contains(err.Error(), "line 3: a simulated run, told by simulated") {
		t.Errorf("err = %v", err)
	}
	if n := len(read(t, target)); n != 0 {
		t.Errorf("%d entries", n)
	}
	if _, err := source.Import(t.Context(), strings.NewReader(file), o); err != nil {
		t.Error(err)
	}
}

// correct books a correction of an attempt, and returns how many entries the ledger then has.
func correct(t *testing.T, l *Ledger, attempt string, tokens int64) {
	t.Helper()
	m, err := budget.Open(t.Context(), budget.Config{Ledger: l, Recover: budget.ReadOnly})
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

// TestImportCorrections: a correction of an attempt that is not here yet, or was imported, is entered. Of an attempt
// that is this ledger's own, or that it has corrected otherwise, its own word stands, so that no import changes the
// present budget; the rest of the file is entered all the same.
func TestImportCorrections(t *testing.T) {
	origin, other := filled(t, closedBooks("a", 1, 60)), filled(t, closedBooks("b", 2, 60))
	attempt := attemptSettled(t, origin)
	importText(t, other, export(t, origin, ExportOptions{}))
	third := openNew(t)
	importText(t, third, export(t, origin, ExportOptions{}))

	correct(t, other, attempt, 5)
	back := export(t, other, ExportOptions{})
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
	if n = importText(t, third, export(t, other, ExportOptions{})); n.Corrections != 4 || n.Entries != 0 {
		t.Errorf("where it was corrected otherwise: %+v", n)
	}
	if n = importText(t, other, export(t, third, ExportOptions{})); n.Corrections != 2 || n.Entries != 0 {
		t.Errorf("the other way round: %+v", n)
	}
	correct(t, origin, attempt, 9)
	if n = importText(t, other, export(t, origin, ExportOptions{})); n.Corrections != 2 {
		t.Errorf("the origin's correction: %+v", n)
	}
	for name, l := range map[string]*Ledger{"origin": origin, "other": other, "third": third} {
		if v, err := l.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}

// TestImportCorrectionOfNothing: a correction comes after its attempt.
func TestImportCorrectionOfNothing(t *testing.T) {
	at := time.Unix(1, 0).UTC()
	file := export(t, filled(t, []budget.Entry{
		{ID: "x~1", Op: budget.OpAdjust, Time: at, Period: 1, Reason: "invoice"},
		{ID: "x~2", Op: budget.OpAdjust, Time: at, Period: 1, Reason: "invoice"},
	}), ExportOptions{})
	_, err := openNew(t).Import(t.Context(), strings.NewReader(file), ImportOptions{})
	if err == nil || !strings.Contains(err.Error(), "line 3: adjust entry x~1: there is no attempt that it could correct") {
		t.Errorf("err = %v", err)
	}
}

// TestExportOpen: whoever exports is told how many holds are open.
func TestExportOpen(t *testing.T) {
	l := filled(t, nil)
	if err := l.Append(t.Context(), budgettest.NewBooks("a", 1).Take(40)...); err != nil {
		t.Fatal(err)
	}
	state, err := l.Load(t.Context())
	if err != nil || len(state.Open) == 0 {
		t.Fatal(state, err)
	}
	if n, err := l.Export(t.Context(), io.Discard, ExportOptions{}); err != nil || n.Open != int64(len(state.Open)) {
		t.Errorf("%+v, %v, want %d open", n, err, len(state.Open))
	}
}

// TestImportDamaged imports files with bytes turned: the ledger stays sound, whatever comes of it.
func TestImportDamaged(t *testing.T) {
	whole := export(t, filled(t, closedBooks("a", 5, 40)), ExportOptions{Outputs: true})
	l := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	rnd := rand.New(rand.NewPCG(1, 2))
	const digits = "0123456789-\"{}[],:ae"
	imported := 0
	for range 150 {
		file := []byte(whole)
		for range 1 + rnd.IntN(3) {
			file[rnd.IntN(len(file))] = digits[rnd.IntN(len(digits))]
		}
		if _, err := l.Import(t.Context(), bytes.NewReader(file), ImportOptions{}); err == nil {
			imported++
		}
	}
	if v, err := l.Verify(t.Context(), VerifyOptions{}); err != nil || !v.OK() {
		t.Errorf("after %d imports: %+v, %v", imported, v, err)
	}
	checkBooks(t, l)
}

// FuzzExportReader: no file makes the reader panic, and what it reads it would write.
func FuzzExportReader(f *testing.F) {
	f.Add([]byte(export(f, filled(f, closedBooks("a", 1, 12)), ExportOptions{Outputs: true})))
	f.Add([]byte(`{"format":"orchestrate-ledger","version":1}` + "\n" + `{"entry":{"id":{"base64":"/w=="},"op":"limit"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := newExportReader(bytes.NewReader(data))
		var audit books.Audit
		for err == nil {
			var line exportLine
			if line, err = r.next(); err == nil && line.Entry != nil {
				_ = audit.Add(line.Entry.entry())
			}
		}
		if err != io.EOF && !strings.HasPrefix(err.Error(), "line ") && !strings.Contains(err.Error(), "is empty") {
			t.Errorf("an error without a line: %v", err)
		}
	})
}
