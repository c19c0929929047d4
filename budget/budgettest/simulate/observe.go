package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

// observe holds what the manager did against what the model said, after each step.
func (w *world) observe() error {
	if w.manager == nil {
		return nil
	}
	if err := w.adopt(); err != nil {
		return err
	}
	for _, o := range w.ops {
		if err := w.observeOp(o); err != nil {
			return err
		}
	}
	w.ops = slices.DeleteFunc(w.ops, func(o *op) bool {
		if o.at == done {
			w.count(o)
		}
		return o.at == done
	})
	report := w.manager.Standing()
	if err := w.observeSafety(report); err != nil {
		return err
	}
	if err := w.observeCounters(report); err != nil {
		return err
	}
	return w.observeLiveness()
}

func (w *world) observeOp(o *op) error {
	pending := w.gate != nil && slices.ContainsFunc(w.gate.pending(), func(p *write) bool { return p.key == o.key })
	switch o.at {
	case writing:
		if !pending {
			return fmt.Errorf("%s should be writing %s%s", o.name, o.key, o.state())
		}
		return cmp.Or(w.observeHold(o), w.observeCorrection(o))
	case waitingInLine:
		if o.finished || pending && strings.HasPrefix(o.key, "reserve") {
			return fmt.Errorf("%s should wait%s", o.name, o.state())
		}
	case done:
		if !o.finished {
			return fmt.Errorf("%s should have ended with %q and has not ended", o.name, o.want)
		}
		if !o.environment && class(o.err) != o.want {
			return fmt.Errorf("%s ended with %q (%w), want %q", o.name, class(o.err), o.err, o.want)
		}
		if o.fix != nil && o.want == "ok" {
			return o.fix.check(o.entries)
		}
		if o.held != nil && o.want == "ok" {
			o.held.reservation = o.reservation
			if r := o.reservation; r.Output() != o.call.output || r.Held() != o.call.held {
				return fmt.Errorf("%s was granted %d (%v), want %d (%v)", o.name, r.Output(), r.Held(), o.call.output, o.call.held)
			}
		}
	}
	return nil
}

func (o *op) state() string {
	if o.finished {
		return fmt.Sprintf("; it ended with %q (%v)", class(o.err), o.err)
	}
	return ""
}

// observeHold compares a hold that is being written.
func (w *world) observeHold(o *op) error {
	for _, p := range w.gate.pending() {
		if p.key != o.key || p.entries[0].Op != budget.OpReserve {
			continue
		}
		if e := p.entries[0]; e.Output != o.call.output || e.Hold != o.call.held {
			return fmt.Errorf("%s: the books get %d (%v), want %d (%v)", o.name, e.Output, e.Hold, o.call.output, o.call.held)
		}
	}
	return nil
}

// observeCounters compares the manager's counters and limits with the model's.
func (w *world) observeCounters(report budget.Standing) error {
	if report.Period.ID != w.model.period {
		return fmt.Errorf("period %d, want %d", report.Period.ID, w.model.period)
	}
	seen := make(map[budget.Account]bool, len(report.Scopes))
	for _, s := range report.Scopes {
		a := accountOf(s, report.Period)
		seen[a] = true
		var want budget.Counters
		if c := w.model.present[a]; c != nil {
			want = *c
		}
		if s.Counters != want {
			return fmt.Errorf("%v: counters %+v, want %+v", a, s.Counters, want)
		}
		if want := w.model.limits.Of(s.Scope); !sameLimit(s.Limit, want) {
			return fmt.Errorf("%v: limit %s, want %s", a, show(s.Limit), show(want))
		}
	}
	for a, c := range w.model.present {
		if !seen[a] && *c != (budget.Counters{}) && (a.Period == 0 || a.Period == w.model.period) {
			return fmt.Errorf("%v: not in the report, want %+v", a, *c)
		}
	}
	if w.store == nil {
		return nil
	}
	return w.safety.compare(w.model.books)
}

// accountOf is the account that a status is about.
func accountOf(s budget.Status, p budget.Period) budget.Account {
	if s.Scope.Kind.OfPeriod() {
		return budget.Account{Period: p.ID, Scope: s.Scope}
	}
	return budget.Account{Run: s.Run, Scope: s.Scope}
}

func sameLimit(a, b budget.Limit) bool { return show(a) == show(b) }

func show(l budget.Limit) string {
	tokens, cost := "unlimited", "unlimited"
	if l.Tokens != nil {
		tokens = fmt.Sprint(*l.Tokens)
	}
	if l.Cost != nil {
		cost = l.Cost.String()
	}
	return tokens + " tokens, " + cost
}

func showAll(limits budget.Limits) string {
	var parts []string
	for s, l := range limits {
		parts = append(parts, s.String()+": "+show(l))
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

// observeSafety checks the promise itself, without the model.
func (w *world) observeSafety(report budget.Standing) error {
	for _, s := range report.Scopes {
		if err := promise(accountOf(s, report.Period), s.Counters, s.Limit); err != nil {
			return fmt.Errorf("the manager: %w", err)
		}
	}
	if w.setup.mode != budget.Soft {
		for _, c := range w.fresh {
			if err := w.safety.grant(report, c); err != nil {
				return fmt.Errorf("the grant of %s: %w", c.id, err)
			}
		}
	}
	w.fresh = nil
	if err := w.safety.problem; err != nil {
		return err
	}
	if w.quiet() && w.store != nil {
		return w.safety.same(report)
	}
	return nil
}

// quiet reports whether the books have all that the manager knows.
func (w *world) quiet() bool {
	moving := slices.ContainsFunc(w.ops, func(o *op) bool { return o.at != waitingInLine })
	onTabs := slices.ContainsFunc(w.tabs, func(t *tab) bool { return len(t.pending) > 0 })
	return !moving && !onTabs && !w.model.stopped
}
