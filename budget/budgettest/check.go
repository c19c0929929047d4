package budgettest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// Check reports through tb where books contradict themselves: state is what a ledger loaded, entries is all
// that was appended to it, and limits are those in force now (nil for none). It checks that
//
//   - the period of state is the one that the newest reset began or, without one, the highest seen;
//   - the totals of state are the fold of the entries, and no account of its period is missing;
//   - its open holds are the reservations that were neither settled nor released, oldest first;
//   - no account ever held less than nothing, after any of the entries;
//   - every account of state that has a limit is sound under it ([budget.Status.Sound]).
func Check(tb testing.TB, state budget.State, limits budget.Limits, entries []budget.Entry) {
	tb.Helper()
	for _, problem := range Problems(state, limits, entries) {
		tb.Error(problem)
	}
}

// Problems returns what [Check] reports, for callers that are no tests.
func Problems(state budget.State, limits budget.Limits, entries []budget.Entry) []string {
	var problems []string
	problems = append(problems, periodProblems(state, entries)...)
	problems = append(problems, totalProblems(state, entries)...)
	problems = append(problems, openProblems(state, entries)...)
	problems = append(problems, holdProblems(entries)...)
	problems = append(problems, limitProblems(state, limits)...)
	return problems
}

func periodProblems(state budget.State, entries []budget.Entry) []string {
	var seen, begun int64
	for _, e := range entries {
		seen = max(seen, e.Period)
		if e.Op == budget.OpReset {
			begun = e.Period
		}
	}
	want := cmp.Or(begun, seen)
	if state.Period.ID != want {
		return []string{fmt.Sprintf("period %d, the entries say %d", state.Period.ID, want)}
	}
	return nil
}

func totalProblems(state budget.State, entries []budget.Entry) (problems []string) {
	fold := books.Fold(entries)
	for _, account := range sorted(state.Totals) {
		want, ok := fold[account]
		if got := state.Totals[account]; !ok || got != want {
			problems = append(problems, fmt.Sprintf("%v: totals differ from the entries (-entries +totals):\n%s",
				account, gocmp.Diff(want, got)))
		}
	}
	for _, account := range sorted(fold) {
		if _, ok := state.Totals[account]; !ok && account.Scope.Kind.OfPeriod() && account.Period == state.Period.ID {
			problems = append(problems, fmt.Sprintf("%v: has entries and no totals", account))
		}
	}
	return problems
}

func openProblems(state budget.State, entries []budget.Entry) []string {
	closed := make(map[string]bool)
	for _, e := range entries {
		closed[e.ID] = closed[e.ID] || e.Op == budget.OpSettle || e.Op == budget.OpRelease
	}
	open := slices.DeleteFunc(slices.Clone(entries), func(e budget.Entry) bool {
		return e.Op != budget.OpReserve || closed[e.ID]
	})
	if diff := gocmp.Diff(open, state.Open, cmpopts.EquateEmpty()); diff != "" {
		return []string{"open holds differ from the entries (-entries +state):\n" + diff}
	}
	return nil
}

func holdProblems(entries []budget.Entry) (problems []string) {
	totals := make(map[budget.Account]budget.Counters)
	for i, e := range entries {
		for _, s := range e.Scopes {
			account := e.Account(s)
			c := totals[account]
			c.Apply(e, s)
			totals[account] = c
			if c.Held.Tokens < 0 || c.Held.Cost < 0 {
				problems = append(problems, fmt.Sprintf("%v: holds %v after entry %d (%s %s)",
					account, c.Held, i, e.Op, e.ID))
			}
		}
	}
	return problems
}

func limitProblems(state budget.State, limits budget.Limits) (problems []string) {
	for _, account := range sorted(state.Totals) {
		limit := limits.Of(account.Scope)
		if limit.Unlimited() {
			continue
		}
		if err := (budget.Status{Scope: account.Scope, Limit: limit, Counters: state.Totals[account]}).Sound(); err != nil {
			problems = append(problems, fmt.Sprintf("%v: %v", account, err))
		}
	}
	return problems
}

// sorted returns the accounts of totals in a fixed order, so that a failing test always reads the same.
func sorted(totals map[budget.Account]budget.Counters) []budget.Account {
	return slices.SortedFunc(maps.Keys(totals), func(a, b budget.Account) int {
		return cmp.Or(cmp.Compare(a.Period, b.Period), cmp.Compare(a.Run, b.Run),
			cmp.Compare(a.Scope.String(), b.Scope.String()))
	})
}
