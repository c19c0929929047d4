package budget

import (
	"cmp"
	"context"
	"slices"
)

// Check says whether Reserve would grant c at this moment without waiting; nil means yes. It changes
// nothing, but for a period that is due to begin. An *[ExceededError] that is not Final means that holds in flight could still return enough.
// In soft mode only what cannot be admitted at all is an error.
func (m *Manager) Check(ctx context.Context, c Call) error {
	if err := c.validate(); err != nil {
		return err
	}
	if err := m.turn(ctx); err != nil {
		return err
	}
	set, _ := ctx.Value(scopesKey{}).(*scopeSet)
	m.mu.Lock()
	defer m.mu.Unlock()
	var d demand
	err := m.demand(set, &c, &d)
	if err != nil || m.cfg.Mode == Soft {
		return err
	}
	if _, ok := d.fit(); ok && !d.behind(m.scan, len(m.waiters)) {
		return nil
	}
	if err := d.hopeless(m.period); err != nil {
		return err
	}
	return d.short(m.scan, m.period)
}

// Remaining returns what is left, limit - settled - held, for calls under ctx: the least over the total,
// the model (if not empty) and the scopes of ctx. It may be negative.
func (m *Manager) Remaining(ctx context.Context, model string) Limit {
	set, _ := ctx.Value(scopesKey{}).(*scopeSet)
	m.mu.Lock()
	defer m.mu.Unlock()
	var left Limit
	for _, a := range m.resolve(set, model).each() {
		left = left.narrow(a.limit.after(a.spent()))
	}
	return left
}

// StatusOf returns the status of each scope that a call under ctx would be charged to, of a model or of none (""), widest first.
func (m *Manager) StatusOf(ctx context.Context, model string) (list []Status) {
	set, _ := ctx.Value(scopesKey{}).(*scopeSet)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.resolve(set, model).each() {
		list = append(list, a.status())
	}
	return list
}

// Status is the state of one scope.
type Status struct {
	Scope     Scope
	Run       string // of run, worker and task scopes
	Limit     Limit
	Remaining Limit // limit - settled - held
	Warned    int   // the highest of [Config].Thresholds that it has reached, in percent of its limit, 0 for none
	Counters
}

// Total returns the status of the total scope, cheaply.
func (m *Manager) Total() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.account(Account{Period: m.period.ID, Scope: Total}).status()
}

// OfRun returns the status of a run's scope, cheaply: of all that it spent, whatever the period, if the run is
// [Config].Run, else of what it spent by this manager.
func (m *Manager) OfRun(run string) Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := Account{Run: run, Scope: Run(run)}
	if a, ok := m.accounts[key]; ok {
		return a.status()
	}
	a := account{key: key}
	a.setLimit(m.limitOf(key))
	return a.status()
}

func (a *account) status() Status {
	return Status{
		Scope: a.key.Scope, Run: a.key.Run, Limit: a.limit, Counters: a.Counters,
		Remaining: a.limit.after(a.spent()), Warned: a.warned,
	}
}

// Mode is what the manager does with a call that its limits cannot pay for.
func (m *Manager) Mode() Mode { return cmp.Or(m.cfg.Mode, Strict) }

// Standing is the status of all scopes that were charged in the current period or in a run that this manager
// knows, or that have a limit of their own.
type Standing struct {
	Mode   Mode
	Period Period
	Scopes []Status // widest first, then by run and name
}

// Standing returns what stands at this moment.
func (m *Manager) Standing() Standing { return m.standing(m.accounts) }

// Overview is what stands at this moment on all scopes but those of tasks, which may be many.
func (m *Manager) Overview() Standing { return m.standing(m.wide) }

func (m *Manager) standing(of map[Account]*account) Standing {
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range m.limits {
		if s == Total || s.Kind.OfPeriod() && s.Name != "" {
			m.account(Account{Period: m.period.ID, Scope: s})
		}
	}
	m.account(Account{Period: m.period.ID, Scope: Total})
	all := Standing{Mode: cmp.Or(m.cfg.Mode, Strict), Period: m.period}
	for key, a := range of {
		if key.Period != 0 && key.Period != m.period.ID {
			continue
		}
		all.Scopes = append(all.Scopes, a.status())
	}
	slices.SortFunc(all.Scopes, func(x, y Status) int {
		return cmp.Or(cmp.Compare(x.Scope.Kind.index(), y.Scope.Kind.index()),
			cmp.Compare(x.Run, y.Run), cmp.Compare(x.Scope.Name, y.Scope.Name))
	})
	return all
}

// Most returns what a reservation for c holds if it is granted its whole output cap. Its cost is zero where the
// model has no price.
func (m *Manager) Most(c Call) Amount {
	d := demand{call: c}
	m.allow(&d.call)
	m.mu.Lock()
	m.appraise(&d, m.priceOf(c.Model))
	m.mu.Unlock()
	return d.amount(c.MaxOutput)
}

// Priced reports whether the model, or its family, has a price.
func (m *Manager) Priced(model string) bool { return m.priceOf(model) != nil }

// Cost returns the cost part of an amount that was held for the model, and whether it is known.
func (m *Manager) Cost(model string, a Amount) (cost NanoUSD, known bool) {
	return a.Cost, m.Priced(model)
}
