package budget

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// unlimited is a limit that no sum of amounts reaches.
const unlimited = math.MaxInt64

// account is one scope's counters and the limit in force. Its manager's mutex guards it.
type account struct {
	Counters
	key   Account
	limit Limit

	// maxTokens and maxCost are limit, with unlimited for nil: what the hot path compares with.
	maxTokens int64
	maxCost   NanoUSD

	// blocked is the number of the manager's last pass over its waiters that found one short of this
	// account: later callers may not pass it. An older number means that nobody waits.
	blocked uint64

	warned int // the highest threshold that was reached, in percent, and warned of

	uncountable bool // what was loaded is no sum of books
}

func (a *account) setLimit(l Limit) {
	a.limit, a.maxTokens, a.maxCost = l, unlimited, unlimited
	if l.Tokens != nil {
		a.maxTokens = *l.Tokens
	}
	if l.Cost != nil {
		a.maxCost = *l.Cost
	}
}

func (a *account) spent() Amount { return a.Settled.Add(a.Held) }

// covers reports whether the limit leaves room for want beside spent. What adds nothing always has room.
func (a *account) covers(spent, want Amount) bool {
	return (a.maxTokens == unlimited || want.Tokens == 0 || spent.Tokens+want.Tokens <= a.maxTokens) &&
		(a.maxCost == unlimited || want.Cost == 0 || spent.Cost+want.Cost <= a.maxCost)
}

// counts reports whether the account can count more beside all that it counts: its sums stay below the most that they
// may come to.
func (a *account) counts(more Amount) bool {
	return a.Settled.Tokens+a.Held.Tokens+more.Tokens <= maxSum && a.Settled.Cost+a.Held.Cost+more.Cost <= maxSum
}

// owes reports whether the account can owe more beside all that it owes, if it has a limit to owe for.
func (a *account) owes(more Amount) bool {
	return !a.limited() || a.Debt.Total().Add(more).Countable()
}

func (a *account) limited() bool { return a.maxTokens != unlimited || a.maxCost != unlimited }

// over is the part of what is settled and held that stands above the limit.
func (a *account) over() (over Amount) {
	spent := a.spent()
	if a.maxTokens != unlimited {
		over.Tokens = max(0, spent.Tokens-a.maxTokens)
	}
	if a.maxCost != unlimited {
		over.Cost = max(0, spent.Cost-a.maxCost)
	}
	return over
}

// hold adds amount to what is held and books as debt of cause what that puts above the limit. It compares
// with what stood above it before, not with the debt: an old debt, from before a limit was raised or a hold
// returned, must not hide a new excess.
func (a *account) hold(amount Amount, cause Cause) Amount {
	before := a.over()
	a.Held = a.Held.Add(amount)
	debt := a.over().Sub(before)
	a.addDebt(cause, debt)
	return debt
}

func (a *account) addDebt(cause Cause, amount Amount) {
	debt := a.Debt.Of(cause)
	*debt = debt.Add(amount)
}

// exceeded describes why want does not fit into a, in the period p.
func (a *account) exceeded(want Amount, p Period) *ExceededError {
	e := &ExceededError{Scope: a.key.Scope, Limit: a.limit, Settled: a.Settled, Held: a.Held, Wanted: want}
	if a.key.Scope.Kind.OfPeriod() {
		e.Until = p.End
	}
	return e
}

// resolution is the accounts of one attempt: those of a context's scopes, of its model and of the total.
type resolution struct {
	manager  *Manager
	model    string
	price    *Price // of the model, nil without one
	period   int64
	accounts []*account           // widest first
	few      [len(kinds)]*account // where they are, unless there are several labels

	invalid error // of a model that no ledger could keep

	// names are the scopes as an earlier entry of the attempt has them, where that is not as the accounts are
	// called: models are counted by their families, and old books were not.
	names []Scope
}

func newResolution(m *Manager, model string, period int64) *resolution {
	r := &resolution{manager: m, model: model, period: period}
	r.accounts = r.few[:0]
	return r
}

func (r *resolution) each() []*account { return r.accounts }

// small reports whether no counter has come near the most that is counted, so that no call takes one there.
func (r *resolution) small() bool {
	var bits int64
	for _, a := range r.each() {
		bits |= a.Settled.Tokens | a.Held.Tokens | int64(a.Settled.Cost) | int64(a.Held.Cost)
	}
	return bits >= 0 && bits < maxSum/4
}

// scope is what the books call account i.
func (r *resolution) scope(i int) Scope {
	if r.names != nil {
		return r.names[i]
	}
	return r.accounts[i].key.Scope
}

func (r *resolution) scopes() []Scope {
	out := make([]Scope, len(r.accounts))
	for i := range out {
		out[i] = r.scope(i)
	}
	return out
}

// resolve finds the accounts of a call. The caller holds m.mu.
func (m *Manager) resolve(set *scopeSet, model string) *resolution {
	if set != nil {
		if r := set.resolved.Load(); r != nil && r.manager == m && r.period == m.period.ID && r.model == model {
			return r
		}
	} else {
		set = noScopes
	}
	r := newResolution(m, model, m.period.ID)
	if !utf8.ValidString(model) {
		r.invalid = fmt.Errorf("budget: call of a model whose name is not UTF-8: %q", model)
		return r // no account has such a name
	}
	r.price = m.priceOf(model)
	run := set.name(KindRun)
	r.charge(Account{Period: m.period.ID, Scope: Total})
	if model != "" {
		r.charge(Account{Period: m.period.ID, Scope: Model(m.family(model))})
	}
	for i, kind := range kinds {
		for _, name := range set.of(i) {
			key := Account{Run: run, Scope: Scope{kind, name}}
			if kind.OfPeriod() {
				key.Period, key.Run = m.period.ID, ""
			}
			r.charge(key)
		}
	}
	if set != noScopes {
		set.resolved.Store(r)
	}
	return r
}

// charge adds the account of key. The caller holds the manager's mutex.
func (r *resolution) charge(key Account) { r.accounts = append(r.accounts, r.manager.account(key)) }

// noScopes stands for a context that carries none.
var noScopes = &scopeSet{}

// missingScope returns the first kind that a call must name and does not, or "".
func (m *Manager) missingScope(set *scopeSet) Kind {
	if set == nil {
		set = noScopes
	}
	for i, kind := range kinds {
		if m.required[i] && !set.present[i] {
			return kind
		}
	}
	return ""
}
