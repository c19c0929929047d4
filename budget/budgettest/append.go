package budgettest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/orchestrate-go/orchestrate/budget"
)

// What Append takes, refuses and gives back.

func testEmpty(t *testing.T, s *suite) {
	if diff := gocmp.Diff(budget.State{}, s.load("r1"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.append()
	if entries := s.entries(); len(entries) != 0 {
		t.Errorf("%d entries", len(entries))
	}
}

func testRoundTrip(t *testing.T, s *suite) {
	want := append([]budget.Entry{corners()}, NewBooks("a", 7).Take(60)...)
	for _, e := range want {
		s.append(e)
	}
	if diff := gocmp.Diff(want, s.entries()); diff != "" {
		t.Errorf("(-appended +read):\n%s", diff)
	}
	s.reopen()
	if diff := gocmp.Diff(want, s.entries()); diff != "" {
		t.Errorf("after reopening (-appended +read):\n%s", diff)
	}
	elsewhere := attempt("elsewhere", budget.OpReserve, 1)
	elsewhere.Time = elsewhere.Time.In(time.FixedZone("east", 3600))
	s.append(elsewhere)
	if got := s.load().Open; len(got) == 0 || got[len(got)-1].Time != start {
		t.Errorf("a time of another zone does not return in UTC: %v", got)
	}
}

func testTiers(t *testing.T, s *suite) {
	var want []budget.Entry
	for i, tier := range []budget.Tier{
		{}, {Service: "priority"}, {Region: "us"}, {Service: "fast", Region: "eu"}, {Service: "<\"ü\">"}, {Region: "a@b"},
	} {
		e := attempt(fmt.Sprint("t", i), budget.OpRecord, 1)
		e.Tier = tier
		s.append(e)
		s.append(e) // is a repeat
		want = append(want, e)
	}
	odd := attempt("odd", budget.OpRecord, 1)
	odd.Tier.Service = "a@b" // what follows the @ is the region's
	s.append(odd)
	s.append(odd)
	odd.Tier = budget.Tier{Service: "a", Region: "b"}
	s.append(odd)
	if diff := gocmp.Diff(append(want, odd), s.entries()); diff != "" {
		t.Errorf("(-appended +read):\n%s", diff)
	}
}

// corners is a reserve entry with whatever a store might stumble over.
func corners() budget.Entry {
	e := attempt("§ 'quoted' \"twice\"; --\n", budget.OpReserve, 0)
	e.Time = time.Unix(0, 1<<62+1).UTC()
	e.Scopes = []budget.Scope{{Kind: budget.KindTask, Name: "a:b, <c> \\ ü \x00"}, budget.Total, {Kind: budget.KindRun}}
	e.Hold = budget.Amount{Tokens: budget.MaxTokens, Cost: 1 << 60}
	e.Reason, e.RequestID, e.Served = "not UTF-8: \xff\xfe", "\x00", "☃"
	e.Tier = budget.Tier{Service: "\"flex\" \xff", Region: "us@\x00"}
	e.Limit = budget.TokenLimit(0).WithCost(0)
	e.Debts = []budget.Debt{{Scope: e.Scopes[0], Cause: budget.CauseSoft, Amount: budget.Amount{Tokens: -1, Cost: -2}}}
	return e
}

func testAtomic(t *testing.T, s *suite) {
	first := attempt("a", budget.OpReserve, 100)
	s.append(first)
	changed := first
	changed.Hold = amount(7)
	err := s.store.Append(context.Background(), settle(first, 60), attempt("b", budget.OpReserve, 5), changed)
	if !isConflict(err) {
		t.Fatalf("Append: %v, want ErrConflict", err)
	}
	if diff := gocmp.Diff([]budget.Entry{first}, s.entries()); diff != "" {
		t.Errorf("a refused append left something behind:\n%s", diff)
	}
	s.want(s.load("r1"), budget.Account{Run: "r1", Scope: budget.Task("t1")}, budget.Counters{Held: amount(100)})
	s.append(settle(first, 60), attempt("b", budget.OpReserve, 5))
	s.want(s.load("r1"), budget.Account{Run: "r1", Scope: budget.Task("t1")},
		budget.Counters{Settled: amount(60), Held: amount(5)})
}

func testRepeat(t *testing.T, s *suite) {
	reserve := attempt("a", budget.OpReserve, 100)
	both := []budget.Entry{settle(reserve, 40), attempt("r", budget.OpRecord, 3)}
	s.append(reserve, reserve) // within one append
	s.append(reserve)
	s.append(both...)
	s.append(both...)
	s.append(reserve)                                       // after its hold is closed: must not open it again
	s.append(both[1], attempt("new", budget.OpReserve, 20)) // an old one and a new one
	state := s.load()
	s.want(state, budget.Account{Period: 1, Scope: budget.Total}, budget.Counters{Settled: amount(43), Held: amount(20)})
	if n := len(s.entries()); n != 4 {
		t.Errorf("%d entries, want 4", n)
	}
	if len(state.Open) != 1 || state.Open[0].ID != "new" {
		t.Errorf("open: %v", state.Open)
	}
	same := both[1]
	same.Debts, same.Time = []budget.Debt{}, same.Time.In(time.FixedZone("east", 3600))
	s.append(same)
}

func testConflict(t *testing.T, s *suite) {
	e := attempt("a", budget.OpReserve, 100)
	e.Limit = budget.TokenLimit(1)
	s.append(e)
	for name, change := range map[string]func(*budget.Entry){
		"hold":   func(e *budget.Entry) { e.Hold.Cost++ },
		"time":   func(e *budget.Entry) { e.Time = e.Time.Add(1) },
		"scopes": func(e *budget.Entry) { e.Scopes = e.Scopes[:4] },
		"period": func(e *budget.Entry) { e.Period++ },
		"limit":  func(e *budget.Entry) { e.Limit = budget.TokenLimit(2) },
		"nolim":  func(e *budget.Entry) { e.Limit = budget.Limit{} },
		"result": func(e *budget.Entry) { e.Result = []byte{0} },
		"reason": func(e *budget.Entry) { e.Reason = "r" },
		"tier":   func(e *budget.Entry) { e.Tier.Service = "flex" },
	} {
		other := e
		change(&other)
		if err := s.store.Append(context.Background(), other); !isConflict(err) {
			t.Errorf("another %s: %v, want ErrConflict", name, err)
		}
	}
	both := []budget.Entry{attempt("b", budget.OpRecord, 1), attempt("b", budget.OpRecord, 2)}
	if err := s.store.Append(context.Background(), both...); !isConflict(err) {
		t.Errorf("a conflict within one append: %v, want ErrConflict", err)
	}
	if diff := gocmp.Diff([]budget.Entry{e}, s.entries()); diff != "" {
		t.Error(diff)
	}
}

func testInvalid(t *testing.T, s *suite) {
	for name, change := range map[string]func(*budget.Entry){
		"no id":            func(e *budget.Entry) { e.ID = "" },
		"no op":            func(e *budget.Entry) { e.Op = "" },
		"unknown op":       func(e *budget.Entry) { e.Op = "steal" },
		"no time":          func(e *budget.Entry) { e.Time = time.Time{} },
		"reset to below":   func(e *budget.Entry) { e.Op, e.Period = budget.OpReset, -1 },
		"reset to nothing": func(e *budget.Entry) { e.Op, e.Period = budget.OpReset, 0 },
		"unknown kind":     func(e *budget.Entry) { e.Scopes = []budget.Scope{{Kind: "team", Name: "a"}} },
		"name not UTF-8":   func(e *budget.Entry) { e.Scopes = []budget.Scope{budget.Task("\xff")} },
		"unknown cause": func(e *budget.Entry) {
			e.Debts = []budget.Debt{{Scope: budget.Total, Cause: "luck", Amount: amount(1)}}
		},
		"debt elsewhere": func(e *budget.Entry) {
			e.Debts = []budget.Debt{{Scope: budget.Task("t2"), Cause: budget.CauseSoft, Amount: amount(1)}}
		},
	} {
		bad := attempt("bad", budget.OpRecord, 1)
		change(&bad)
		err := s.store.Append(context.Background(), attempt("good", budget.OpRecord, 1), bad)
		if err == nil || isConflict(err) {
			t.Errorf("%s: %v, want another error", name, err)
		}
	}
	if n := len(s.entries()); n != 0 {
		t.Errorf("%d entries", n)
	}
}

// testUncountable: an entry whose own figures wrap, and one that would take a sum past 2^62, leave nothing behind.
func testUncountable(t *testing.T, s *suite) {
	const most = 1 << 62
	charge := func(id string, u budget.Usage) budget.Entry {
		e := attempt(id, budget.OpRecord, 0)
		e.Usage, e.Used = u, budget.Amount{Tokens: u.Tokens()}
		return e
	}
	with := func(change func(*budget.Entry)) budget.Entry {
		e := attempt("bad", budget.OpAdjust, 1)
		change(&e)
		return e
	}
	owing := func(amounts ...budget.Amount) budget.Entry {
		e := attempt("bad", budget.OpRecord, 0)
		for _, a := range amounts {
			e.Debts = append(e.Debts, budget.Debt{Scope: budget.Total, Cause: budget.CauseOverrun, Amount: a})
		}
		return e
	}
	refused := func(name string, entries ...budget.Entry) {
		t.Helper()
		before := s.entries()
		if err := s.store.Append(context.Background(), entries...); !errors.Is(err, budget.ErrUncountable) {
			t.Errorf("%s: %v, want ErrUncountable", name, err)
		}
		if diff := gocmp.Diff(before, s.entries()); diff != "" {
			t.Errorf("%s left something behind:\n%s", name, diff)
		}
	}
	for name, bad := range map[string]budget.Entry{
		"buckets that wrap below zero":     charge("bad", budget.Usage{Input: most, Output: most}),
		"buckets that wrap to a small sum": charge("bad", budget.Usage{Input: math.MaxInt64, Output: math.MaxInt64, CacheRead: 12}),
		"buckets that cancel":              charge("bad", budget.Usage{Input: math.MaxInt64, Output: -math.MaxInt64}),
		"a bucket":                         charge("bad", budget.Usage{AudioOutput: math.MinInt64}),
		"tokens":                           with(func(e *budget.Entry) { e.Used.Tokens = most + 1 }),
		"a negative cost":                  with(func(e *budget.Entry) { e.Used.Cost = math.MinInt64 }),
		"a hold":                           with(func(e *budget.Entry) { e.Hold.Cost = math.MaxInt64 }),
		"an overrun":                       with(func(e *budget.Entry) { e.Overrun.Tokens = math.MinInt64 }),
		"fees":                             with(func(e *budget.Entry) { e.Usage.Fees = math.MaxInt64 }),
		"reasoning":                        with(func(e *budget.Entry) { e.Usage.Reasoning = math.MinInt64 }),
		"a count":                          with(func(e *budget.Entry) { e.Counted = math.MaxInt64 }),
		"an output cap":                    with(func(e *budget.Entry) { e.Output = math.MinInt64 }),
		"a debt":                           owing(budget.Amount{Cost: math.MinInt64}),
		"debts together":                   owing(budget.Amount{Tokens: most}, budget.Amount{Tokens: 1}),
		"debts that wrap":                  owing(budget.Amount{Tokens: most}, budget.Amount{Tokens: most}, budget.Amount{Tokens: most}, budget.Amount{Tokens: most}),
	} {
		refused(name, attempt("good", budget.OpRecord, 1), bad)
	}
	s.append(charge("a", budget.Usage{Input: most - 100}))
	refused("a sum", attempt("small", budget.OpReserve, 1), charge("b", budget.Usage{Output: 101}))
	refused("a hold beside what is settled", with(func(e *budget.Entry) { e.Op, e.Used, e.Hold.Tokens = budget.OpReserve, budget.Amount{}, 101 }))
	s.append(charge("c", budget.Usage{Output: 100}))
	refused("one token more", charge("d", budget.Usage{Output: 1}))
	s.append(owingAs("e", budget.CauseOverrun, most/2), owingAs("f", budget.CauseLowered, most/2))
	refused("debts of all causes together", owingAs("g", budget.CauseSoft, 1))
	next := charge("h", budget.Usage{Output: 1})
	next.Period, next.Scopes = 2, []budget.Scope{budget.Total, budget.Run("r2")}
	s.append(next) // another period has other sums
	s.want(s.load(), budget.Account{Period: 2, Scope: budget.Total}, budget.Counters{Settled: budget.Amount{Tokens: 1}})
}

func owingAs(id string, cause budget.Cause, tokens int64) budget.Entry {
	e := attempt(id, budget.OpRecord, 0)
	e.Debts = []budget.Debt{{Scope: budget.Total, Cause: cause, Amount: budget.Amount{Tokens: tokens}}}
	return e
}

func testCancelled(t *testing.T, s *suite) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e := attempt("a", budget.OpReserve, 1)
	if err := s.store.Append(ctx, e); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]budget.Entry{e}, s.load().Open); diff != "" {
		t.Error(diff)
	}
}
