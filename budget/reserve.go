package budget

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"
)

// hold is what a reservation keeps from everyone else. Ended holds are used again, so that the steady
// state allocates nothing; gen tells a handle of an earlier life from one of this.
type hold struct {
	gen      uint64
	manager  *Manager
	call     Call
	accounts *resolution
	output   int64  // the cap granted
	granted  Amount // as reserved
	amount   Amount // as held now: granted, grown by an overrun that is being settled
	price    *Price // nil if the model has none
	tier     Tier   // held for
	over     bool   // admitted over a limit, in soft mode
	sent     bool
	ending   bool               // a settlement or release is being written
	soft     [len(kinds)]Amount // the debt that the grant booked on each account
	settling bool               // charge is computed: a repeated Settle books the same
	charge   charge
	counted  bool // on the tab
	kept     bool // its end is on the tab, to be written
	tab      *Tab

	deadline   time.Time // after which it has leaked; zero for never
	prev, next *hold     // in the manager's open holds
}

// Reserve holds the most that the attempt c can use, on all its scopes at once: those of ctx, the model and
// the total. The output cap granted is c.MaxOutput or, where the headroom is smaller, what it buys, never
// below c.MinOutput.
//
// In strict mode, while holds in flight could still return enough, Reserve waits in order of arrival; a
// waiter holds up only later callers that share a scope it is short of (or had been, and lost to others what
// it had found there). It fails at once with an *[ExceededError] when even the return of every hold would
// not help. It never waits with [Refuse], nor under a context that already holds a reservation (see
// [WithReservation]), for nobody may wait while holding. In soft mode it admits every call.
//
// With a ledger the hold is durable when Reserve returns. An error means that no hold remains.
func (m *Manager) Reserve(ctx context.Context, c Call) (Reservation, error) {
	tab := tabFrom(ctx)
	wait := m.cfg.OnFull != Refuse && ctx.Value(reservationKey{}) == nil && tab.mayWait()
	return m.reserve(ctx, &c, tab, wait)
}

// TryReserve is Reserve that never waits, and never passes a caller that does.
func (m *Manager) TryReserve(ctx context.Context, c Call) (Reservation, error) {
	return m.reserve(ctx, &c, tabFrom(ctx), false)
}

func (m *Manager) reserve(ctx context.Context, c *Call, tab *Tab, wait bool) (r Reservation, err error) {
	if err := c.validate(); err != nil {
		return Reservation{}, err
	}
	if err := ctx.Err(); err != nil {
		return Reservation{}, context.Cause(ctx)
	}
	if tab != nil {
		// What earlier calls of the task did not use must not be what this one waits for.
		if err := tab.flush(ctx); err != nil {
			return Reservation{}, err
		}
	}
	if err := m.turn(ctx); err != nil {
		return Reservation{}, err
	}
	if c.ID == "" && m.cfg.Ledger != nil {
		c.ID = NewID()
	}
	set, _ := ctx.Value(scopesKey{}).(*scopeSet)
	m.mu.Lock()
	h, w, err := m.admit(set, c, wait)
	m.mu.Unlock()
	if w != nil {
		h, err = m.await(ctx, w)
	}
	if err != nil {
		tab.refused(err)
		return Reservation{}, err
	}
	r = h.reservation()
	if m.cfg.Ledger != nil {
		if err := m.bookReserve(ctx, h); err != nil {
			return Reservation{}, err
		}
	}
	h.tab = tab
	m.watch(h)
	tab.opened(h, r)
	return r, nil
}

// NewID returns an id for an attempt that no other attempt has. Ids begin with the time, so that those made
// together stand together in an index; 80 random bits follow.
func NewID() string {
	return fmt.Sprintf("%011x", time.Now().UnixMilli()) + rand.Text()[:16]
}

// admit grants the call, or says why not, or (if wait) returns the waiter that stands in line for it.
// The caller holds m.mu.
func (m *Manager) admit(set *scopeSet, c *Call, wait bool) (*hold, *waiter, error) {
	var req demand
	if err := m.demand(set, c, &req); err != nil {
		return nil, nil, err
	}
	if !req.behind(m.scan, len(m.waiters)) {
		if output, ok := req.fit(); ok {
			return m.grant(&req, output), nil, nil
		}
	}
	if m.cfg.Mode == Soft {
		return m.grant(&req, req.call.MaxOutput), nil, nil
	}
	if err := req.hopeless(m.period); err != nil {
		return nil, nil, err
	}
	if !wait {
		return nil, nil, req.short(m.scan, m.period)
	}
	w := &waiter{demand: req, set: set, ready: make(chan struct{})}
	w.block(m.scan)
	m.waiters = append(m.waiters, w)
	m.awaitTurn()
	return nil, w, nil
}

// demand is a call with its accounts and its price: what the limits are asked for.
type demand struct {
	call     Call
	accounts *resolution
	price    *Price // nil if the model has none
	tier     Tier   // to hold for
	factor   Ratio  // of the price, at its dearest in that tier
	most     Amount // what the call holds if it is granted its whole output cap; see countable
}

// demand resolves c into d. It refuses what no state of the budget could admit.
func (m *Manager) demand(set *scopeSet, c *Call, d *demand) error {
	if m.stopped != nil {
		return m.stopped
	}
	if set != nil && set.invalid != nil {
		return set.invalid
	}
	d.call, d.accounts = *c, m.resolve(set, c.Model)
	if c.Tier.said() {
		d.call.Tier = c.Tier.normal()
	}
	if c.Counted == 0 {
		d.call.Counted = c.Input
	}
	m.allow(&d.call)
	m.appraise(d, d.accounts.price)
	if err := d.countable(); err != nil || m.cfg.Mode == Soft {
		return err
	}
	return m.admissible(set, d)
}

// appraise gives d its price and the dearest factor that its tier may come to: a request for a cheaper or a dearer
// service may be served as the standard one, and one that names none as the account's setting wants.
func (m *Manager) appraise(d *demand, price *Price) {
	d.price, d.tier, d.factor = price, d.call.Tier, One
	if price == nil || !price.tiered() {
		return
	}
	d.tier = d.tier.or(m.tiers[m.family(d.call.Model)])
	d.factor, _ = price.factor(d.tier)
	if standard, _ := price.factor(Tier{Region: d.tier.Region}); d.factor.Less(standard) {
		d.tier.Service, d.factor = StandardService, standard
	}
}

// countable refuses a call that could cost more than an attempt can, and one that could take a sum past what is
// counted. It is asked before every grant.
func (d *demand) countable() error {
	d.most = d.amount(d.call.MaxOutput)
	most := d.most
	if most.Cost > MaxAttemptCost {
		return fmt.Errorf("%w: a call of %s that could cost more than %v", ErrUncountable, d.call.Model, MaxAttemptCost)
	}
	soft := d.accounts.manager.cfg.Mode == Soft
	for _, a := range d.accounts.each() {
		if !a.counts(most) || soft && !a.owes(most) {
			return fmt.Errorf("%w: %v beside the %v of %v", ErrUncountable, most, a.spent(), a.key.Scope)
		}
	}
	return nil
}

// allow adds to c what strict mode holds for input of unknown size.
func (m *Manager) allow(c *Call) {
	if c.Bound == None && m.cfg.Mode != Soft {
		c.Input += m.cfg.Allowance
	}
}

// admissible returns an error if strict mode can never admit d under the limits in force. The caller holds
// m.mu.
func (m *Manager) admissible(set *scopeSet, d *demand) error {
	if missing := m.missingScope(set); missing != "" {
		return &MissingScopeError{missing}
	}
	if d.call.Bound == None && m.cfg.Allowance == 0 {
		return ErrUnbounded
	}
	if unpriced, priced := d.unpriced(); !priced {
		for _, a := range d.accounts.each() {
			if a.maxCost != unlimited {
				return &UnpricedError{Model: d.call.Model, Tier: unpriced, Scope: a.key.Scope}
			}
		}
	}
	return nil
}

// unpriced returns the tier that the call asks for and the price has no factor for, or no tier where there is no price
// at all; priced reports that there is one for all.
func (d *demand) unpriced() (tier Tier, priced bool) {
	if d.price == nil {
		return Tier{}, false
	}
	_, known := d.price.factor(d.call.Tier)
	return d.call.Tier, known
}

// amount is what the call holds with this output cap.
func (d *demand) amount(output int64) Amount {
	a := Amount{Tokens: d.call.Input + output}
	if d.price != nil {
		a.Cost = d.price.hold(d.call.Input, output, d.call.CacheWrite, d.factor)
	}
	return a
}

// least is the smallest output cap that may be granted. A cap of zero for a call that wants output buys
// nothing but an empty answer.
func (d *demand) least() int64 { return max(d.call.MinOutput, min(1, d.call.MaxOutput)) }

// fit returns the output cap that the headroom of all accounts buys, and whether it is enough.
func (d *demand) fit() (output int64, ok bool) {
	tokens, money := int64(unlimited), NanoUSD(unlimited)
	for _, a := range d.accounts.each() {
		if a.maxTokens != unlimited {
			tokens = min(tokens, a.maxTokens-a.Settled.Tokens-a.Held.Tokens)
		}
		if a.maxCost != unlimited {
			money = min(money, a.maxCost-a.Settled.Cost-a.Held.Cost)
		}
	}
	output = d.call.MaxOutput
	if tokens != unlimited && d.call.Input+output > 0 {
		output = min(output, tokens-d.call.Input)
	}
	if money != unlimited && d.price != nil {
		output = min(output, d.price.affordableOutput(money, d.call.Input, output, d.call.CacheWrite, d.factor))
	}
	return output, output >= d.least()
}

// behind reports whether somebody who came earlier waits for one of the accounts.
func (d *demand) behind(scan uint64, waiting int) bool {
	return waiting > 0 && slices.ContainsFunc(d.accounts.each(), func(a *account) bool { return a.blocked == scan })
}

// hopeless returns an error if the call would not fit even after every hold returned whole.
func (d *demand) hopeless(p Period) error {
	want := d.amount(d.least())
	for _, a := range d.accounts.each() {
		if !a.covers(a.Settled, want) {
			return a.exceeded(want, p)
		}
	}
	return nil
}

// short returns the error for the first account that has no room now, or that others wait for.
func (d *demand) short(scan uint64, p Period) error {
	want := d.amount(d.least())
	for _, a := range d.accounts.each() {
		if !a.covers(a.spent(), want) {
			return a.exceeded(want, p)
		}
	}
	for _, a := range d.accounts.each() {
		if a.blocked == scan {
			return a.exceeded(want, p)
		}
	}
	return d.accounts.accounts[0].exceeded(want, p)
}

// grant takes the hold on every account. The caller holds m.mu.
func (m *Manager) grant(d *demand, output int64) *hold {
	h := m.newHold()
	h.call, h.accounts, h.price, h.tier = d.call, d.accounts, d.price, d.tier
	h.output = output
	h.granted = d.most
	if output != d.call.MaxOutput {
		h.granted = d.amount(output)
	}
	h.amount = h.granted
	for i, a := range d.accounts.each() {
		if m.cfg.Mode != Soft {
			a.Held = a.Held.Add(h.granted)
			continue
		}
		h.soft[i] = a.hold(h.granted, CauseSoft)
		h.over = h.over || !a.over().IsZero()
	}
	return h
}

func (m *Manager) newHold() *hold {
	if n := len(m.free); n > 0 {
		h := m.free[n-1]
		m.free = m.free[:n-1]
		return h
	}
	return &hold{manager: m}
}

// recycle ends the life of h. The caller holds m.mu.
func (m *Manager) recycle(h *hold) {
	if h.call.ID != "" && h.charge.op != OpRecord { // a record may have the id of an open hold
		delete(m.ids, h.call.ID)
	}
	m.open.remove(h)
	gen := h.gen + 1
	*h = hold{} // in place: as a value that is copied it would cost twice
	h.manager, h.gen = m, gen
	m.free = append(m.free, h)
}

// giveBack undoes a grant or a record that was never booked. The caller holds m.mu.
func (m *Manager) giveBack(h *hold) {
	for i, a := range h.accounts.each() {
		a.Held = a.Held.Sub(h.amount)
		a.addDebt(CauseSoft, Amount{}.Sub(h.soft[i]))
		if h.charge.op == OpRecord {
			a.addDebt(CauseRecorded, Amount{}.Sub(h.charge.debts[i]))
		}
	}
	m.recycle(h)
	m.serve()
}

// bookReserve writes the hold to the ledger. On an error the hold is gone.
func (m *Manager) bookReserve(ctx context.Context, h *hold) error {
	m.mu.Lock()
	if _, taken := m.ids[h.call.ID]; taken {
		h.call.ID = "" // the id is not this hold's to free
		m.giveBack(h)
		m.mu.Unlock()
		return fmt.Errorf("reserve: %w", ErrConflict)
	}
	m.ids[h.call.ID] = struct{}{}
	entry := h.entry(OpReserve, time.Now().UTC())
	for i, a := range h.accounts.each() {
		entry.addDebt(a.key.Scope, CauseSoft, h.soft[i])
	}
	m.mu.Unlock()

	if err := m.append(ctx, entry); err != nil {
		m.mu.Lock()
		m.giveBack(h)
		m.mu.Unlock()
		return fmt.Errorf("budget: book the hold: %w", err)
	}
	if ctx.Err() != nil { // cancelled meanwhile: the caller gets no reservation, so nobody else would end it
		cause := context.Cause(ctx)
		return errors.Join(cause, h.reservation().Release(ctx, NotSent))
	}
	return nil
}

// entry begins an entry about h. The caller holds m.mu.
func (h *hold) entry(op Op, at time.Time) Entry {
	return Entry{
		ID: h.call.ID, Op: op, Time: at, Period: h.accounts.period,
		Scopes: h.accounts.scopes(), Model: h.call.Model, Bound: h.call.Bound, Counted: h.call.Counted,
		Output: h.output, Hold: h.granted, Unpriced: h.price == nil, Tier: h.tier,
	}
}

func (e *Entry) addDebt(s Scope, cause Cause, amount Amount) {
	if !amount.IsZero() {
		e.Debts = append(e.Debts, Debt{s, cause, amount})
	}
}
