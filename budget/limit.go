package budget

import "fmt"

// Limit is the most that a scope may spend. A nil field is unlimited; zero means nothing may be spent. What remains of a
// limit, limit - settled - held, is one again, and may be below zero.
type Limit struct {
	Tokens *int64   `json:"tokens"`
	Cost   *NanoUSD `json:"cost_nano_usd"`
}

// TokenLimit is a limit of n tokens and any cost.
func TokenLimit(n int64) Limit { return Limit{Tokens: &n} }

// WithCost returns l with a limit of c on its cost.
func (l Limit) WithCost(c NanoUSD) Limit { return Limit{Tokens: l.Tokens, Cost: &c} }

// Unlimited reports whether l limits nothing.
func (l Limit) Unlimited() bool { return l.Tokens == nil && l.Cost == nil }

// Equal reports whether l and other limit the same.
func (l Limit) Equal(other Limit) bool {
	return same(l.Tokens, other.Tokens) && same(l.Cost, other.Cost)
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// validate reports a limit that nobody can mean.
func (l Limit) validate() error {
	if l.Tokens != nil && (*l.Tokens < 0 || *l.Tokens > MaxTokens) {
		return fmt.Errorf("%d tokens (at least 0, at most %d)", *l.Tokens, MaxTokens)
	}
	if l.Cost != nil && (*l.Cost < 0 || *l.Cost > maxCost) {
		return fmt.Errorf("%v (at least $0.00, at most %v)", *l.Cost, maxCost)
	}
	return nil
}

// Less returns l lowered by a, to zero at the least.
func (l Limit) Less(a Amount) Limit {
	if l.Tokens != nil {
		l = Limit{Tokens: new(max(0, *l.Tokens-a.Tokens)), Cost: l.Cost}
	}
	if l.Cost != nil {
		l = l.WithCost(max(0, *l.Cost-a.Cost))
	}
	return l
}

// narrow returns the smaller of l and other, tokens and cost apart.
func (l Limit) narrow(other Limit) Limit {
	if l.Tokens == nil || other.Tokens != nil && *other.Tokens < *l.Tokens {
		l.Tokens = other.Tokens
	}
	if l.Cost == nil || other.Cost != nil && *other.Cost < *l.Cost {
		l.Cost = other.Cost
	}
	return l
}

// after returns what remains of l when that much of it is spent. It may be below zero.
func (l Limit) after(spent Amount) Limit {
	if l.Tokens != nil {
		l.Tokens = new(*l.Tokens - spent.Tokens)
	}
	if l.Cost != nil {
		l.Cost = new(*l.Cost - spent.Cost)
	}
	return l
}

// Covers reports whether a fits into what remains. What is nothing always fits.
func (l Limit) Covers(a Amount) bool {
	return (l.Tokens == nil || a.Tokens == 0 || a.Tokens <= *l.Tokens) &&
		(l.Cost == nil || a.Cost == 0 || a.Cost <= *l.Cost)
}

// Limits holds the limit of each scope. A scope of a kind without a name (Task("")) stands for every scope
// of that kind which has no limit of its own. A scope that is absent is unlimited.
type Limits map[Scope]Limit

// Of returns the limit in force for s.
func (l Limits) Of(s Scope) Limit {
	if own, ok := l[s]; ok {
		return own
	}
	return l[Scope{Kind: s.Kind}]
}

// mandatory reports whether every attempt must name a scope of this kind, because each scope of the kind
// has a limit: an attempt that names none would escape it.
func (l Limits) mandatory(k Kind) bool {
	return !l[Scope{Kind: k}].Unlimited()
}
