package orchestrator

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
	"github.com/orchestrate-go/orchestrate/worker"
)

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "300"); err != nil { // unless the command line says another number
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// spec is what a task asks of the budget at a fake worker, and what becomes of it.
type spec struct {
	input, least, most int64         // of each call, in tokens; least 0 forbids a clamp
	output             int64         // that an answer would use, up to the cap
	beyond             int64         // what it uses beyond its hold
	calls              int           // one after the other; 0 is 1
	takes              time.Duration // each call, in virtual time
	err                error         // the last call's answer
	panics             bool          // after the last call
	guess              float64       // estimated input / real input; 0 is 1
}

// tokens is a task that holds and uses n tokens at once.
func tokens(n int64) spec { return spec{input: n / 2, most: n - n/2, output: n - n/2} }

// fake is a worker whose tasks do what their spec says, through a real chain with a budget.
type fake struct {
	name   string
	client middleware.Client
	world  *world

	mu            sync.Mutex
	running, most int
	begun         []string // tasks, in the order of their first calls being admitted
}

var _ worker.Estimator = (*fake)(nil)

func (f *fake) Work(ctx context.Context, t worker.Task) (worker.Result, error) {
	f.enter()
	defer f.leave()
	s := f.world.specs[t.ID]
	for range max(1, s.calls) {
		if _, err := f.client.Generate(ctx, f.request(t)); err != nil {
			return worker.Result{}, err
		}
	}
	if s.panics {
		panic("a worker's bug")
	}
	done := worker.Result{Output: "output of " + t.ID + t.Prompt, Model: servedModel}
	if t.MaxOutput > 0 && s.output > t.MaxOutput {
		done.Finish = wire.FinishLength
	}
	return done, nil
}

func (f *fake) Estimate(_ context.Context, t worker.Task) (budget.Call, error) {
	call, err := middleware.CallOf(f.request(t), 0)
	if guess := f.world.specs[t.ID].guess; guess != 0 {
		call.Input = int64(float64(call.Input) * guess)
	}
	return call, err
}

func (f *fake) request(t worker.Task) *middleware.Request {
	s := f.world.specs[t.ID]
	if t.MaxOutput > 0 {
		s.most = t.MaxOutput
	}
	return &middleware.Request{
		Model: "m", Messages: wire.Prompt(t.ID), MinOutput: s.least, MaxOutput: max(1, s.most),
		Count: &wire.Count{Model: "m", Count: tokenizer.Count{Tokens: s.input, Certainty: tokenizer.Exact}},
	}
}

// answer is the model behind the chain.
func (f *fake) answer(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
	id := req.Messages[0].Text()
	s := f.world.specs[id]
	f.mu.Lock()
	if !slices.Contains(f.begun, id) {
		f.begun = append(f.begun, id)
	}
	f.mu.Unlock()
	if s.takes > 0 {
		select {
		case <-time.After(s.takes):
		case <-ctx.Done():
			return nil, &wire.Error{Class: wire.Lost, Sent: true, Err: ctx.Err()}
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	return &middleware.Response{Model: servedModel, Usage: &wire.Usage{Usage: budget.Usage{Input: s.input, Output: min(s.output, req.MaxOutput) + s.beyond}}}, nil
}

func (f *fake) enter() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running++
	f.most = max(f.most, f.running)
}

func (f *fake) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running--
}

// servedModel answers when model m is asked, as a dated snapshot answers for its alias.
const servedModel = "m-2026"

// silent is a fake that cannot tell beforehand.
func silent(f *fake) worker.Worker { return worker.Func(f.Work) }

// ledger keeps the books in memory, remembers each Append, and fails when it is told to.
type ledger struct {
	*budget.Memory
	mu      sync.Mutex
	batches [][]budget.Entry
	fail    func(entries []budget.Entry) error // may be nil
}

func (l *ledger) Append(ctx context.Context, entries ...budget.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		if err := l.fail(entries); err != nil {
			return err
		}
	}
	if err := l.Memory.Append(ctx, entries...); err != nil {
		return err
	}
	l.batches = append(l.batches, entries)
	return nil
}

// kept returns the result of a task in the books, and the entries it was written with.
func (l *ledger) kept(task string) (result Result, with []budget.Entry, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, batch := range l.batches {
		for _, e := range batch {
			if e.Op == budget.OpResult && e.TaskID() == task {
				result, _ = DecodeResult(e.Result)
				with, ok = batch, true
			}
		}
	}
	return result, with, ok
}

// world is a run with everything it needs.
type world struct {
	t       *testing.T
	ledger  *ledger
	config  budget.Config
	manager *budget.Manager
	workers map[string]*fake
	specs   map[string]spec
	options Options

	results map[string]Result
	order   []string // in which the tasks began
	resumed bool     // the books are those of several parts of the run
	broken  bool     // the ledger failed: the books are behind the counters
}

// newWorld has a budget with these limits and no workers. When the test ends, what must always hold is
// checked.
func newWorld(t *testing.T, limits budget.Limits) *world {
	t.Helper()
	return newWorldWith(t, budget.Config{Limits: limits})
}

func newWorldWith(t *testing.T, config budget.Config) *world {
	t.Helper()
	return newWorldOn(t, new(budget.Memory), config)
}

// newWorldOn has books already.
func newWorldOn(t *testing.T, books *budget.Memory, config budget.Config) *world {
	t.Helper()
	w := &world{
		t: t, ledger: &ledger{Memory: books}, workers: make(map[string]*fake),
		specs: make(map[string]spec), results: make(map[string]Result),
	}
	config.Ledger, config.Logger = w.ledger, slog.New(slog.DiscardHandler)
	w.config = config
	manager, err := budget.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	w.manager = manager
	w.options = Options{Manager: manager, Run: "r", Logger: config.Logger}
	return w
}

// total is a limit on everything.
func total(n int64) budget.Limits { return budget.Limits{budget.Total: budget.TokenLimit(n)} }

// hire registers a fake worker with n slots; its provider has its name.
func (w *world) hire(name string, n int) *fake {
	f := &fake{name: name, world: w}
	f.client = middleware.Chain(middleware.ClientFunc(f.answer), middleware.Budget(w.manager, middleware.BudgetOptions{}))
	w.workers[name] = f
	w.options.Workers = append(w.options.Workers, Slots{Name: name, Worker: f, Concurrency: n, Provider: "p-" + name, Model: "m"})
	return f
}

// add puts a task at the end of the file.
func (w *world) add(t worker.Task, s spec) {
	w.options.Tasks = append(w.options.Tasks, t)
	w.specs[t.ID] = s
}

// run runs the tasks and checks what must hold after every run.
func (w *world) run(ctx context.Context) (Summary, error) {
	w.t.Helper()
	onResult, onEvent := w.options.OnResult, w.options.OnEvent
	o := w.options
	o.OnResult = func(r Result) error {
		w.take(r)
		if onResult != nil {
			return onResult(r)
		}
		return nil
	}
	o.OnEvent = func(e Event) {
		if e.Kind == Started {
			w.order = append(w.order, e.Task)
		}
		if onEvent != nil {
			onEvent(e)
		}
	}
	summary, err := Run(ctx, o)
	w.checkSummary(summary, err)
	w.checkBooks()
	return summary, err
}

// mustRun is run for runs that end by themselves.
func (w *world) mustRun() map[string]Outcome {
	w.t.Helper()
	if _, err := w.run(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return w.outcomes()
}

func (w *world) outcomes() map[string]Outcome {
	out := make(map[string]Outcome)
	for id, r := range w.results {
		out[id] = r.Outcome
	}
	return out
}

// want compares outcomes with a line such as "a:done b:deferred".
func (w *world) want(line string) {
	w.t.Helper()
	want := make(map[string]Outcome)
	for field := range strings.FieldsSeq(line) {
		id, outcome, _ := strings.Cut(field, ":")
		want[id] = Outcome(outcome)
	}
	if diff := cmp.Diff(want, w.outcomes()); diff != "" {
		w.t.Errorf("outcomes (-want +got):\n%s", diff)
		for id, r := range w.results {
			w.t.Logf("%s: %s: %s", id, r.Outcome, r.Reason)
		}
	}
}

// take checks a result as it is reported.
func (w *world) take(r Result) {
	if _, twice := w.results[r.ID]; twice {
		w.t.Errorf("task %s has two results", r.ID)
	}
	w.results[r.ID] = r
	if kept, _, ok := w.ledger.kept(r.ID); !r.Started.IsZero() && !w.broken && (!ok || kept.Outcome != r.Outcome) {
		w.t.Errorf("the result of %s was reported before it was durable: %+v", r.ID, kept)
	}
}

// listed are the tasks of the run: those that one stands for in its place, once there are some.
func (w *world) listed() (list []worker.Task) {
	for _, t := range w.options.Tasks {
		made := 0
		for id := range w.results {
			if t.Foreach != nil && strings.HasPrefix(id, t.ID+"-") {
				made++
				list = append(list, worker.Task{ID: id})
			}
		}
		if made == 0 {
			list = append(list, t)
		}
	}
	return list
}

// checkSummary compares the summary with the results, and the results with each other.
func (w *world) checkSummary(s Summary, err error) {
	w.t.Helper()
	counted := s.Resumed
	for _, n := range s.Counts {
		counted += n
	}
	if counted != len(w.listed()) || s.Total != len(w.listed()) {
		w.t.Errorf("%d tasks, of which %d have an outcome: %v", len(w.listed()), counted, s.Counts)
	}
	if err != nil {
		return // results after the failure are not reported
	}
	for _, t := range w.listed() {
		r, ok := w.results[t.ID]
		earlier := slices.ContainsFunc(w.options.Earlier, func(r Result) bool { return r.ID == t.ID && r.Outcome == Done })
		if !ok && !earlier {
			w.t.Errorf("task %s has no result", t.ID)
		}
		for _, up := range t.DependsOn {
			if o, known := w.results[up]; known && !follows(o.Outcome, r.Outcome) {
				w.t.Errorf("task %s is %s, and %s, which it depends on, is %s", t.ID, r.Outcome, up, o.Outcome)
			}
		}
	}
}

// follows reports whether a task may have an outcome below one with outcome up. One that depends on
// several may have the outcome of another.
func follows(up, o Outcome) bool {
	switch up {
	case Done:
		return true
	case Failed, Exhausted, Skipped:
		return o == Skipped || o == Deferred || o == Cancelled
	}
	return o == up || o == Skipped || o == Deferred || o == Cancelled
}

// checkBooks checks the promise: nothing is held, nothing stands above limit and debt at any instant, the
// counters are the fold of the entries, and what tasks were charged is what was spent.
func (w *world) checkBooks() {
	w.t.Helper()
	if w.broken {
		return
	}
	entries := w.ledger.Entries()
	fold := books.Fold(entries)
	for _, s := range w.manager.Standing().Scopes {
		if !s.Held.IsZero() {
			w.t.Errorf("%v: %v are held at the end", s.Scope, s.Held)
		}
		key := budget.Account{Run: s.Run, Scope: s.Scope}
		if s.Run == "" {
			key = budget.Account{Period: w.manager.Period().ID, Scope: s.Scope}
		}
		if diff := cmp.Diff(fold[key], s.Counters); diff != "" {
			w.t.Errorf("%v: entries and counters differ (-entries +counters):\n%s", s.Scope, diff)
		}
		if s.Scope == budget.Model(servedModel) {
			w.t.Errorf("the report has %v, which was never asked", s.Scope)
		}
	}
	totals := make(map[budget.Account]budget.Counters)
	for _, e := range entries {
		for _, s := range e.Scopes {
			c := totals[e.Account(s)]
			c.Apply(e, s)
			totals[e.Account(s)] = c
			if err := (budget.Status{Scope: s, Limit: w.config.Limits.Of(s), Counters: c}).Sound(); err != nil {
				w.t.Fatalf("after the %s of %s: %v", e.Op, e.ID, err)
			}
		}
	}
	w.checkCharges(fold)
}

// checkCharges compares what each task of the run was charged with what its result says.
func (w *world) checkCharges(fold map[budget.Account]budget.Counters) {
	w.t.Helper()
	if w.resumed {
		return
	}
	for id, r := range w.results {
		if settled := fold[budget.Account{Run: "r", Scope: budget.Task(id)}].Settled.Tokens; settled != r.Tokens {
			w.t.Errorf("task %s: the result says %d tokens, the books say %d", id, r.Tokens, settled)
		}
	}
}

// The errors that providers give.
var (
	errBadKey = &wire.Error{Class: wire.Auth, Status: 401, Sent: true}
	errBroke  = &wire.Error{Class: wire.Quota, Status: 402, Sent: true}
	errNoLine = &wire.Error{Class: wire.Unreachable}
	errBadReq = &wire.Error{Class: wire.Invalid, Status: 400, Sent: true}
	errLost   = &wire.Error{Class: wire.Lost, Sent: true}
	errOther  = errors.New("something else")
)

// ids returns n task ids: "a0", "a1", ...
func ids(prefix string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s%d", prefix, i)
	}
	return out
}

// refusing is a client that gives the same error every time.
type refusing struct{ err error }

func (r refusing) Generate(context.Context, *middleware.Request) (*middleware.Response, error) {
	return nil, r.err
}

// untilCancelled is a client whose calls last until their context ends.
type untilCancelled struct{ err func(context.Context) error }

func (u untilCancelled) Generate(ctx context.Context, _ *middleware.Request) (*middleware.Response, error) {
	<-ctx.Done()
	return nil, u.err(ctx)
}

// answersFirst lets a client answer once, and gives err from then on.
func answersFirst(c middleware.Client, err error) middleware.Client {
	var calls atomic.Int64
	return middleware.ClientFunc(func(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
		if calls.Add(1) > 1 {
			return nil, err
		}
		return c.Generate(ctx, req)
	})
}
