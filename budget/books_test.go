package budget_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// faultyLedger fails while broken is set, and shows each Append to seen before it happens.
type faultyLedger struct {
	*budget.Memory
	mu     sync.Mutex
	broken error
	seen   func([]budget.Entry)
}

func (l *faultyLedger) Append(ctx context.Context, entries ...budget.Entry) error {
	l.mu.Lock()
	broken, seen := l.broken, l.seen
	l.mu.Unlock()
	if seen != nil {
		seen(entries)
	}
	if broken != nil {
		return broken
	}
	return l.Memory.Append(ctx, entries...)
}

func (l *faultyLedger) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = err
}

// openManager returns a manager on a ledger in memory. When the test ends the books must equal the
// counters, and every prefix of the entries must keep the promise.
func openManager(t *testing.T, l budget.Ledger, cfg budget.Config) *budget.Manager {
	t.Helper()
	cfg.Ledger, cfg.Logger = l, slog.New(slog.DiscardHandler)
	m, err := budget.Open(context.Background(), cfg)
	must(t, err)
	return m
}

func checkBooks(t *testing.T, m *budget.Manager, l *budget.Memory, limits budget.Limits) {
	t.Helper()
	checkInvariants(t, m)
	entries := l.Entries()
	fold := books.Fold(entries)
	for _, s := range m.Standing().Scopes {
		key := budget.Account{Run: s.Run, Scope: s.Scope}
		if s.Scope.Kind == budget.KindTotal || s.Scope.Kind == budget.KindModel {
			key = budget.Account{Period: m.Period().ID, Scope: s.Scope}
		}
		if diff := cmp.Diff(fold[key], s.Counters); diff != "" {
			t.Errorf("%v: entries and counters differ (-entries +counters):\n%s", s.Scope, diff)
		}
	}
	checkPrefixes(t, entries, limits)
}

// checkPrefixes cuts the books after every entry: what a crash leaves must keep the promise too.
func checkPrefixes(t *testing.T, entries []budget.Entry, limits budget.Limits) {
	t.Helper()
	totals := make(map[budget.Account]budget.Counters)
	var audit books.Audit
	for i, e := range entries {
		if err := audit.Add(e); err != nil {
			t.Fatalf("entry %d (%s %s): %v", i, e.Op, e.ID, err)
		}
		for _, s := range e.Scopes {
			c := totals[e.Account(s)]
			c.Apply(e, s)
			totals[e.Account(s)] = c
			if err := (budget.Status{Scope: s, Limit: limits.Of(s), Counters: c}).Sound(); err != nil {
				t.Fatalf("after entry %d (%s %s): %v", i, e.Op, e.ID, err)
			}
		}
	}
}

func ops(l *budget.Memory) []budget.Op {
	var out []budget.Op
	for _, e := range l.Entries() {
		out = append(out, e.Op)
	}
	return out
}

func TestAHoldIsInTheBooksBeforeReserveReturns(t *testing.T) {
	l := new(budget.Memory)
	m := openManager(t, l, budget.Config{Limits: totalLimit(100)})
	r := mustReserve(t, m, t.Context(), call(60, 0))
	if diff := cmp.Diff([]budget.Op{budget.OpReset, budget.OpReserve}, ops(l)); diff != "" {
		t.Error(diff)
	}
	must(t, r.Settle(t.Context(), used(50, 0)))
	if got := ops(l); got[len(got)-1] != budget.OpSettle {
		t.Error(got)
	}
	checkBooks(t, m, l, totalLimit(100))
}

func TestAFailedReserveLeavesNoHoldAndStopsAdmission(t *testing.T) {
	l := &faultyLedger{Memory: new(budget.Memory)}
	m := openManager(t, l, budget.Config{Limits: totalLimit(100)})
	full := errors.New("disk full")
	l.fail(full)
	if _, err := m.Reserve(t.Context(), call(60, 0)); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
	if got := total(m); !got.Held.IsZero() {
		t.Errorf("held %v", got.Held)
	}
	l.fail(nil)
	if _, err := m.Reserve(t.Context(), call(1, 0)); !errors.Is(err, budget.ErrStopped) || !errors.Is(err, full) {
		t.Errorf("admission goes on: %v", err)
	}
}

func TestAFailedSettleKeepsTheHoldAndCanBeRepeated(t *testing.T) {
	l := &faultyLedger{Memory: new(budget.Memory)}
	m := openManager(t, l, budget.Config{Limits: totalLimit(100)})
	r := mustReserve(t, m, t.Context(), call(60, 0))
	l.fail(errors.New("disk full"))
	if err := r.Settle(t.Context(), used(70, 0)); err == nil {
		t.Fatal("settled without books")
	}
	if got := total(m); got.Held.Tokens != 70 || got.Settled.Tokens != 0 {
		t.Errorf("the hold did not stay: %+v", got)
	}
	l.fail(nil)
	must(t, r.Settle(t.Context(), used(1, 0))) // the first outcome is the one that is booked
	if got := total(m); got.Held.Tokens != 0 || got.Settled.Tokens != 70 || got.Overrun.Tokens != 10 {
		t.Errorf("%+v", got)
	}
	checkBooks(t, m, l.Memory, totalLimit(100))
}

func TestACancelledReserveReturnsTheHold(t *testing.T) {
	l := &faultyLedger{Memory: new(budget.Memory)}
	m := openManager(t, l, budget.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	l.seen = func([]budget.Entry) { cancel() } // while the hold is being written
	if _, err := m.Reserve(ctx, call(60, 0)); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if got := total(m); !got.Held.IsZero() || !got.Settled.IsZero() {
		t.Errorf("%+v", got)
	}
	checkBooks(t, m, l.Memory, nil)
}

func TestASecondUseOfAnIDIsRefused(t *testing.T) {
	m := openManager(t, new(budget.Memory), budget.Config{})
	c := call(1, 1)
	c.ID = "attempt-1"
	r := mustReserve(t, m, t.Context(), c)
	if _, err := m.Reserve(t.Context(), c); !errors.Is(err, budget.ErrConflict) {
		t.Errorf("while it is open: %v", err)
	}
	must(t, r.Settle(t.Context(), used(1, 1)))
	if _, err := m.Reserve(t.Context(), c); !errors.Is(err, budget.ErrConflict) {
		t.Errorf("after it has ended: %v", err)
	}
	if got := total(m); !got.Held.IsZero() || got.Settled.Tokens != 2 {
		t.Errorf("%+v", got)
	}
	mustReserve(t, m, t.Context(), call(1, 1)) // a caller's bug does not stop the others
}

func TestRecovery(t *testing.T) {
	for _, tc := range []struct {
		returned bool
		settled  int64
		op       budget.Op
	}{{false, 170, budget.OpSettle}, {true, 0, budget.OpRelease}} {
		t.Run(string(tc.op), func(t *testing.T) {
			l, limits := new(budget.Memory), totalLimit(1000)
			prices := budget.Prices{"m": budget.FlatPrice(budget.USD, budget.USD)}
			dead := openManager(t, l, budget.Config{Limits: limits, Prices: prices})
			run := budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("t1"))
			mustReserve(t, dead, run, call(60, 40))
			mustReserve(t, dead, t.Context(), call(70, 0))

			m := openManager(t, l, budget.Config{Limits: limits, ReturnHolds: tc.returned, Run: "r"})
			if got := total(m); !got.Held.IsZero() || got.Settled.Tokens != tc.settled || got.Assumed.Tokens != tc.settled {
				t.Errorf("%+v", got)
			}
			if got := l.Entries(); got[len(got)-1].Op != tc.op || got[len(got)-1].Unpriced || !got[len(got)-1].Assumed {
				t.Errorf("%+v", got[len(got)-1])
			}
			checkBooks(t, m, l, limits)
		})
	}
}

func TestAReaderLeavesOpenHoldsAlone(t *testing.T) {
	l := new(budget.Memory)
	owner := openManager(t, l, budget.Config{Limits: totalLimit(100)})
	mustReserve(t, owner, t.Context(), call(60, 0))
	before := len(l.Entries())
	state, err := l.Load(t.Context())
	must(t, err)
	reader, err := state.Manager(budget.Config{Limits: totalLimit(50)})
	must(t, err)
	if got := total(reader); got.Held.Tokens != 60 || got.Debt.Lowered.Tokens != 10 {
		t.Errorf("%+v", got)
	}
	must(t, reader.Reset(t.Context())) // in its copy
	mustReserve(t, reader, t.Context(), call(20, 0))
	if len(l.Entries()) != before {
		t.Errorf("%d entries were %d", len(l.Entries()), before)
	}
}

func TestCountersBelongToThePeriodNotToTheProcess(t *testing.T) {
	l := new(budget.Memory)
	first := openManager(t, l, budget.Config{Limits: totalLimit(100)})
	must(t, mustReserve(t, first, t.Context(), call(60, 0)).Settle(t.Context(), used(60, 0)))
	second := openManager(t, l, budget.Config{Limits: totalLimit(100)})
	if _, err := second.TryReserve(t.Context(), call(60, 0)); err == nil {
		t.Error("the second process forgot what the first spent")
	}
	third := openManager(t, l, budget.Config{Limits: totalLimit(40), NewPeriod: false})
	if got := total(third); got.Debt.Lowered.Tokens != 20 {
		t.Errorf("a limit lowered between two processes is no debt: %+v", got)
	}
	fresh := openManager(t, l, budget.Config{Limits: totalLimit(100), NewPeriod: true})
	if got := total(fresh); fresh.Period().ID != 2 || !got.Settled.IsZero() {
		t.Errorf("period %d: %+v", fresh.Period().ID, got)
	}
}

func TestATabWritesTheSettlementWithItsResult(t *testing.T) {
	l := &faultyLedger{Memory: new(budget.Memory)}
	m := openManager(t, l, budget.Config{Limits: totalLimit(1000)})
	var writes [][]budget.Op
	l.seen = func(entries []budget.Entry) {
		var ops []budget.Op
		for _, e := range entries {
			ops = append(ops, e.Op)
		}
		writes = append(writes, ops)
	}
	ctx := budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("t1"))
	ctx, tab := m.Tab(ctx, budget.Refuse)
	for range 2 {
		r := mustReserve(t, m, ctx, call(60, 40))
		r.Sent()
		must(t, r.Settle(ctx, used(60, 10)))
	}
	leaked := mustReserve(t, m, ctx, call(10, 10))
	leaked.Sent()
	sum := tab.Summary()
	if sum.Attempts != 2 || sum.Used.Tokens != 140 || sum.Hold.Tokens != 200 || sum.Returning.Tokens != 0 {
		t.Errorf("%+v", sum)
	}
	must(t, tab.Close(ctx, []byte(`{"output":"done"}`)))
	want := [][]budget.Op{
		{budget.OpReserve},
		{budget.OpSettle}, // before the next reservation, which must not wait for it
		{budget.OpReserve},
		{budget.OpSettle},
		{budget.OpReserve},
		{budget.OpSettle, budget.OpResult}, // the last settlement and the result: both or neither
	}
	if diff := cmp.Diff(want, writes); diff != "" {
		t.Error(diff)
	}
	if got := total(m); !got.Held.IsZero() || got.Assumed.Tokens != 20 {
		t.Errorf("%+v", got)
	}
	checkBooks(t, m, l.Memory, totalLimit(1000))
}

func TestATabKeepsWhatCouldNotBeWritten(t *testing.T) {
	l := &faultyLedger{Memory: new(budget.Memory)}
	m := openManager(t, l, budget.Config{Limits: totalLimit(1000)})
	ctx, tab := m.Tab(budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("t1")), budget.Wait)
	must(t, mustReserve(t, m, ctx, call(60, 40)).Settle(ctx, used(60, 10)))
	l.fail(errors.New("disk full"))
	if err := tab.Close(ctx, []byte(`{}`)); err == nil {
		t.Fatal("closed without books")
	}
	l.fail(nil)
	must(t, tab.Close(ctx, []byte(`{}`)))
	if got := total(m); !got.Held.IsZero() || got.Settled.Tokens != 70 {
		t.Errorf("%+v", got)
	}
	if got := ops(l.Memory); got[len(got)-1] != budget.OpResult {
		t.Error(got)
	}
	checkBooks(t, m, l.Memory, totalLimit(1000))
}

func TestTheFirstReservationOfATabNeedNotWait(t *testing.T) {
	m := openManager(t, new(budget.Memory), budget.Config{Limits: totalLimit(100)})
	mustReserve(t, m, t.Context(), call(60, 0))
	ctx, tab := m.Tab(t.Context(), budget.Refuse)
	_, err := m.Reserve(ctx, call(60, 0))
	var exceeded *budget.ExceededError
	if !errors.As(err, &exceeded) || exceeded.Final() || tab.Summary().Refused == nil {
		t.Errorf("err = %v, summary %+v", err, tab.Summary())
	}
}

// TestRandomSchedulesInTheBooks is TestRandomSchedules with a ledger.
func TestRandomSchedulesInTheBooks(t *testing.T) {
	limits := budget.Limits{
		budget.Total: budget.TokenLimit(5000), budget.Task(""): budget.TokenLimit(900), budget.Model("m"): budget.TokenLimit(4000),
	}
	for seed := range uint64(10) {
		l := new(budget.Memory)
		m := openManager(t, l, budget.Config{Limits: limits})
		var wg sync.WaitGroup
		for g := range uint64(8) {
			wg.Go(func() { randomBookedCalls(t, m, rand.New(rand.NewPCG(seed, g))) })
		}
		wg.Wait()
		checkBooks(t, m, l, limits)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func randomBookedCalls(t *testing.T, m *budget.Manager, rnd *rand.Rand) {
	for range 60 {
		ctx := budget.WithScopes(context.Background(), budget.Run("r"), budget.Task(string(rune('a'+rnd.IntN(6)))))
		var tab *budget.Tab
		if rnd.IntN(2) == 0 {
			ctx, tab = m.Tab(ctx, budget.Wait)
		}
		c := budget.Call{Model: []string{"m", "n"}[rnd.IntN(2)], Input: rnd.Int64N(50), MinOutput: 1, MaxOutput: 1 + rnd.Int64N(100)}
		r, err := m.Reserve(ctx, c)
		if err != nil {
			if !errors.As(err, new(*budget.ExceededError)) {
				t.Error(err)
			}
			continue
		}
		r.Sent()
		switch rnd.IntN(4) {
		case 0:
			err = r.Release(ctx, "status 500")
		case 1:
			err = r.Settle(ctx, used(c.Input+rnd.Int64N(60), r.Output()))
		case 2:
			err = r.Close(ctx)
		default:
			err = r.Settle(ctx, used(c.Input, rnd.Int64N(r.Output()+1)))
		}
		if tab != nil && err == nil {
			err = tab.Close(ctx, []byte(`{}`))
		}
		if err != nil {
			t.Error(err)
		}
		if rnd.IntN(30) == 0 {
			if err := m.Reset(ctx); err != nil && !errors.Is(err, budget.ErrConflict) {
				t.Error(err)
			}
		}
	}
}

func TestAFailedRecordLeavesNothingAndCanBeRepeated(t *testing.T) {
	l := &faultyLedger{Memory: new(budget.Memory)}
	m := openManager(t, l, budget.Config{Limits: totalLimit(100)})
	ctx, tab := m.Tab(t.Context(), budget.Wait)
	l.fail(errors.New("disk full"))
	usage := budget.Call{ID: "a", Model: "m"}
	if err := m.Record(ctx, usage, used(130, 0)); err == nil {
		t.Fatal("recorded without books")
	}
	l.fail(nil)
	must(t, m.Record(ctx, usage, used(130, 0)))
	if got := total(m); !got.Held.IsZero() || got.Settled.Tokens != 130 || got.Debt.Recorded.Tokens != 30 {
		t.Errorf("%+v", got)
	}
	if sum := tab.Summary(); sum.Attempts != 1 || sum.Used.Tokens != 130 {
		t.Errorf("the tab has %+v", sum)
	}
	checkBooks(t, m, l.Memory, totalLimit(100))
}

func TestEndingAgainWhatATabCouldNotWriteDoesNothing(t *testing.T) {
	l := &faultyLedger{Memory: new(budget.Memory)}
	m := openManager(t, l, budget.Config{Limits: totalLimit(1000)})
	ctx, tab := m.Tab(budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("t1")), budget.Wait)
	r := mustReserve(t, m, ctx, call(60, 40))
	must(t, r.Settle(ctx, used(60, 10)))
	l.fail(errors.New("disk full"))
	if err := tab.Close(ctx, nil); err == nil {
		t.Fatal("closed without books")
	}
	must(t, r.Close(ctx)) // deferred, perhaps
	l.fail(nil)
	must(t, tab.Close(ctx, nil))
	if got := total(m); !got.Held.IsZero() || got.Settled.Tokens != 70 {
		t.Errorf("%+v", got)
	}
	checkBooks(t, m, l.Memory, totalLimit(1000))
}

// A settlement that was written although the ledger said otherwise is the same when it is repeated.
func TestASettlementIsRepeatedAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, l := openGated(t, budget.Config{Limits: totalLimit(100)})
		var r budget.Reservation
		go func() { r = mustReserve(t, m, t.Context(), call(60, 0)) }()
		l.pass()
		l.lost = errors.New("connection lost")
		go func() {
			if err := r.Settle(t.Context(), used(70, 0)); !errors.Is(err, l.lost) {
				t.Errorf("err = %v", err)
			}
		}()
		l.pass()
		l.lost = nil
		time.Sleep(time.Minute)
		go func() { must(t, r.Close(t.Context())) }()
		l.pass()
		if got := total(m); !got.Held.IsZero() || got.Settled.Tokens != 70 {
			t.Errorf("%+v", got)
		}
		checkBooks(t, m, l.Memory, totalLimit(100))
	})
}

// While a task pauses before its next try, others can have what the refused attempt held.
func TestAReleaseDoesNotWaitOnATab(t *testing.T) {
	l := new(budget.Memory)
	m := openManager(t, l, budget.Config{Limits: totalLimit(100)})
	ctx, tab := m.Tab(budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("t1")), budget.Refuse)
	r := mustReserve(t, m, ctx, call(60, 40))
	r.Sent()
	must(t, r.Release(ctx, "status 500"))
	if got := ops(l); got[len(got)-1] != budget.OpRelease {
		t.Error(got)
	}
	other := mustReserve(t, m, t.Context(), call(60, 40))
	must(t, other.Release(t.Context(), budget.NotSent))
	if sum := tab.Summary(); sum.Attempts != 1 || !sum.Returning.IsZero() {
		t.Errorf("%+v", sum)
	}
	checkBooks(t, m, l, totalLimit(100))
}

func TestARecordThatCannotBeIsRefused(t *testing.T) {
	m := newManager(t, budget.Config{Limits: totalLimit(100)})
	for _, o := range []budget.Outcome{used(-1, 0), used(budget.MaxTokens+1, 0), {Billed: new(budget.NanoUSD(-1))}, {Billed: new(budget.NanoUSD(1 << 61))}} {
		if err := m.Record(t.Context(), budget.Call{Model: "m"}, o); err == nil {
			t.Errorf("recorded %+v", o)
		}
	}
	if got := total(m); !got.Settled.IsZero() {
		t.Errorf("%+v", got)
	}
}
