package orchestrator

import (
	"cmp"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// standing is what a run knows of a provider.
type standing struct {
	served bool   // a call has succeeded in this run
	first  *node  // that met a 403 before any call had
	doubt  *fault // that of a second one: nothing more is begun until what is under way has ended
}

// provider is what the worker's calls go to: its provider or, where it names none, the worker itself.
func (c *crew) provider() string { return cmp.Or(c.Provider, c.Name) }

// beside reports whether two workers call the same provider.
func (c *crew) beside(other *crew) bool {
	return c == other || c.Provider != "" && c.Provider == other.Provider
}

func (r *run) standing(c *crew) *standing {
	s := r.standings[c.provider()]
	if s == nil {
		s = &standing{}
		r.standings[c.provider()] = s
	}
	return s
}

// forbidden decides what a bare 403 means, which some providers give for a prompt (moderation) or a region and
// others for a key. It is the task's own once a call has succeeded with the key in this run. Until then it is
// set aside; when a second task meets one, too, and nothing that is under way succeeds, the key is taken for
// refused and the provider is stopped. If the run ends before either, nobody knows: the task is deferred. So
// that the same tasks do not stop every resumed run before any other had its chance, the tasks that met one
// begin last then (Options.Last).
func (r *run) forbidden(c completion) {
	s := r.standing(c.crew)
	c.node.forbidden = true
	switch {
	case s.served:
	case s.first == nil:
		s.first = c.node
	case s.first != c.node:
		s.doubt = c.fault
	}
}

// resolve ends the doubt about a provider's key, if it can.
func (r *run) resolve(at *crew) {
	s := r.standing(at)
	busy := slices.ContainsFunc(r.crews, func(c *crew) bool { return c.beside(at) && c.running > 0 })
	switch {
	case s.doubt == nil:
	case s.served:
		s.doubt = nil
	case !busy:
		r.halt(at, s.doubt)
		s.doubt = nil
	}
}

// setAside keeps a task out of the queue until more is known of its provider.
func (r *run) setAside(n *node) {
	r.withdraw(n)
	r.aside = append(r.aside, n)
}

// recall queues the tasks that were set aside again.
func (r *run) recall() {
	for _, n := range r.aside {
		r.requeue(n)
	}
	r.aside = nil
}

// recallIdle is for a run that has nothing else to do. It ends the tasks of which it will not be known whether
// the key or they were meant, begins those that were to begin last, and reports whether there are any.
func (r *run) recallIdle() bool {
	aside := r.aside
	r.aside = nil
	for _, n := range aside {
		switch v := r.judged(n); {
		case v != nil:
			v.outcome = Deferred
			r.end(n, v.fate)
		default:
			n.last = false
			r.requeue(n)
		}
	}
	return len(aside) > 0
}

// judged is the verdict about a task that met a 403, nil about one that did not.
func (r *run) judged(n *node) *verdict {
	for _, e := range n.estimates {
		if e.barred != nil && e.barred.unclear {
			v := *e.barred
			return &v
		}
	}
	return nil
}

// served reports whether a task's end shows that a call of it succeeded.
func served(err error, sum budget.Summary) bool {
	return err == nil || !sum.Used.IsZero() && !sum.Assumed
}

// servedBefore reports whether a task that is to begin last need not wait any more: a provider that it may go
// to has served another.
func (r *run) servedBefore(n *node) bool {
	for _, c := range r.crews {
		if c.takes(n.lane) && (r.standing(c).served || c.halted != "") {
			return true
		}
	}
	return false
}
