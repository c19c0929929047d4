package view

import (
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
)

// Excess is what stands on a scope above a limit that was lowered.
type Excess struct {
	Of   budget.Status
	Debt budget.Amount // tokens, money or both
}

// ExcessText tells each, a line.
func ExcessText(list []Excess) string {
	var b strings.Builder
	for _, e := range list[:min(len(list), maxListed)] {
		fmt.Fprintf(&b, "%s: %s more than the new limit is spent already and becomes debt: settled %s tokens (%s), held %s\n",
			escape.Line(e.Of.Scope.String()), e.amount(), Number(e.Of.Settled.Tokens), costText(e.Of.Counters), Number(e.Of.Held.Tokens))
	}
	return b.String() + more(len(list))
}

func (e Excess) amount() string {
	switch {
	case e.Debt.Cost == 0:
		return Plural(int(e.Debt.Tokens), "token")
	case e.Debt.Tokens == 0:
		return e.Debt.Cost.String()
	}
	return fmt.Sprintf("%s and %v", Plural(int(e.Debt.Tokens), "token"), e.Debt.Cost)
}
