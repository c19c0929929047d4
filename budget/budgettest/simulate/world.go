package simulate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// world runs one manager after the other on the same books, beside the model that says what they should do.
// It takes one step at a time and waits until nothing moves any more before the next.
type world struct {
	seed   uint64
	rnd    *rand.Rand // of the current step
	setup  setup
	store  budgettest.Ledger // nil for a manager without a ledger
	reopen func(budgettest.Ledger) budgettest.Ledger

	manager *budget.Manager // nil between two owners
	gate    *gate
	life    context.Context
	kill    context.CancelFunc
	run     string
	runs    int

	model  *model
	safety *safety
	ops    []*op
	open   []*held // reservations that their callers hold
	tabs   []*tab
	calls  map[string]*call
	fresh  []*call // granted in this step
	asked  *demand // the newest correction that was asked for
	faults bool
	wide   bool // the books began with figures that no attempt can have
	old    bool // the books have accounts of models by their own names
	serial int
	steps  int // taken

	trace []string
	tally map[string]int // what happened, and how often
}

// held is a reservation in a caller's hands.
type held struct {
	call        *call
	reservation budget.Reservation
	since       time.Time // in the books
}

// tab is a task's tab.
type tab struct {
	name    string
	tab     *budget.Tab
	ctx     context.Context
	scopes  []budget.Scope
	open    []*call
	pending []*call // ended, not yet written
	writing int
	begun   bool
	first   budget.OnFull
	result  string // that a Close could not write
}

// place is where an operation is.
type place int

const (
	running place = iota // not decided yet
	waitingInLine
	writing
	done
)

// op is an operation that a caller is in.
type op struct {
	name   string
	at     place
	want   string // how it should end, once done
	key    string // of its write
	call   *call
	held   *held // what it returns
	cancel context.CancelFunc
	left   bool // cancelled by its caller

	book func()      // what its write adds to the model's books
	then func(error) // what follows when its write is answered
	tab  *tab        // whose pending ends it writes
	fix  *correction // that it books

	environment bool // nobody's: a timer's
	finished    bool
	err         error
	reservation budget.Reservation
	entries     []budget.Entry // that a correction returned
}

func newWorld(seed uint64, store budgettest.Ledger, reopen func(budgettest.Ledger) budgettest.Ledger) *world {
	w := &world{seed: seed, store: store, reopen: reopen, calls: make(map[string]*call), tally: make(map[string]int)}
	w.rnd = rand.New(rand.NewPCG(seed, 0))
	w.setup = newSetup(w.rnd, store == nil)
	w.faults = true
	w.model = newModel(w.setup.rules, maps.Clone(w.setup.limits))
	w.safety = newSafety()
	return w
}

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
}

// writer finds the operation whose write has this key.
func (w *world) writer(key string) *op {
	for _, o := range w.ops {
		if o.at == writing && o.key == key {
			return o
		}
	}
	return nil
}

func (w *world) fate() fate {
	if w.faults && w.rnd.IntN(1000) < w.setup.faulty {
		return []fate{fails, unknown}[w.rnd.IntN(2)]
	}
	return lands
}

// spawn carries out an operation as a caller of its own would.
func (w *world) spawn(o *op, f func() error) {
	w.ops = append(w.ops, o)
	go func() {
		defer func() {
			if r := recover(); r != nil { // with a lock held, perhaps: there is no going on
				panic(fmt.Sprintf("seed %d, step %d, %s: %v", w.seed, w.steps, o.name, r))
			}
		}()
		o.err = f()
		o.finished = true
	}()
}

// write is the model's side of a write: book is what it adds to the books, then what follows it.
func (w *world) write(o *op, key string, book func(), then func(error)) {
	if w.store == nil {
		book()
		then(nil)
		return
	}
	o.at, o.key, o.book, o.then = writing, key, book, then
}

func (o *op) end(want string) { o.at, o.want = done, want }

// count notes how an operation ended.
func (w *world) count(o *op) {
	kind, _, _ := strings.Cut(o.name, " ")
	if o.environment {
		kind = "timer " + strings.Fields(o.name)[1]
	}
	w.tally[kind+": "+o.want]++
	if o.held != nil && o.want == "ok" && o.call.output < o.call.max {
		w.tally["clamped"]++
	}
	if o.call != nil && o.call.starved {
		w.tally["starved"]++
	}
	if o.call != nil && o.call.short != nil {
		w.tally["waited"]++
	}
}

// answer applies what the model says to those who waited.
func (w *world) answer(answers []answer) {
	for _, a := range answers {
		for _, o := range w.ops {
			if o.at == waitingInLine && o.call == a.call {
				w.decided(o, a.verdict)
			}
		}
	}
}

// decide fixes how a call ends, and tells those who wait if that ends admission.
func (w *world) decide(c *call, ch *charge) {
	answers := w.model.decide(c, ch)
	if w.model.full {
		w.tally["cut"] += len(answers) + 1
	}
	w.answer(answers)
}

// settleWrite decides one write, in the ledger and in the model.
func (w *world) settleWrite(p *write, f fate) error {
	o := w.writer(p.key)
	if o == nil {
		return fmt.Errorf("nobody should be writing %s", p.key)
	}
	broken := w.gate.broken
	if f == unknown && strings.HasPrefix(p.key, "end ") && w.rnd.IntN(2) == 0 {
		f = unanswered
	}
	err := w.gate.resolve(p, f)
	w.note("write %s: %v", p.key, err)
	if f != fails && !broken && (err == nil || errors.Is(err, errUnknown)) {
		o.book()
	}
	o.at = running
	switch ends := strings.HasPrefix(p.key, "end ") || strings.HasPrefix(p.key, "result "); {
	case err == nil, errors.Is(err, budget.ErrConflict):
	case !errors.Is(err, budget.ErrUncountable):
		w.answer(w.model.stop(false))
	case ends:
		w.answer(w.model.stop(true))
	}
	o.then(err)
	return nil
}
