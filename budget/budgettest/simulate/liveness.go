package simulate

import (
	"fmt"
	"slices"
	"testing/synctest"
)

// Liveness: nobody waits without a reason, and once faults stop everything ends.

// observeLiveness checks that whoever waits has a reason to.
func (w *world) observeLiveness() error {
	for i, c := range w.model.waiting {
		if w.room(c) && !w.shares(c, w.model.waiting[:i]) {
			return fmt.Errorf("%s waits, fits, and nobody before it shares a scope with it", c.id)
		}
	}
	if !w.quiet() {
		return nil
	}
	if len(w.model.waiting) > 0 && w.due() {
		return fmt.Errorf("%d wait and the period that is due has not begun", len(w.model.waiting))
	}
	for _, h := range w.open {
		if w.overdue(h.call) && !h.call.ending {
			return fmt.Errorf("%s has leaked and nobody charges it", h.call.id)
		}
	}
	return nil
}

// room asks the manager, not the model, whether the least that c would hold is there.
func (w *world) room(c *call) bool {
	want := w.model.want(c, c.least())
	return w.manager.Remaining(w.scoped(c.scopes), c.model).Covers(want)
}

func (w *world) shares(c *call, earlier []*call) bool {
	return slices.ContainsFunc(earlier, func(e *call) bool {
		for _, a := range w.model.accountsOf(e) {
			if slices.Contains(w.model.accountsOf(c), a) {
				return true
			}
		}
		return false
	})
}

// drain stops the faults, has everybody end what they hold, and expects that every call is answered, by
// nothing but that: nobody is cancelled, no time passes, no limit is raised.
func (w *world) drain() error {
	w.faults = false
	if w.manager != nil && w.model.stopped {
		w.note("a new owner, to drain")
		w.crash()
	}
	if w.manager == nil {
		if err := w.begin(w.inherit()); err != nil {
			return err
		}
	}
	for range 10_000 {
		synctest.Wait()
		if err := w.observe(); err != nil {
			return err
		}
		moved, err := w.drainOne()
		if err != nil {
			return err
		}
		if !moved {
			return w.drained()
		}
	}
	return fmt.Errorf("the drain has no end: %d operations, %d holds", len(w.ops), len(w.open))
}

// drainOne answers one write or ends one hold.
func (w *world) drainOne() (moved bool, err error) {
	if w.gate != nil {
		if pending := w.gate.pending(); len(pending) > 0 {
			return true, w.settleWrite(pending[0], lands)
		}
	}
	for i, h := range w.open {
		if h.call.ended || h.call.ending {
			continue
		}
		w.open = slices.Delete(w.open, i, i+1)
		w.note("end %s", h.call.id)
		w.finish(h, w.model.closing(h.call), false, func() error { return h.reservation.Close(w.life) })
		return true, nil
	}
	for _, t := range w.tabs {
		if len(t.pending) > 0 && t.writing == 0 {
			w.note("close %s", t.name)
			w.closeTab(t, "")
			return true, nil
		}
	}
	return false, nil
}

// drained checks that nothing is left.
func (w *world) drained() error {
	for _, o := range w.ops {
		return fmt.Errorf("everybody has ended what they held, and %s was never answered", o.name)
	}
	for _, s := range w.manager.Standing().Scopes {
		if !s.Held.IsZero() {
			return fmt.Errorf("%v still holds %v", s.Scope, s.Held)
		}
	}
	if w.store == nil {
		return nil
	}
	for a, c := range w.safety.totals {
		if !c.Held.IsZero() {
			return fmt.Errorf("the books: %v still holds %v", a, c.Held)
		}
	}
	return w.checkStore()
}
