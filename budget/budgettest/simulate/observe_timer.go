package simulate

import (
	"fmt"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// What timers begin.

// adopt makes operations of the writes that timers began: a period that was due, a hold that leaked.
func (w *world) adopt() error {
	if w.gate == nil {
		return nil
	}
	for _, p := range w.gate.pending() {
		if w.writer(p.key) != nil {
			continue
		}
		o := &op{name: "timer: " + p.key, environment: true, finished: true}
		first, c := p.entries[0], w.leaked(p.entries)
		switch {
		case p.key == string(budget.OpReset) && w.setup.daily && !first.Time.Before(w.model.periodEnd()):
			w.newPeriod(o, first.Time, func(error) { o.end("") })
		case strings.HasPrefix(p.key, "end ") && c != nil:
			w.leak(o, c, p.entries)
		default:
			return fmt.Errorf("a write that the model does not know: %s", p.key)
		}
		w.ops = append(w.ops, o)
	}
	return nil
}

// leaked returns the first call that the entries end after its deadline.
func (w *world) leaked(entries []budget.Entry) *call {
	for _, e := range entries {
		if c := w.calls[e.ID]; c != nil && w.overdue(c) {
			return c
		}
	}
	return nil
}

// leak is the end of a hold that outlived its deadline, and of what else is on its tab.
func (w *world) leak(o *op, c *call, entries []budget.Entry) {
	o.call = c
	for _, e := range entries {
		if c := w.calls[e.ID]; c != nil && !c.ending && w.overdue(c) {
			w.decide(c, w.model.chargeFor(c, budget.Outcome{Assumed: true}))
			if c.tab != nil {
				c.tab.pending = append(c.tab.pending, c)
			}
		}
	}
	if c.tab != nil {
		w.flush(o, c.tab, "", func(error) { o.end("") })
		return
	}
	w.writeEnd(o, "", "")
}

// overdue reports whether the hold of c is open and past its deadline.
func (w *world) overdue(c *call) bool {
	for _, h := range w.open {
		if h.call == c {
			return !c.ended && w.setup.timeout > 0 && !time.Now().Before(h.since.Add(w.setup.timeout))
		}
	}
	return false
}
