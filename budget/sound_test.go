package budget_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
)

// TestSound: the promise to the token and to the nano-USD, on both sides of each bound.
func TestSound(t *testing.T) {
	amount := func(tokens int64, cost budget.NanoUSD) budget.Amount {
		return budget.Amount{Tokens: tokens, Cost: cost}
	}
	both := budget.TokenLimit(100).WithCost(50)
	for _, test := range []struct {
		name          string
		limit         budget.Limit
		settled, held budget.Amount
		debts         budget.Debts
		want          string
	}{
		{"nothing", budget.Limit{}, amount(0, 0), amount(0, 0), budget.Debts{}, ""},
		{"at the limits", both, amount(60, 20), amount(40, 30), budget.Debts{}, ""},
		{"a token above", both, amount(61, 20), amount(40, 30), budget.Debts{}, "total: settled 61 + held 40 tokens > limit 100 + debt 0"},
		{"a nano-USD above", both, amount(60, 20), amount(40, 31), budget.Debts{},
			"total: settled $0.00000002 + held $0.000000031 > limit $0.00000005 + debt $0.00"},
		{"all of it owed", both, amount(60, 20), amount(45, 33), budget.Debts{Overrun: amount(2, 1), Soft: amount(3, 2)}, ""},
		{"not all of it owed", both, amount(60, 20), amount(46, 33), budget.Debts{Lowered: amount(5, 3)},
			"total: settled 60 + held 46 tokens > limit 100 + debt 5"},
		{"no tokens for money", both, amount(101, 0), amount(0, 0), budget.Debts{Recorded: amount(0, 50)},
			"total: settled 101 + held 0 tokens > limit 100 + debt 0"},
		{"unlimited", budget.Limit{}, amount(1<<61, 1<<61), amount(1<<61, 1<<61), budget.Debts{}, ""},
		{"beyond what is counted", budget.Limit{}, amount(1<<61, 0), amount(1<<61+1, 0), budget.Debts{},
			"total: budget: more than can be counted: settled 2305843009213693952 tokens, held 2305843009213693953 tokens, debt 0 tokens"},
		{"fewer than no tokens held", both, amount(5, 0), amount(-1, 0), budget.Debts{}, "total holds -1 tokens"},
		{"less than no money held", both, amount(5, 5), amount(0, -1), budget.Debts{}, "total holds 0 tokens, -$0.000000001"},
		{"a debt below zero", both, amount(5, 5), amount(0, 0), budget.Debts{Soft: amount(-1, 0)}, "total owes -1 tokens"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			s := budget.Status{Scope: budget.Total, Limit: test.limit, Counters: budget.Counters{Settled: test.settled, Held: test.held, Debt: test.debts}}
			if err := s.Sound(); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}
