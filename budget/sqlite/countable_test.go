package sqlite

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

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

// TestGroupBeyondCounting: of the requests that share a transaction, those that could not be counted fail alone.
func TestGroupBeyondCounting(t *testing.T) {
	l := openNew(t)
	if err := l.Append(t.Context(), charged("a", most-10, "r")); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	w, err := newWriter(t.Context(), l.path, schemaVersion(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var group []request
	for i, n := range []int64{4, 7, 6, most, 0} {
		lines := linesOf(t, []budget.Entry{charged(fmt.Sprint("b", i), n, "r")})
		group = append(group, request{write: func(w *writer) error { return w.append(lines) }})
	}
	errs := w.commit(group)
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	for i, refused := range []bool{false, true, false, true, false} {
		if errors.Is(errs[i], budget.ErrUncountable) != refused || (errs[i] != nil) != refused {
			t.Errorf("append %d: %v", i, errs[i])
		}
	}
	if want := "record entry b1 beside what the books have of "; !strings.Contains(errs[1].Error(), want) || !strings.Contains(errs[1].Error(), "(begin ") {
		t.Errorf("%v, want %q and a remedy", errs[1], want)
	}
	if n := len(checkBooks(t, openAt(t, l.path))); n != 4 {
		t.Errorf("%d entries, want 4", n)
	}
}

// TestBooksBeyondCounting: books in which an older program let a sum grow past what is counted can be read, their holds
// end, and a new period goes on.
func TestBooksBeyondCounting(t *testing.T) {
	l := openNew(t)
	hold := charged("hold", 0, "r")
	hold.Op, hold.Hold.Tokens = budget.OpReserve, 100
	if err := l.Append(t.Context(), charged("a", most/2, "r"), charged("b", most/2-200, "r"), hold); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, l.path, fmt.Sprintf(`DROP TRIGGER entries_never_change;
		UPDATE entries SET used_tokens = used_tokens + %[1]d, input = input + %[1]d WHERE id = 'a';
		UPDATE totals SET settled_tokens = settled_tokens + %[1]d`, most/2))
	l = openAt(t, l.path)
	m, err := budget.Open(t.Context(), budget.Config{Ledger: l})
	if err != nil {
		t.Fatal(err)
	}
	if held := m.Total().Held; !held.IsZero() {
		t.Errorf("%v held", held)
	}
	call := budget.Call{Model: "m", Input: 1}
	if _, err := m.Reserve(t.Context(), call); !errors.Is(err, budget.ErrUncountable) || !strings.Contains(err.Error(), "begin a new period") {
		t.Errorf("err = %v", err)
	}
	if err := m.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := m.Reserve(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Settle(t.Context(), budget.Outcome{Usage: budget.Usage{Input: 1}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), charged("c", most, "r")); !errors.Is(err, budget.ErrUncountable) {
		t.Errorf("a sum that no number holds: %v", err)
	}
	checkBooks(t, l)
}

// TestNumbersThatAreNone: what no program wrote into a number is an error of reading it, or a sum that ends admission;
// nothing is added up to something else.
func TestNumbersThatAreNone(t *testing.T) {
	for _, column := range []string{"totals SET settled_tokens", "totals SET held_nano_usd", "totals SET debt_soft_tokens", "entries SET used_tokens", "entries SET hold_nano_usd"} {
		for _, value := range []string{"1.5e19", "2.5", "'many'", "x'00'", "9223372036854775807", "-9223372036854775808"} {
			t.Run(column+" = "+value, func(t *testing.T) {
				l := openNew(t)
				hold := charged("hold", 0, "r")
				hold.Op, hold.Hold.Tokens = budget.OpReserve, 100
				if err := errors.Join(l.Append(t.Context(), charged("a", 5, "r"), charged("b", 5, "r"), hold), l.Close()); err != nil {
					t.Fatal(err)
				}
				execute(t, l.path, "DROP TRIGGER entries_never_change; PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')')")
				execute(t, l.path, "UPDATE "+column+" = "+value)
				l = openAt(t, l.path)
				m, err := budget.Open(t.Context(), budget.Config{Ledger: l})
				if err == nil {
					_, err = m.Reserve(t.Context(), budget.Call{Model: "m", Input: 1})
				}
				sums := strings.HasPrefix(column, "totals") || strings.HasPrefix(column, "entries SET hold")
				if sums && err == nil {
					t.Errorf("a call is admitted beside %+v", m.Total().Counters)
				}
				if _, err := books.Summarize(l.All(t.Context())); err == nil && strings.HasPrefix(column, "entries") {
					t.Error("a report adds it up")
				}
				if v, err := books.Verify(t.Context(), l, books.VerifyOptions{}); err == nil && v.OK() {
					t.Error("verify finds nothing")
				}
			})
		}
	}
}

// TestVerifyCosts: the cost of an entry is recomputed where the prices in force made it, but not where it was written before
// there were tiers, or by another ledger.
func TestVerifyCosts(t *testing.T) {
	price := budget.FlatPrice(1_000_000, 1_000_000)
	price.Services = map[string]budget.Ratio{"priority": {Num: 2, Den: 1}}
	o := books.VerifyOptions{Prices: budget.Prices{"m": price}, PriceVersion: "v1"}
	e := charged("a", 10, "r")
	e.Tier.Service, e.PriceVersion, e.Used.Cost = "priority", "v1", 10
	for _, tc := range []struct {
		name, change string
		period       int64
		want         string
	}{
		{"as listed, at another tier", "", 1, "it charges $0.00000001, the prices that it names come to $0.00000002"},
		{"at its tier", "UPDATE entries SET used_nano_usd = 20; UPDATE totals SET settled_nano_usd = 20", 1, ""},
		{"of another version", "UPDATE entries SET price_version = 'v0'", 1, ""},
		{"billed", "UPDATE entries SET price_version = ''", 1, ""},
		{"of an older program", "UPDATE entries SET tier = NULL", 1, ""},
		{"of another ledger", "", -1, ""},
	} {
		e.Period = tc.period
		l := filled(t, []budget.Entry{e})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		execute(t, l.path, "DROP TRIGGER entries_never_change; "+tc.change)
		v, err := books.Verify(t.Context(), openReader(t, l.path), o)
		if err != nil || (tc.want == "") != v.OK() || tc.want != "" && !strings.Contains(v.Problems[0].String(), tc.want) {
			t.Errorf("%s: %+v, %v, want %q", tc.name, v, err, tc.want)
		}
	}
}

// TestUnconfirmedBeyondCounting: the sum of what was charged by assumption is checked in halves, as SQLite refuses one that
// no integer holds.
func TestUnconfirmedBeyondCounting(t *testing.T) {
	l := openNew(t)
	lost := func(id, run string, period, tokens int64) budget.Entry {
		e := charged(id, tokens, run)
		e.Op, e.Period, e.Assumed, e.Reason = budget.OpSettle, period, true, budget.ReasonRecovered
		return e
	}
	want := budget.Amount{Tokens: most - 1}
	if err := l.Append(t.Context(), lost("a", "r", 1, most/2), lost("b", "r", 1, most/2-1)); err != nil {
		t.Fatal(err)
	}
	if u, err := l.Unconfirmed(t.Context(), 1); err != nil || u.Charged != want {
		t.Errorf("%+v, %v, want %v", u, err, want)
	}
	for i := range int64(3) {
		if err := l.Append(t.Context(), lost(fmt.Sprint("c", i), fmt.Sprint("q", i), 2+i, most)); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Unconfirmed(t.Context(), 1); !errors.Is(err, budget.ErrUncountable) {
			t.Errorf("err = %v", err)
		}
	}
}
