package simulate

import (
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// model is the budget as its design describes it: one decision after the other, in maps, with no thought
// for speed. It shares no code with the manager but the names of things.
//
// It keeps two sets of counters. The present is what the manager should have in memory; the books are what
// its ledger should hold. They differ by the writes that are under way.
type model struct {
	rules   rules
	limits  budget.Limits
	period  int64
	started time.Time // of the period
	present map[budget.Account]*budget.Counters
	waiting []*call
	blocked map[budget.Account]bool // what somebody who waits was found short of
	stopped bool
	full    bool                   // stopped only because the sums can count no more
	learnt  map[string]budget.Tier // by family: the dearest of answers

	books      map[budget.Account]*budget.Counters
	bookPeriod int64
	bookStart  time.Time
	bookOpen   []*call // holds whose reservation is in the books and whose end is not
	attempts   []*attempt
}

// rules are what does not change while a manager lives.
type rules struct {
	soft, refuse bool
	prices       budget.Prices
	allowance    int64
}

// call is one attempt, from its arrival to its end.
type call struct {
	id         string
	model      string
	tier       budget.Tier
	scopes     []budget.Scope // labels, run, worker, task
	input      int64
	counted    int64 // another for each call: no two are the same
	min, max   int64
	cacheWrite bool
	unbounded  bool
	mayWait    bool

	accounts []budget.Account
	output   int64 // the cap granted
	tierHeld budget.Tier
	names    []budget.Scope // of the accounts as old books call them; nil for as they are called
	held     budget.Amount
	unpriced bool
	soft     map[budget.Account]budget.Amount // the debt that its grant made
	sent     bool
	charge   *charge // once it is known how it ends
	ending   bool    // its end is being written or stands on a tab
	booked   bool    // its end is in the books
	ended    bool
	tab      *tab

	short   map[budget.Scope]bool // as a waiter: was short of it when last looked at
	found   map[budget.Scope]bool // was short of it and then found room
	starved bool                  // has lost to others what it had found
}

// charge is how a call ends.
type charge struct {
	release  bool
	cause    budget.Cause
	used     budget.Amount
	usage    budget.Usage
	served   string
	tier     budget.Tier
	version  string        // of the prices that made the cost
	overrun  budget.Amount // counted as held until the end is booked
	assumed  bool
	unpriced bool
	learn    func() // what the answer tells of the account's own tier; may be nil
	debts    map[budget.Account]budget.Amount
	returned map[budget.Account]budget.Amount // soft debt
}

// verdict is what becomes of a call that asks.
type verdict string

const (
	granted      verdict = "granted"
	waits        verdict = "waits"
	exceeded     verdict = "exceeded for now"
	exceededEver verdict = "exceeded"
	noScope      verdict = "missing scope"
	noPrice      verdict = "unpriced"
	noBound      verdict = "unbounded"
	noCount      verdict = "uncountable"
	closed       verdict = "stopped"
)

func newModel(r rules, limits budget.Limits) *model {
	return &model{
		rules: r, limits: limits,
		present: make(map[budget.Account]*budget.Counters), books: make(map[budget.Account]*budget.Counters),
		blocked: make(map[budget.Account]bool),
	}
}

func of(counters map[budget.Account]*budget.Counters, a budget.Account) *budget.Counters {
	if counters[a] == nil {
		counters[a] = new(budget.Counters)
	}
	return counters[a]
}

// accountsOf lists what the call is charged to.
func (m *model) accountsOf(c *call) []budget.Account {
	accounts := []budget.Account{{Period: m.period, Scope: budget.Total}, {Period: m.period, Scope: budget.Model(family(c.model))}}
	run := ""
	for _, s := range c.scopes {
		if s.Kind == budget.KindRun {
			run = s.Name
		}
	}
	for _, s := range c.scopes {
		if s.Kind == budget.KindLabel {
			accounts = append(accounts, budget.Account{Period: m.period, Scope: s})
			continue
		}
		accounts = append(accounts, budget.Account{Run: run, Scope: s})
	}
	return accounts
}

// ask decides about a call that arrives, changing nothing.
func (m *model) ask(c *call) (verdict, int64) {
	if m.stopped {
		return closed, 0
	}
	if !m.countable(c) {
		return noCount, 0
	}
	if !m.rules.soft {
		if v := m.inadmissible(c); v != granted {
			return v, 0
		}
	}
	c.accounts = m.accountsOf(c)
	if !m.behind(c) {
		if output, ok := m.fit(c); ok {
			return granted, output
		}
	}
	switch {
	case m.rules.soft:
		return granted, c.max
	case m.hopeless(c):
		return exceededEver, 0
	case !c.mayWait || m.rules.refuse:
		return exceeded, 0
	}
	return waits, 0
}

// arrive is ask with its consequences.
func (m *model) arrive(c *call) verdict {
	v, output := m.ask(c)
	switch v {
	case granted:
		m.grant(c, output)
	case waits:
		c.short, c.found = make(map[budget.Scope]bool), make(map[budget.Scope]bool)
		m.block(c)
		m.waiting = append(m.waiting, c)
	}
	return v
}

// inadmissible says why strict mode can never admit the call under the limits in force.
func (m *model) inadmissible(c *call) verdict {
	for _, kind := range []budget.Kind{budget.KindLabel, budget.KindRun, budget.KindWorker, budget.KindTask} {
		named := false
		for _, s := range c.scopes {
			named = named || s.Kind == kind
		}
		if !named && !m.limits[budget.Scope{Kind: kind}].Unlimited() {
			return noScope
		}
	}
	if c.unbounded && m.rules.allowance == 0 {
		return noBound
	}
	price, priced := m.priceOf(c.model)
	if _, known := factor(price, c.tier); !priced || !known {
		for _, a := range m.accountsOf(c) {
			if m.limits.Of(a.Scope).Cost != nil {
				return noPrice
			}
		}
	}
	return granted
}

func (c *call) least() int64 { return max(c.min, min(1, c.max)) }

// fit returns the largest output cap for which there is room everywhere.
func (m *model) fit(c *call) (int64, bool) {
	for output := c.max; output >= c.least(); output-- {
		if m.room(c, output) {
			return output, true
		}
	}
	return 0, false
}

func (m *model) room(c *call, output int64) bool {
	want := m.want(c, output)
	for _, a := range c.accounts {
		if m.lacks(a, want) {
			return false
		}
	}
	return true
}

// lacks reports whether the account has no room for want now.
func (m *model) lacks(a budget.Account, want budget.Amount) bool {
	counters := of(m.present, a)
	return exceeds(m.limits.Of(a.Scope), counters.Settled.Add(counters.Held), want)
}

// exceeds reports whether want adds to an amount that then stands above the limit. What adds nothing never does.
func exceeds(l budget.Limit, spent, want budget.Amount) bool {
	over := above(l, spent.Add(want))
	return want.Tokens > 0 && over.Tokens > 0 || want.Cost > 0 && over.Cost > 0
}

// hopeless reports whether the call would not fit even if every hold returned.
func (m *model) hopeless(c *call) bool {
	want := m.want(c, c.least())
	for _, a := range c.accounts {
		if exceeds(m.limits.Of(a.Scope), of(m.present, a).Settled, want) {
			return true
		}
	}
	return false
}

// above is the part of spent that exceeds the limit.
func above(l budget.Limit, spent budget.Amount) (over budget.Amount) {
	if l.Tokens != nil {
		over.Tokens = max(0, spent.Tokens-*l.Tokens)
	}
	if l.Cost != nil {
		over.Cost = max(0, spent.Cost-*l.Cost)
	}
	return over
}
