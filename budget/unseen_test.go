package budget_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
)

// unseen is a call with a counted input of 100, an output cap of 50 (at least 10) and what nobody can count.
func unseen(u *budget.Unseen) budget.Call {
	return budget.Call{Model: "m", Input: 100, MinOutput: 10, MaxOutput: 50, Certainty: budget.None, Unseen: u}
}

func TestWhatIsUnseenIsHeldAtItsOwnBound(t *testing.T) {
	const price = 2 * budget.USD // for a million tokens: 2000 nano-USD each
	for name, tt := range map[string]struct {
		unseen    *budget.Unseen
		allowance int64
		mode      budget.Mode
		tokens    int64
		cost      budget.NanoUSD
		refusal   string
	}{
		"nothing known":               {nil, 0, "", 0, 0, "budget: the input of the call has no known bound"},
		"the budget's allowance":      {nil, 700, "", 850, 850 * 2000, ""},
		"its own bound":               {&budget.Unseen{What: "tool x", Input: 300}, 0, "", 450, 450 * 2000, ""},
		"its own bound comes first":   {&budget.Unseen{What: "tool x", Input: 300}, 700, "", 450, 450 * 2000, ""},
		"a name and the allowance":    {&budget.Unseen{What: "tool x"}, 700, "", 850, 850 * 2000, ""},
		"fees":                        {&budget.Unseen{What: "tool x", Input: 300, Fees: 5_000_000}, 0, "", 450, 450*2000 + 5_000_000, ""},
		"fees in soft mode":           {&budget.Unseen{What: "tool x", Input: 300, Fees: 5_000_000}, 0, budget.Soft, 150, 150*2000 + 5_000_000, ""},
		"fees are no bound":           {&budget.Unseen{What: "tool x", Fees: 1}, 0, "", 0, 0, "it has tool x (allow it by unbounded_input_allowance under [budget]"},
		"a name":                      {&budget.Unseen{What: "tool x"}, 0, "", 0, 0, "it has tool x (allow it by unbounded_input_allowance under [budget], [providers.NAME] or"},
		"a name and a key":            {&budget.Unseen{What: "tool x", Key: "tokens_per_use"}, 0, "", 0, 0, "it has tool x (give that a bound by tokens_per_use, or allow it by unbounded_"},
		"less than nothing":           {&budget.Unseen{Input: -1}, 0, "", 0, 0, "unseen input of -1 tokens"},
		"more than an attempt can be": {&budget.Unseen{Input: budget.MaxAttemptTokens}, 0, "", 0, 0, "unseen input of"},
		"fees below zero":             {&budget.Unseen{Input: 1, Fees: -1}, 0, "", 0, 0, "fees of"},
		"fees beyond any":             {&budget.Unseen{Input: 1, Fees: budget.MaxAttemptCost + 1}, 0, "", 0, 0, "fees of"},
		"fees and tokens beyond any":  {&budget.Unseen{Input: 1, Fees: budget.MaxAttemptCost}, 0, "", 0, 0, "more than can be counted"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newManager(t, budget.Config{
				Mode: tt.mode, Allowance: tt.allowance, Limits: budget.Limits{budget.Total: budget.Limit{}.WithCost(budget.USD)},
				Prices: budget.Prices{"m": budget.FlatPrice(price, price)},
			})
			r, err := m.Reserve(t.Context(), unseen(tt.unseen))
			check := m.Check(t.Context(), unseen(tt.unseen))
			if tt.refusal != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refusal) || check == nil || check.Error() != err.Error() {
					t.Errorf("Reserve: %v, Check: %v, want %q", err, check, tt.refusal)
				}
				if strings.HasPrefix(tt.refusal, "it has") && (!errors.Is(err, budget.ErrUnbounded) || !errors.Is(err, budget.ErrRefused)) {
					t.Errorf("%T is not ErrUnbounded", err)
				}
				return
			}
			if want := (budget.Amount{Tokens: tt.tokens, Cost: tt.cost}); err != nil || check != nil || r.Held() != want || m.Most(unseen(tt.unseen)) != want {
				t.Errorf("held %v, most %v, errors %v %v, want %v", r.Held(), m.Most(unseen(tt.unseen)), err, check, want)
			}
			if err := r.Settle(t.Context(), budget.Outcome{Assumed: true}); err != nil || m.Total().Settled != r.Held() {
				t.Errorf("an attempt of which nothing is known: settled %v, error %v", m.Total().Settled, err)
			}
		})
	}
}

// Money that the fees need buys no output.
func TestFeesAreHeldBeforeOutput(t *testing.T) {
	const token = 2000 // nano-USD
	for _, tt := range []struct {
		left   budget.NanoUSD
		output int64 // -1: refused
	}{
		{400*token + 5000 + 50*token, 50}, {400*token + 5000 + 20*token, 20}, {400*token + 5000 + 10*token, 10},
		{400*token + 5000 + 9*token, -1}, {5000, -1}, {4999, -1}, {0, -1},
	} {
		m := newManager(t, budget.Config{
			OnFull: budget.Refuse, Limits: budget.Limits{budget.Total: budget.Limit{}.WithCost(tt.left)},
			Prices: budget.Prices{"m": budget.FlatPrice(token*1_000_000, token*1_000_000)},
		})
		r, err := m.Reserve(t.Context(), unseen(&budget.Unseen{What: "tool x", Input: 300, Fees: 5000}))
		if tt.output < 0 {
			if !errors.As(err, new(*budget.ExceededError)) {
				t.Errorf("with %v: %v", tt.left, err)
			}
			continue
		}
		if err != nil || r.Output() != tt.output || r.Held().Cost != budget.NanoUSD(400+tt.output)*token+5000 {
			t.Errorf("with %v: output %d, held %v, error %v; want %d", tt.left, r.Output(), r.Held(), err, tt.output)
		}
	}
	free := newManager(t, budget.Config{
		OnFull: budget.Refuse, Limits: budget.Limits{budget.Total: budget.Limit{}.WithCost(4)}, Prices: budget.Prices{"m": budget.FlatPrice(0, 0)},
	})
	if r, err := free.Reserve(t.Context(), unseen(&budget.Unseen{Input: 1, Fees: 5})); err == nil {
		t.Errorf("fees beside free tokens passed the limit: held %v", r.Held())
	}
}
