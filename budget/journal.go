package budget

import (
	"context"
	"sync"
	"time"
)

// journal is where a manager's entries go: to its ledger or, without one, nowhere. Such a journal forgets what it is told,
// for the counters are the fold of the entries and nobody will ask for more. So it asks for no entry, no id and no time,
// and the steady state allocates nothing.
type journal struct {
	ledger Ledger              // nil forgets
	ids    map[string]struct{} // of the holds that are open; the manager's mutex guards it
}

// forgets reports whether nothing that is written can be read again.
func (j *journal) forgets() bool { return j.ledger == nil }

// id returns the id that an attempt has in the books: the one given, or a new one.
func (j *journal) id(given string) string {
	if given != "" || j.forgets() {
		return given
	}
	return newID()
}

// stamp puts the present into the time of an entry. Asking for it is a good part of what a settlement takes.
func (j *journal) stamp(at *time.Time) {
	if !j.forgets() {
		*at = now()
	}
}

func now() time.Time { return time.Now().UTC() }

// claim keeps id for a hold until free, and reports whether no other has it. The caller holds the manager's mutex.
func (j *journal) claim(id string) bool {
	if j.forgets() {
		return true
	}
	_, taken := j.ids[id]
	j.ids[id] = struct{}{}
	return !taken
}

// free ends what claim began. The caller holds the manager's mutex.
func (j *journal) free(id string) {
	if !j.forgets() {
		delete(j.ids, id)
	}
}

// write makes the entries durable, all of them or none, whatever becomes of ctx. The caller holds mu, the manager's
// mutex; entries is called under it, and others may have it while the ledger writes.
func (j *journal) write(ctx context.Context, mu *sync.Mutex, entries func() []Entry) error {
	if j.forgets() { // inlined
		return nil
	}
	return j.append(ctx, mu, entries)
}

func (j *journal) append(ctx context.Context, mu *sync.Mutex, entries func() []Entry) error {
	what := entries()
	if len(what) == 0 {
		return nil
	}
	mu.Unlock()
	defer mu.Lock()
	return j.ledger.Append(context.WithoutCancel(ctx), what...)
}
