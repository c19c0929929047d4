package budget

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Tab gathers what is charged under one context, a task's say, and makes it durable together with what it
// paid for: a settlement stays on the tab until the next reservation under it or until [Tab.Close], which
// writes it in one transaction with the result. So a finished task is never paid twice, and one that was
// paid is never lost. Until then the whole hold counts.
//
// A tab's methods may be called from many goroutines at once.
type Tab struct {
	manager *Manager
	onFull  OnFull // for the first reservation
	scopes  []Scope
	period  int64

	granted atomic.Bool // set under the manager's lock

	mu      sync.Mutex
	begun   bool // a reservation was granted, and the books have it
	most    int  // calls; 0 is any number
	calls   int  // that are open or were charged
	open    []Reservation
	pending []*hold
	sum     Summary
	result  *Entry // being written; kept for a repeated Close
}

// Summary is what was charged on a tab.
type Summary struct {
	Attempts  int           // attempts that were sent
	Usage     Usage         // the sum of what they used
	Used      Amount        // the sum of what they were charged
	Hold      Amount        // the sum of what charged attempts held: the estimate
	Returning Amount        // what the pending settlements will return to the budget
	Unpriced  bool          // at least one attempt had no price: Used.Cost is not all
	Assumed   bool          // at least one attempt was settled without the provider's figures
	OverLimit bool          // soft mode admitted at least one over a limit
	Clamped   bool          // at least one got a smaller output cap than it asked for
	Waited    time.Duration // by its calls, all together, for budget that was to return
	Refused   error         // the last refusal of the budget, if nothing was granted after it
}

type tabKey struct{}

// Tab returns a context under which attempts are charged on a tab of their own. With first [Refuse] the
// first reservation under it never waits: a task that cannot begin makes room for one that can.
//
// Reserving or recording under it with another manager is a caller's bug, and panics.
func (m *Manager) Tab(ctx context.Context, first OnFull) (context.Context, *Tab) {
	t := &Tab{manager: m, onFull: first, scopes: ScopesFrom(ctx), period: m.Period().ID}
	return context.WithValue(ctx, tabKey{}, t), t
}

func tabFrom(ctx context.Context) *Tab {
	t, _ := ctx.Value(tabKey{}).(*Tab)
	return t
}

// Limit bounds how many calls may be open or charged under the tab; what is beyond is refused with a [*CallsError]. A call
// that was released is none.
func (t *Tab) Limit(calls int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.most = calls
}

// Begun reports whether a reservation was granted under the tab: from the moment on at which its hold counts, before the
// books have it.
func (t *Tab) Begun() bool { return t.granted.Load() }

// Summary returns what was charged so far.
func (t *Tab) Summary() Summary {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sum
}

// waited notes that a call waited for budget. t may be nil.
func (t *Tab) waited(d time.Duration) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Waited += d
}

// Close ends every reservation that is still open under the tab, and makes what is on it durable. A result
// that is not nil is kept with it, opaque, in an entry of its own ([OpResult]). After an error Close can
// be called again; after success the tab is empty.
func (t *Tab) Close(ctx context.Context, result []byte) error {
	t.mu.Lock()
	open := t.open
	t.open = nil
	t.mu.Unlock()
	for _, r := range open {
		if err := r.Close(ctx); err != nil {
			return err
		}
	}
	t.mu.Lock()
	if result != nil && t.result == nil {
		t.result = &Entry{
			ID: newID(), Op: OpResult, Time: time.Now().UTC(), Period: t.period, Scopes: t.scopes, Result: result,
		}
	}
	t.mu.Unlock()
	return t.write(ctx)
}

// flush writes what is pending, without a result.
func (t *Tab) flush(ctx context.Context) error {
	t.mu.Lock()
	idle := len(t.pending) == 0
	t.mu.Unlock()
	if idle {
		return nil
	}
	return t.write(ctx)
}

// write commits what is pending and puts it back if that fails.
func (t *Tab) write(ctx context.Context) error {
	t.mu.Lock()
	pending, result := t.pending, t.result
	t.pending, t.result = nil, nil
	t.mu.Unlock()
	if len(pending) == 0 && result == nil {
		return nil
	}
	t.manager.mu.Lock()
	err := t.manager.bookEnds(ctx, pending, result)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.pending = append(pending, t.pending...)
		t.result = result
		return err
	}
	t.sum.Returning = Amount{}
	return nil
}

// The methods below are the manager's; they accept a nil tab.

// of panics if the tab is another manager's: what it is charged would be written to that one's books.
func (t *Tab) of(m *Manager) {
	if t != nil && t.manager != m {
		panic("budget: the context has a tab of another manager: take a context without it for calls that this one pays for")
	}
}

// mayWait reports whether the next reservation may wait.
func (t *Tab) mayWait() bool {
	if t == nil || t.onFull != Refuse {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.begun
}

// call counts one more call, unless that is too many.
func (t *Tab) call() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.most > 0 && t.calls >= t.most {
		t.sum.Refused = &CallsError{Most: t.most}
		return t.sum.Refused
	}
	t.calls++
	return nil
}

// refused notes why a reservation was not granted.
func (t *Tab) refused(err error) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Refused = err
}

// called takes a call back that came to nothing.
func (t *Tab) called(err error) {
	if err != nil {
		t.mu.Lock()
		t.calls--
		t.mu.Unlock()
	}
}

// opened puts a granted hold on the tab.
func (t *Tab) opened(h *hold, r Reservation) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begun = true
	t.sum.Refused = nil
	t.sum.OverLimit = t.sum.OverLimit || r.OverLimit()
	t.sum.Clamped = t.sum.Clamped || r.Output() < h.call.MaxOutput
	t.open = append(t.open, r)
}

// ended counts how a hold ended that was sent or not. The caller holds the manager's mutex.
func (t *Tab) ended(h *hold, sent bool) {
	if t == nil {
		return
	}
	c := &h.charge
	t.mu.Lock()
	defer t.mu.Unlock()
	if sent || c.op != OpRelease {
		t.sum.Attempts++
	}
	if c.op == OpRelease {
		t.calls--
		return
	}
	t.sum.Usage = t.sum.Usage.Add(c.outcome.Usage)
	t.sum.Used = t.sum.Used.Add(c.used)
	t.sum.Hold = t.sum.Hold.Add(h.granted)
	t.sum.Unpriced = t.sum.Unpriced || c.unpriced
	t.sum.Assumed = t.sum.Assumed || c.outcome.Assumed
}

// keeps reports whether ends are held back: there is a tab, and something to write them to.
func (t *Tab) keeps() bool { return t != nil && !t.manager.journal.forgets() }

// keep holds the end of a hold back until it can be written with what it paid for. The caller holds the manager's mutex.
func (t *Tab) keep(h *hold) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pending = append(t.pending, h)
	t.sum.Returning = t.sum.Returning.Add(h.granted.Sub(h.charge.used).Max(Amount{}))
}

// Book makes the results of tasks durable that were never begun and cost nothing: deferred and skipped
// ones. The run is that of ctx. results is by task; it is written at once or not at all.
func (m *Manager) Book(ctx context.Context, results map[string][]byte) error {
	m.mu.Lock()
	period, at := m.period.ID, now()
	return m.post(ctx, posting{entries: func() []Entry {
		entries := make([]Entry, 0, len(results))
		for task, result := range results {
			scopes := ScopesFrom(WithScopes(ctx, Task(task)))
			entries = append(entries, Entry{ID: newID(), Op: OpResult, Time: at, Period: period, Scopes: scopes, Result: result})
		}
		return entries
	}})
}
