package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// soundBooks makes a ledger with a bit of everything, and returns its path.
func soundBooks(t *testing.T) string {
	t.Helper()
	l := openNew(t)
	if err := l.BeginRun(t.Context(), books.Run{ID: "run-a", Started: budgettest.NewBooks("a", 1).Next().Time}); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), budgettest.NewBooks("a", 1).Take(400)...); err != nil {
		t.Fatal(err)
	}
	state, err := l.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, err := state.Manager(budget.Config{Ledger: l})
	if err != nil {
		t.Fatal(err)
	}
	of, err := l.Attempt(t.Context(), attemptSettled(t, l))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Adjust(t.Context(), of, budget.Outcome{Usage: budget.Usage{Input: 7}, Reason: "invoice"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.path
}

func attemptSettled(t *testing.T, l *Ledger) string {
	t.Helper()
	for _, e := range read(t, l) {
		if e.Op == budget.OpSettle {
			return e.ID
		}
	}
	t.Fatal("no settlement")
	return ""
}

func verify(t *testing.T, path string) books.Verification {
	t.Helper()
	v, err := books.Verify(t.Context(), openReader(t, path), books.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVerifySoundBooks(t *testing.T) {
	v := verify(t, soundBooks(t))
	if !v.OK() || v.Entries != 402 || v.Runs != 1 || v.Open == 0 || v.Accounts == 0 {
		t.Errorf("%+v", v)
	}
}

// The entries that damages are done to: in these books each is the first of its kind.
const (
	firstOf   = "(SELECT min(seq) FROM entries WHERE op = '%s')"
	damageOne = "UPDATE entries SET %s WHERE seq = " + firstOf
)

// TestVerifyFinds: each damage is found and named, the first wrong entry first.
func TestVerifyFinds(t *testing.T) {
	sound := soundBooks(t)
	for _, tc := range []struct {
		name, damage string
		op           budget.Op // of the first problem, "" if it is not about an entry
		want         string    // in the first problem
	}{
		{"a charge", fmt.Sprintf(damageOne, "used_tokens = used_tokens + 1", "settle"), "settle", "its usage is"},
		{"a charge and its bucket", fmt.Sprintf(damageOne, "used_tokens = used_tokens + 1, input = input + 1", "record"), "", "settled, its entries come to"},
		{"a bucket", fmt.Sprintf(damageOne, "cache_read = cache_read + 1", "record"), "record", "its usage is"},
		{"an overrun", fmt.Sprintf(damageOne, "overrun_tokens = 77", "settle"), "settle", "its overrun is 77 tokens"},
		{"a hold taken", fmt.Sprintf(damageOne, "hold_tokens = hold_tokens - 1", "reserve"), "", "gives back"},
		{"a hold given back", fmt.Sprintf(damageOne, "hold_tokens = hold_tokens - 1", "release"), "release", "gives back"},
		{"a period", fmt.Sprintf(damageOne, "period = 9", "settle"), "settle", "it is of period 9, its hold of period 1"},
		{"scopes", fmt.Sprintf(damageOne, `scopes = '["total"]'`, "release"), "release", "its hold to [total model"},
		{"a column", fmt.Sprintf(damageOne, "run = 'run-x'", "settle"), "settle", `column run is "run-x", its scopes say`},
		{"an op", fmt.Sprintf(damageOne, "op = 'steal'", "record"), "steal", `unknown op "steal"`},
		{"a time", fmt.Sprintf(damageOne, "time = time + 1", "reset"), "", "its entries say"},
		{"scopes that are no JSON", fmt.Sprintf(damageOne, "scopes = '[total'", "record"), "record", "scopes of entry"},
		{"an unknown kind", fmt.Sprintf(damageOne, `scopes = '["team:a"]'`, "record"), "record", "is not a scope"},
		{"a debt elsewhere", fmt.Sprintf(damageOne, `debts = '[{"scope":"task:x","cause":"soft","amount":{"tokens":1}}]'`, "record"), "record", "which it cannot book"},
		{"an unknown cause", fmt.Sprintf(damageOne, `debts = '[{"scope":"total","cause":"luck","amount":{"tokens":1}}]'`, "record"), "record", `cause "luck"`},
		{"a settlement that is gone", "DELETE FROM entries WHERE seq = " + fmt.Sprintf(firstOf, "settle"), "", "is not there"},
		{"a reservation that is gone", "DELETE FROM entries WHERE seq = " + fmt.Sprintf(firstOf, "reserve"), "", "entry 1: it is not there"},
		{"the last entries", "DELETE FROM entries WHERE seq > 380", "", "its entries come to"},
		{"ended twice", "INSERT INTO entries SELECT NULL, id, 'release', time, period, run, task, worker, scopes, '[]', model, served, bound, counted, output_cap," +
			"hold_tokens, hold_nano_usd, 0,0,0,0, 0,0,0,0,0,0,0,0,0, 0,0,'','','',NULL,NULL,NULL,'' FROM entries WHERE seq = " + fmt.Sprintf(firstOf, "settle"), "release", "ended before"},
		{"a result that is gone", "DELETE FROM results WHERE seq = (SELECT min(seq) FROM results)", "result", "its result is missing"},
		{"a result that was changed", "UPDATE results SET result = x'00' WHERE seq = (SELECT min(seq) FROM results)", "result", "its result was changed"},
		{"a result that came later", "INSERT INTO results SELECT min(seq), x'78' FROM entries WHERE op = 'record'", "record", "which only a result entry can"},
		{"a result without its checksum", "UPDATE entries SET result_crc32c = NULL WHERE seq = (SELECT min(seq) FROM results)", "result", "its result was changed"},
		{"a settlement's model", fmt.Sprintf(damageOne, "model = 'gpt-3'", "settle"), "settle", `model is "gpt-3", its hold's "gpt-4o"`},
		{"a hold's model", fmt.Sprintf(damageOne, "model = ''", "reserve"), "release", `its hold's ""`},
		{"a settlement's count", fmt.Sprintf(damageOne, "counted = counted + 1", "settle"), "settle", "its hold counted"},
		{"a release's cap", fmt.Sprintf(damageOne, "output_cap = output_cap + 1", "release"), "release", "its hold's cap"},
		{"a settlement's bound", fmt.Sprintf(damageOne, "bound = 'guess'", "settle"), "settle", `its bound is "guess"`},
		{"fees", fmt.Sprintf(damageOne, "fees_nano_usd = used_nano_usd + 1, unpriced = 0", "settle"), "settle", "more than its cost"},
		{"a correction without a reason", fmt.Sprintf(damageOne, "reason = ' '", "adjust"), "adjust", "without a reason"},
		{"half a correction", "DELETE FROM entries WHERE id LIKE '%~2'", "adjust", "is not there"},
		{"the other half", "DELETE FROM entries WHERE id LIKE '%~1'", "", "is not there"},
		{"a correction that goes on from nothing", "UPDATE entries SET id = replace(id, '~2', '~4') WHERE id LIKE '%~2'", "adjust", "correction 4 of its attempt, after 1"},
		{"a correction of nothing", "UPDATE entries SET id = 'x' || id WHERE id LIKE '%~_'", "adjust", "no attempt"},
		{"a correction of another model", "UPDATE entries SET model = 'm', scopes = replace(scopes, model, 'm') WHERE id LIKE '%~2'", "adjust", "its attempt to"},
		{"a correction that takes back something else", "UPDATE entries SET used_tokens = used_tokens - 1, input = input - 1 WHERE id LIKE '%~1'", "adjust", "takes back"},
		{"entries that are gone", "DELETE FROM entries WHERE seq BETWEEN 100 AND 120", "", "entry 100: it and those after it, up to 120, are not there"},
		{"terminal escapes", fmt.Sprintf(damageOne, "run = char(27) || '[2J' || x'ff'", "settle"), "settle", `\x1b[2J`},
		{"a correction elsewhere", `UPDATE entries SET period = 5 WHERE id LIKE '%~2'`, "adjust", "in period 5, its attempt to"},
		{"a number that is none", fmt.Sprintf(damageOne, "used_tokens = 9223372036854775807", "settle"), "settle", "more than can be counted"},
		{"a total", "UPDATE totals SET settled_tokens = settled_tokens + 5 WHERE kind = 'run' AND run = 'run-b'", "", "run:run-b in run run-b says"},
		{"a debt of a total", "UPDATE totals SET debt_soft_tokens = -5 WHERE kind = 'total' AND period = 1", "", "total in period 1 says -5 tokens"},
		{"a total that is gone", "DELETE FROM totals WHERE kind = 'worker' AND run = 'run-c'", "", "worker:writer in run run-c is missing"},
		{"a total of nothing", "UPDATE totals SET name = 'nobody' WHERE kind = 'worker' AND run = 'run-c'", "", "worker:nobody in run run-c has no entries"},
		{"a span that is gone", "DELETE FROM spans WHERE run = 'run-c'", "", `spans: run "run-c" in period 1`},
		{"a span that is too short", "UPDATE spans SET last = last - 1 WHERE run = 'run-b'", "", `spans: run "run-b" in period 1`},
		{"a span of nothing", "INSERT INTO spans VALUES ('run-z', 1, 20000, 1, 5)", "", `run "run-z" in period 1 on 2024-10-04 has no entries`},
		{"a hold that is gone", "DELETE FROM holds WHERE seq = (SELECT max(seq) FROM holds)", "", "is missing, and its hold is open"},
		{"a hold of another", "INSERT INTO holds SELECT id, seq FROM entries WHERE op = 'release' LIMIT 1", "", "its hold is not open"},
		{"a hold of another entry", "UPDATE holds SET seq = 1 WHERE seq = (SELECT max(seq) FROM holds)", "", "not 1"},
		{"a period that is gone", "DELETE FROM periods WHERE id = 1", "", "1 is missing"},
		{"a period of nothing", "INSERT INTO periods VALUES (77, 1, NULL)", "", "77 has no entries"},
		{"a period's reset", "UPDATE periods SET reset = 1 WHERE id = 2", "", "2 begins with entry 1"},
		{"a result elsewhere", "UPDATE results SET seq = " + fmt.Sprintf(firstOf, "record") + " WHERE seq = (SELECT max(seq) FROM results)", "record", "which only a result entry can"},
		{"a result of nothing", "INSERT INTO results VALUES (88888, x'78')", "", "belongs to entry 88888"},
		{"a run", "UPDATE runs SET id = ''", "", "a run without an id"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := copyOf(t, sound)
			execute(t, path, "DROP TRIGGER entries_never_change; DROP TRIGGER entries_never_go; DROP TRIGGER results_never_change; DROP TRIGGER results_never_go; "+tc.damage)
			v := verify(t, path)
			if v.OK() || len(v.Problems) == 0 {
				t.Fatal("not found")
			}
			if first := v.Problems[0]; (tc.op != "" && (first.Op != tc.op || first.Seq == 0)) || !strings.Contains(first.String(), tc.want) {
				t.Errorf("first of %d: %v, want %q", v.Wrong, first, tc.want)
			}
		})
	}
}

// TestVerifyDamagedPages: bytes that were turned on the disk are found, or what reading them leads to.
func TestVerifyDamagedPages(t *testing.T) {
	sound := soundBooks(t)
	whole, err := os.ReadFile(sound)
	if err != nil {
		t.Fatal(err)
	}
	for page := 2; page*4096 < len(whole); page++ {
		path := filepath.Join(t.TempDir(), "ledger.db")
		damaged := append([]byte(nil), whole...)
		for i := range 64 {
			damaged[(page-1)*4096+i*64] ^= 0x55
		}
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := OpenReader(t.Context(), path)
		if err != nil {
			continue // found on opening
		}
		v, err := books.Verify(t.Context(), r, books.VerifyOptions{})
		if err == nil && v.OK() {
			t.Errorf("page %d: not found", page)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestVerifyDuringWrites: it sees one moment, while the owner goes on.
func TestVerifyDuringWrites(t *testing.T) {
	l := openNew(t)
	r := openReader(t, l.path)
	var wg sync.WaitGroup
	wg.Go(func() {
		written := budgettest.NewBooks("a", 1)
		for range 60 {
			if err := l.Append(t.Context(), written.Take(5)...); err != nil {
				t.Error(err)
			}
		}
	})
	for last := int64(0); last < 300 && !t.Failed(); {
		v, err := books.Verify(t.Context(), r, books.VerifyOptions{})
		if err != nil || !v.OK() || v.Entries < last || v.Entries%5 != 0 {
			t.Errorf("%+v, %v", v, err)
		}
		last = v.Entries
	}
	wg.Wait()
}

func copyOf(t *testing.T, path string) string {
	t.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(to, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}
