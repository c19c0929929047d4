package books

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

// What an audit finds wrong with an entry by itself.

// scoped checks that e is charged to at most one scope of a kind, but to several labels: no account twice, and no two runs.
func scoped(e budget.Entry) error {
	labels := 0
	for i, s := range e.Scopes {
		alike := func(other budget.Scope) bool { return other.Kind == s.Kind }
		if s.Kind == budget.KindLabel {
			labels++
			alike = func(other budget.Scope) bool { return other == s }
		}
		switch {
		case labels > budget.MaxLabels || i == budget.MaxScopes:
			return fmt.Errorf("it is charged to %d scopes", len(e.Scopes))
		case !slices.ContainsFunc(e.Scopes[:i], alike):
		case s.Kind == budget.KindLabel:
			return fmt.Errorf("it is charged to %v twice", s)
		default:
			return fmt.Errorf("it is charged to two scopes of the kind %s", s.Kind)
		}
	}
	return nil
}

// consistent checks the figures of e among themselves.
func consistent(e budget.Entry) error {
	hold, charge := e.Op == budget.OpReserve || e.Op == budget.OpSettle || e.Op == budget.OpRelease, e.Op == budget.OpSettle || e.Op == budget.OpRecord || e.Op == budget.OpAdjust
	switch {
	case !hold && !e.Hold.IsZero():
		return fmt.Errorf("it holds %v, which a %s entry cannot", e.Hold, e.Op)
	case e.Hold != e.Hold.Max(budget.Amount{}):
		return fmt.Errorf("it holds %v", e.Hold)
	case !charge && (!e.Used.IsZero() || !e.Usage.IsZero() || !e.Overrun.IsZero()):
		return fmt.Errorf("it charges %v, which a %s entry cannot", e.Used, e.Op)
	case e.Used.Tokens != e.Usage.Tokens():
		return fmt.Errorf("it charges %d tokens, its usage is %d", e.Used.Tokens, e.Usage.Tokens())
	case e.Unpriced && e.Used.Cost != 0:
		return fmt.Errorf("it charges %v without a price", e.Used.Cost)
	case e.Op != budget.OpAdjust && (e.Usage.Negative() || e.Used.Cost < 0):
		return fmt.Errorf("it charges %v, which only a correction can", e.Used)
	case !e.Unpriced && charge && (max(e.Usage.Fees, -e.Usage.Fees) > max(e.Used.Cost, -e.Used.Cost)):
		return fmt.Errorf("its fees are %v, more than its cost of %v", e.Usage.Fees, e.Used.Cost)
	case e.Op == budget.OpAdjust && strings.TrimSpace(e.Reason) == "":
		return errors.New("it is a correction without a reason")
	}
	if over := e.Used.Sub(e.Hold).Max(budget.Amount{}); e.Op == budget.OpSettle && e.Overrun != over {
		return fmt.Errorf("its overrun is %v, it used %v more than it held", e.Overrun, over)
	}
	return nil
}

// Figures beyond these are no books': sums of two such amounts, or of an account with one, still fit into
// an int64, so that they can be found out.
const (
	soundTokens = 1 << 57
	soundCost   = 1 << 61
)

func bounded(e budget.Entry) error {
	u := e.Usage
	for _, n := range u.Figures() {
		if *n > budget.MaxTokens || *n < -budget.MaxTokens {
			return fmt.Errorf("a usage of %d tokens is more than can be counted", *n)
		}
	}
	amounts := []budget.Amount{e.Hold, e.Used, e.Overrun, {Cost: u.Fees}}
	var owed budget.Amount
	for _, d := range e.Debts {
		amounts = append(amounts, d.Amount)
		if sound(d.Amount) && sound(owed) {
			owed = owed.Add(d.Amount.Max(budget.Amount{}.Sub(d.Amount)))
		}
	}
	for _, a := range append(amounts, owed) {
		if !sound(a) {
			return fmt.Errorf("an amount of %v is more than can be counted", a)
		}
	}
	return nil
}

func sound(a budget.Amount) bool {
	return a.Tokens <= soundTokens && a.Tokens >= -soundTokens && a.Cost <= soundCost && a.Cost >= -soundCost
}
