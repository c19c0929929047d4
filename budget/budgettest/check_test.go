package budgettest_test

import (
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// TestProblems: each thing that Check promises to find is found, and nothing else.
func TestProblems(t *testing.T) {
	total := budget.Account{Period: 1, Scope: budget.Total}
	for _, test := range []struct {
		name   string
		damage func(*budget.State, []budget.Entry) []budget.Entry
		limits budget.Limits
		want   string // "" for no problem
	}{
		{"sound", keep, nil, ""},
		{"limit kept", keep, budget.Limits{budget.Total: budget.TokenLimit(150)}, ""},
		{"limit passed", keep, budget.Limits{budget.Total: budget.TokenLimit(149)}, "settled 40 + held 110 tokens > limit 149 + debt 0"},
		{"cost limit passed", keep, budget.Limits{budget.Task(""): budget.Limit{}.WithCost(8)}, "settled $0.000000004 + held $0.00"},
		{"excess booked as debt", func(s *budget.State, e []budget.Entry) []budget.Entry {
			e[1].Debts = []budget.Debt{{Scope: budget.Total, Cause: budget.CauseSoft, Amount: budget.Amount{Tokens: 51}}}
			c := s.Totals[total]
			c.Debt.Soft.Tokens = 51
			s.Totals[total], s.Open = c, e[1:2]
			return e
		}, budget.Limits{budget.Total: budget.TokenLimit(99)}, ""},
		{"another sum", func(s *budget.State, e []budget.Entry) []budget.Entry {
			s.Totals[total] = budget.Counters{}
			return e
		}, nil, "totals differ"},
		{"an account without entries", func(s *budget.State, e []budget.Entry) []budget.Entry {
			s.Totals[budget.Account{Period: 1, Scope: budget.Model("x")}] = budget.Counters{}
			return e
		}, nil, "model:x in period 1: totals differ"},
		{"a missing account", func(s *budget.State, e []budget.Entry) []budget.Entry {
			delete(s.Totals, total)
			return e
		}, nil, "no totals"},
		{"a leaked hold", func(s *budget.State, e []budget.Entry) []budget.Entry {
			s.Open = append(s.Open, e[0])
			return e
		}, nil, "open holds differ"},
		{"a lost hold", func(s *budget.State, e []budget.Entry) []budget.Entry {
			s.Open = nil
			return e
		}, nil, "open holds differ"},
		{"another period", func(s *budget.State, e []budget.Entry) []budget.Entry {
			s.Period.ID = 2
			s.Totals = nil
			return e
		}, nil, "period 2, the entries say 1"},
		{"closed before it was open", func(_ *budget.State, e []budget.Entry) []budget.Entry {
			return []budget.Entry{e[2], e[0], e[1]}
		}, nil, "holds -100 tokens"},
	} {
		t.Run(test.name, func(t *testing.T) {
			state, entries := books(t)
			entries = test.damage(&state, entries)
			problems := strings.Join(budgettest.Problems(state, test.limits, entries), "\n")
			if test.want == "" && problems != "" || !strings.Contains(problems, test.want) {
				t.Errorf("problems %q, want %q", problems, test.want)
			}
		})
	}
}

func keep(_ *budget.State, e []budget.Entry) []budget.Entry { return e }

// books are two holds, of 100 and 110 tokens, the first settled at 40.
func books(t *testing.T) (budget.State, []budget.Entry) {
	t.Helper()
	made := budgettest.NewBooks("a", 1)
	hold := func(id string, tokens int64) budget.Entry {
		e := made.Next()
		return budget.Entry{ID: id, Op: budget.OpReserve, Time: e.Time, Period: 1,
			Scopes: []budget.Scope{budget.Total, budget.Task("t")},
			Hold:   budget.Amount{Tokens: tokens, Cost: budget.NanoUSD(tokens / 10)}}
	}
	first, second := hold("1", 100), hold("2", 110)
	settled := first
	settled.Op, settled.Used = budget.OpSettle, budget.Amount{Tokens: 40, Cost: 4}
	m := new(budget.Memory)
	if err := m.Append(t.Context(), first, second, settled); err != nil {
		t.Fatal(err)
	}
	state, err := m.Load(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return state, m.Entries()
}
