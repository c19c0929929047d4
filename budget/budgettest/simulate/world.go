package simulate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"strings"
	"testing/synctest"
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
	store  budgettest.Store // nil for a manager without a ledger
	reopen func(budgettest.Store) budgettest.Store

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
	faults bool
	serial int
	steps  int // taken

	trace []string
	tally map[string]int // what happened, and how often
}

// setup is what one seed is about.
type setup struct {
	mode    budget.Mode
	onFull  budget.OnFull
	daily   bool
	timeout time.Duration
	limits  budget.Limits
	rules   rules
	faulty  int // writes of a thousand that fail
	memory  bool
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

	environment bool // nobody's: a timer's
	finished    bool
	err         error
	reservation budget.Reservation
}

func newWorld(seed uint64, store budgettest.Store, reopen func(budgettest.Store) budgettest.Store) *world {
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

// config is the manager's, under the limits in force.
func (w *world) config(o opening) budget.Config {
	s := w.setup
	cfg := budget.Config{
		Limits: maps.Clone(o.limits), Mode: s.mode, OnFull: s.onFull, Prices: s.rules.prices, Allowance: s.rules.allowance,
		HoldTimeout: s.timeout, Run: o.run, NewPeriod: o.newPeriod, Logger: slog.New(slog.DiscardHandler),
	}
	if o.release {
		cfg.Recover = budget.ReturnHold
	}
	if s.daily {
		cfg.Calendar = &budget.Calendar{Unit: budget.Day}
	}
	return cfg
}

// begin opens a manager on the books, with failures if there are to be any.
func (w *world) begin(o opening) error {
	o.now, o.daily = time.Now(), w.setup.daily
	w.run = o.run
	w.note("an owner in run %s, limits %s", o.run, showAll(o.limits))
	w.life, w.kill = context.WithCancel(context.Background())
	cfg := w.config(o)
	if w.store == nil {
		w.gate, w.manager = nil, budget.New(cfg)
		w.model.limits = maps.Clone(o.limits)
		w.model.reset(1, o.now)
		w.safety.opened(o.limits, 1, o.run)
		return nil
	}
	w.store = w.reopen(w.store)
	var fates []fate
	w.gate = &gate{store: w.store, seen: w.safety.wrote}
	w.gate.direct = func() fate {
		fates = append(fates, w.fate())
		return fates[len(fates)-1]
	}
	cfg.Ledger = w.gate
	m, err := budget.Open(w.life, cfg)
	w.gate.direct = nil
	o.limits = maps.Clone(o.limits)
	opened := w.model.reopen(o, func() (landed, failed bool) {
		if len(fates) == 0 {
			return false, true
		}
		f := fates[0]
		fates = fates[1:]
		return f != fails, f != lands
	})
	if opened != (err == nil) || len(fates) > 0 {
		return fmt.Errorf("open: %v with %d writes too many; the model says opened=%v", err, len(fates), opened)
	}
	if err != nil {
		w.note("open failed: %v", err)
		w.kill()
		return nil
	}
	w.manager = m
	w.safety.opened(o.limits, w.model.period, o.run)
	return w.checkStore()
}

// checkStore holds what the ledger loads against its entries.
func (w *world) checkStore() error {
	state, err := w.store.Load(context.Background(), w.run)
	if err != nil {
		return err
	}
	entries, err := budgettest.ReadAll(context.Background(), w.store)
	if err != nil {
		return err
	}
	if problems := budgettest.Problems(state, w.model.limits, entries); len(problems) > 0 {
		return errors.New(problems[0])
	}
	return nil
}

// crash ends the manager's process: of the writes under way, any may have come into the books.
func (w *world) crash() {
	w.tally["crash"]++
	if w.gate != nil {
		pending := w.gate.pending()
		w.rnd.Shuffle(len(pending), func(i, j int) { pending[i], pending[j] = pending[j], pending[i] })
		for _, p := range pending {
			if o := w.writer(p.key); o != nil && w.rnd.IntN(2) == 0 && !w.gate.broken {
				w.note("  the write of %s survives", p.key)
				if w.gate.resolve(p, unanswered) == errUnknown {
					o.book()
				}
			}
		}
		w.gate.die()
	}
	w.kill()
	w.manager, w.gate, w.ops, w.open, w.tabs = nil, nil, nil, nil, nil
	clear(w.calls)
	synctest.Wait()
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
	if err != nil && !errors.Is(err, budget.ErrConflict) {
		w.answer(w.model.stop())
	}
	o.then(err)
	return nil
}
