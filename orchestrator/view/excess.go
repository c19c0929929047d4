package view

import (
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// ExcessText tells what stands above limits that were lowered, a line a scope.
func ExcessText(list []project.Excess) string {
	var b strings.Builder
	for _, e := range list[:min(len(list), maxListed)] {
		fmt.Fprintf(&b, "%s: %s more than the new limit is spent already and becomes debt: settled %s tokens (%s), held %s\n",
			escape.Line(e.Of.Scope.String()), AmountText(e.Debt), Number(e.Of.Settled.Tokens), costText(e.Of.Counters), Number(e.Of.Held.Tokens))
	}
	return b.String() + more(len(list))
}

// AmountText is an amount of which tokens, money or both are above zero: "1,200 tokens and $0.02".
func AmountText(a budget.Amount) string {
	switch {
	case a.Cost == 0:
		return Plural(int(a.Tokens), "token")
	case a.Tokens == 0:
		return a.Cost.String()
	}
	return fmt.Sprintf("%s and %v", Plural(int(a.Tokens), "token"), a.Cost)
}
