package budgettest

import (
	"bytes"
	"maps"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// What Load makes of the entries.

func testAccounts(t *testing.T, s *suite) {
	other := attempt("b", budget.OpRecord, 20) // another run, and its own task t1
	other.Scopes = []budget.Scope{budget.Total, budget.Model("n"), budget.Label("x"), budget.Run("r2"), budget.Task("t1")}
	nowhere := attempt("c", budget.OpRecord, 3) // no run at all
	nowhere.Scopes = []budget.Scope{budget.Total, budget.Task("t1")}
	s.append(attempt("a", budget.OpRecord, 100), other, nowhere)

	period := map[budget.Account]budget.Counters{
		{Period: 1, Scope: budget.Total}:        {Settled: amount(123)},
		{Period: 1, Scope: budget.Model("m")}:   {Settled: amount(100)},
		{Period: 1, Scope: budget.Model("n")}:   {Settled: amount(20)},
		{Period: 1, Scope: budget.Label("x")}:   {Settled: amount(120)},
		{Period: 1, Scope: budget.Label("y:z")}: {Settled: amount(100)},
	}
	r1 := map[budget.Account]budget.Counters{
		{Run: "r1", Scope: budget.Run("r1")}:   {Settled: amount(100)},
		{Run: "r1", Scope: budget.Worker("w")}: {Settled: amount(100)},
		{Run: "r1", Scope: budget.Task("t1")}:  {Settled: amount(100)},
	}
	r2 := map[budget.Account]budget.Counters{
		{Run: "r2", Scope: budget.Run("r2")}:  {Settled: amount(20)},
		{Run: "r2", Scope: budget.Task("t1")}: {Settled: amount(20)},
	}
	none := map[budget.Account]budget.Counters{{Scope: budget.Task("t1")}: {Settled: amount(3)}}
	for _, test := range []struct {
		runs []string
		want []map[budget.Account]budget.Counters
	}{
		{nil, nil},
		{[]string{"r1"}, []map[budget.Account]budget.Counters{r1}},
		{[]string{"r2", "r1", "r2"}, []map[budget.Account]budget.Counters{r1, r2}},
		{[]string{""}, []map[budget.Account]budget.Counters{none}},
		{[]string{"unknown"}, nil},
	} {
		if diff := gocmp.Diff(union(append(test.want, period)), s.load(test.runs...).Totals); diff != "" {
			t.Errorf("Load(%q) (-want +got):\n%s", test.runs, diff)
		}
	}
}

func union(parts []map[budget.Account]budget.Counters) map[budget.Account]budget.Counters {
	all := make(map[budget.Account]budget.Counters)
	for _, m := range parts {
		maps.Copy(all, m)
	}
	return all
}

func testOpen(t *testing.T, s *suite) {
	var holds []budget.Entry
	for i, id := range []string{"z", "a", "m", "b"} {
		e := attempt(id, budget.OpReserve, int64(10+i))
		e.Time = start.Add(time.Duration(i))
		holds = append(holds, e)
		s.append(e)
	}
	released := holds[1]
	released.Op = budget.OpRelease
	s.append(settle(holds[2], 5))
	s.append(released)
	want := []budget.Entry{holds[0], holds[3]}
	if diff := gocmp.Diff(want, s.load().Open); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.reopen()
	if diff := gocmp.Diff(want, s.load().Open); diff != "" {
		t.Errorf("after reopening (-want +got):\n%s", diff)
	}
}

func testMarks(t *testing.T, s *suite) {
	first, second := attempt("a", budget.OpReserve, 100), attempt("b", budget.OpReserve, 50)
	over := settle(first, 130)
	over.Overrun = amount(30)
	assumed := settle(second, 50)
	assumed.Assumed, assumed.Unpriced, assumed.Used.Cost = true, true, 0
	correction := attempt("c", budget.OpAdjust, -10)
	s.append(first, second)
	s.append(over, assumed, correction)
	s.want(s.load(), budget.Account{Period: 1, Scope: budget.Model("m")}, budget.Counters{
		Settled:  budget.Amount{Tokens: 170, Cost: 120_000},
		Assumed:  budget.Amount{Tokens: 50},
		Overrun:  amount(30),
		Unpriced: 50,
	})
}

func testDebts(t *testing.T, s *suite) {
	task := budget.Account{Run: "r1", Scope: budget.Task("t1")}
	total := budget.Account{Period: 1, Scope: budget.Total}
	owe := func(id string, debts ...budget.Debt) {
		e := attempt(id, budget.OpRecord, 0)
		e.Debts = debts
		s.append(e)
	}
	owe("a", budget.Debt{Scope: budget.Total, Cause: budget.CauseOverrun, Amount: amount(10)},
		budget.Debt{Scope: budget.Task("t1"), Cause: budget.CauseOverrun, Amount: amount(7)})
	owe("b", budget.Debt{Scope: budget.Total, Cause: budget.CauseRecorded, Amount: amount(20)},
		budget.Debt{Scope: budget.Total, Cause: budget.CauseLowered, Amount: amount(30)},
		budget.Debt{Scope: budget.Total, Cause: budget.CauseSoft, Amount: amount(40)},
		budget.Debt{Scope: budget.Total, Cause: budget.CauseSoft, Amount: amount(1)})
	owe("c", budget.Debt{Scope: budget.Total, Cause: budget.CauseLowered, Amount: amount(-25)})
	s.want(s.load(), total, budget.Counters{Debt: budget.Debts{
		Overrun: amount(10), Recorded: amount(20), Lowered: amount(5), Soft: amount(41)}})
	s.want(s.load("r1"), task, budget.Counters{Debt: budget.Debts{Overrun: amount(7)}})
}

func testReset(t *testing.T, s *suite) {
	hold := attempt("a", budget.OpReserve, 100)
	s.append(hold, attempt("b", budget.OpRecord, 40))
	reset := budget.Entry{ID: "reset", Op: budget.OpReset, Time: start.Add(time.Hour), Period: 2, Scopes: []budget.Scope{budget.Total}}
	s.append(reset)
	want := budget.Period{ID: 2, Start: reset.Time}
	state := s.load("r1")
	if diff := gocmp.Diff(want, state.Period); diff != "" {
		t.Errorf("period (-want +got):\n%s", diff)
	}
	s.want(state, budget.Account{Period: 2, Scope: budget.Total}, budget.Counters{})
	if _, ok := state.Totals[budget.Account{Period: 1, Scope: budget.Total}]; ok {
		t.Error("the totals of the old period are loaded")
	}
	s.want(state, budget.Account{Run: "r1", Scope: budget.Run("r1")}, budget.Counters{Settled: amount(40), Held: amount(100)})
	if len(state.Open) != 1 || state.Open[0].Period != 1 {
		t.Errorf("open: %v", state.Open)
	}

	next := attempt("c", budget.OpRecord, 5)
	next.Period = 2
	s.append(settle(hold, 60), next) // the hold settles in its own period
	s.reopen()
	state = s.load("r1")
	if diff := gocmp.Diff(want, state.Period); diff != "" {
		t.Errorf("period after a settlement in the old one (-want +got):\n%s", diff)
	}
	s.want(state, budget.Account{Period: 2, Scope: budget.Total}, budget.Counters{Settled: amount(5)})
	s.want(state, budget.Account{Run: "r1", Scope: budget.Run("r1")}, budget.Counters{Settled: amount(105)})
	if fold := books.Fold(s.entries())[budget.Account{Period: 1, Scope: budget.Total}]; fold.Settled != amount(100) || !fold.Held.IsZero() {
		t.Errorf("the old period: %+v", fold)
	}
}

func testPeriodWithoutReset(t *testing.T, s *suite) {
	for i, period := range []int64{0, 3, 2, 3} {
		e := attempt(string(rune('a'+i)), budget.OpRecord, 10)
		e.Period, e.Time = period, start.Add(time.Duration(i))
		s.append(e)
	}
	state := s.load()
	if want := (budget.Period{ID: 3, Start: start.Add(1)}); state.Period != want {
		t.Errorf("period %v, want %v", state.Period, want)
	}
	s.want(state, budget.Account{Period: 3, Scope: budget.Total}, budget.Counters{Settled: amount(20)})
}

func testImported(t *testing.T, s *suite) {
	old := func(id string, period int64) budget.Entry {
		e := attempt(id, budget.OpRecord, 10)
		e.Period = period
		return e
	}
	s.append(old("a", -1), old("b", -2))
	state := s.load("r1")
	if state.Period != (budget.Period{}) {
		t.Errorf("period %v, want none", state.Period)
	}
	s.append(old("c", 1), old("d", -2))
	state = s.load("r1")
	if want := (budget.Period{ID: 1, Start: start}); state.Period != want {
		t.Errorf("period %v, want %v", state.Period, want)
	}
	s.want(state, budget.Account{Period: 1, Scope: budget.Total}, budget.Counters{Settled: amount(10)})
	s.want(state, budget.Account{Run: "r1", Scope: budget.Run("r1")}, budget.Counters{Settled: amount(40)})
	if fold := books.Fold(s.entries())[budget.Account{Period: -2, Scope: budget.Total}]; fold.Settled != amount(20) {
		t.Errorf("the imported period: %+v", fold)
	}
}

func testResults(t *testing.T, s *suite) {
	hold := attempt("a", budget.OpReserve, 10)
	s.append(hold)
	result := hold // of the same id: what the settlement bought
	result.Op, result.Hold, result.Result = budget.OpResult, budget.Amount{}, bytes.Repeat([]byte{0, 'x', 0xff}, 50_000)
	s.append(settle(hold, 10), result)
	empty := attempt("b", budget.OpResult, 0)
	s.append(empty)
	if diff := gocmp.Diff([]budget.Entry{hold, settle(hold, 10), result, empty}, s.entries()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.want(s.load(), budget.Account{Period: 1, Scope: budget.Total}, budget.Counters{Settled: amount(10)})
}
