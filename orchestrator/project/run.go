package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/results"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
	"github.com/orchestrate-go/orchestrate/worker"
)

// RunOptions say what to run. Of TaskFile, Tasks and Resume one is needed.
type RunOptions struct {
	TaskFile string        // [Stdin] is read from Stdin; with Resume it may be "", the run's own
	Stdin    io.Reader     // nil is empty
	Tasks    []worker.Task // in place of a file; a run that goes on with such a list is given it again

	Resume string // the run to go on with, or [LastRun]; "" begins another
	Keep   bool   // with Resume, keep the results of tasks that have changed

	Out    string                  // the file that results are added to; "" is Stdout
	OutOf  func(run string) string // names Out where that is "", by the id of the run; nil does not
	Stdout io.Writer               // takes results where Out is "" or "-"; nil takes none
	Force  bool                    // let Out replace the results of another run

	// WriteStatus writes into TaskFile, a tasks.json of Task Master, which tasks are in progress, and done.
	WriteStatus bool

	Wait    bool               // while another process has the books, wait for it to end
	Waiting func(owner string) // is told, once, who that is; it may be nil

	// Serve lets clients in any language spend beside the tasks, as [Project.Serve] does, for as long as the run takes; nil
	// does not. Its Interrupts and Logger are those of the run.
	Serve *ServeOptions

	Part  Part   // which tasks; the zero value is all
	Retry string // with Resume, ask those alone that are "failed", or done and "cut" at their cap

	OnDeferred orchestrator.OnDeferred // "" leaves it to the configuration

	// OnRunning is called once the budget is open, before anything is begun; what it returns is called when the run has ended.
	// It may be nil.
	OnRunning func(*Running) (ended func(), err error)

	Worker NewWorker // nil is a worker that sends the prompt of each task

	// Interrupts is called before the waiting and before the running, and returns how either is interrupted: by closing
	// drain, no task is begun any more, by the end of the context those that run are aborted. stop is called when that is
	// over. Nil leaves it to the context of Run.
	Interrupts func(context.Context) (_ context.Context, drain <-chan struct{}, stop func())

	OnBegin  func(Opening)
	OnEvent  func(orchestrator.Event)
	OnResult func(orchestrator.Result) error // an error ends the run
	OnEnd    func(Ended)

	Logger *slog.Logger // nil is [slog.Default]
}

// Opening is what there is to say when a run begins.
type Opening struct {
	Run       string
	Tasks     int
	Resumed   bool                 // the run goes on
	Left      orchestrator.Resumed // what it takes over and what it pays again
	Config    string               // where its configuration is
	Mode      budget.Mode
	Period    budget.Period
	Total     budget.Status // the total scope
	OfRun     budget.Status // what the run spent, whatever the period
	Simulated bool

	Now func() budget.Status // the total scope, whenever it is asked for
}

// Ended is what a run came to.
type Ended struct {
	Summary  orchestrator.Summary
	TaskFile string        // of the run
	Out      string        // where its results are, "" for standard output
	Total    budget.Status // the total scope
	OfRun    budget.Status // what the run spent, whatever the period

	WritesStatus bool // into the task file

	Unserved int                  // tasks deferred because no provider takes them
	Paused   map[string]time.Time // providers that deferred tasks: until when they take no calls, zero if they did not say
}

// ErrStoppedWaiting says that the wait for the books was interrupted; nothing was run.
var ErrStoppedWaiting = errors.New("stopped waiting; nothing was run")

// Run runs tasks as far as the budget goes. It owns the books meanwhile. The error is nil if the run went to its end,
// whatever that was for its tasks.
func (p *Project) Run(ctx context.Context, o RunOptions) (Ended, error) {
	ready, err := p.prepare(o)
	if err != nil {
		return Ended{}, err
	}
	own, err := ready.own(ctx)
	if err != nil {
		return Ended{}, err
	}
	ended, err := own.execute(ctx)
	return ended, errors.Join(err, own.ledger.Close())
}

// prepared is a run with all that it takes but the books.
type prepared struct {
	*Project
	options RunOptions
	log     *slog.Logger
	clients map[string]middleware.Client // by provider
	given   []worker.Task                // nil where the run to go on with says which
}

func (p *Project) prepare(o RunOptions) (*prepared, error) {
	if o.TaskFile == "" && o.Resume == "" && o.Tasks == nil {
		return nil, usage(errors.New("which task file? (orchestrate run tasks.toml, or orchestrate run --resume)"))
	}
	r := &prepared{Project: p, options: o, log: o.Logger, given: o.Tasks}
	if r.log == nil {
		r.log = slog.Default()
	}
	return r, r.ready()
}

// ready reads what the configuration and the task file say.
func (r *prepared) ready() (err error) {
	if err := r.Staffed(); err != nil {
		return err
	}
	if r.clients, err = r.Clients(); err != nil || r.options.Resume != "" {
		return err
	}
	if r.given != nil && (r.options.Tasks != nil || r.options.TaskFile == Stdin) { // it can be read once
		return r.check(r.given)
	}
	r.given, err = r.load(r.options.TaskFile, r.options.Stdin, nil)
	return err
}

// own opens the books. What was prepared before a wait is prepared again: the files may have changed, and what "budget
// set" wrote meanwhile counts.
func (r *prepared) own(ctx context.Context) (*owned, error) {
	ledger, waited, err := r.openOwn(ctx)
	if err != nil {
		return nil, err
	}
	if waited {
		var again *Project
		if again, err = Open(r.Path, r.Warn); err == nil {
			r.Config = again.Config
			err = r.ready()
		}
	}
	own := &owned{prepared: r, ledger: ledger}
	if err == nil {
		own.resumption, err = r.identify(ctx, ledger)
	}
	if err == nil && r.options.Out == "" && r.options.OutOf != nil {
		r.options.Out = r.options.OutOf(own.run.ID)
	}
	if err == nil && r.options.Serve != nil {
		own.proxy, err = own.openDoor(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, ledger.Close())
	}
	return own, nil
}

// identify settles which run this is.
func (r *prepared) identify(ctx context.Context, store books.Store) (resumption, error) {
	if r.options.Resume != "" {
		return r.findRun(ctx, store, r.options.Resume, r.options.Out, source{tasks: r.options.Tasks, file: r.options.TaskFile, stdin: r.options.Stdin})
	}
	file := r.options.TaskFile
	return resumption{tasks: r.given, run: books.Run{
		ID: orchestrator.NewRunID(), TaskFile: absolute(file), Digest: digest(file),
		Started: time.Now().UTC(), Simulated: r.Simulated(),
	}}, nil
}

// owned is a run that has the books.
type owned struct {
	*prepared
	resumption
	ledger *sqlite.Ledger
	tally  *tallied                       // the ledger, as the budget writes it
	alerts *alerts                        // nil is none
	proxy  *proxy                         // nil is none
	spent  map[budget.Scope]budget.Amount // in earlier periods, where the run has one of its own
}

// execute opens the results and the budget, runs the tasks, and closes the results.
func (o *owned) execute(ctx context.Context) (ended Ended, err error) {
	if o.proxy != nil {
		defer o.proxy.listener.Close()
	}
	out, err := o.openResults()
	if err != nil {
		return ended, usage(err)
	}
	b := &begun{owned: o, out: out, paused: make(map[string]time.Time)}
	if b.statuses, err = o.openStatuses(); err == nil {
		b.manager, err = o.begin(ctx)
	}
	if err == nil {
		err = out.Begin()
	}
	if err == nil {
		ended, err = b.perform(ctx)
	}
	return ended, errors.Join(err, out.Close())
}

// openResults opens what takes the results. Where the books keep no outputs and what takes them cannot be read back,
// that is said.
func (o *owned) openResults() (*results.File, error) {
	keeps := o.Config.Run.StoreOutputs
	stdout := o.options.Stdout
	if stdout == nil {
		stdout = io.Discard
	}
	if !keeps && results.IsSheet(o.options.Out) {
		return nil, fmt.Errorf("store_outputs = false, and a resumed run cannot read its outputs back from %s (name a file of JSON lines: --out results.jsonl)", o.options.Out)
	}
	d := results.Destination{
		Path: o.options.Out, Run: o.run.ID, Resumed: o.options.Resume != "", Force: o.options.Force,
		OnlyCopy: !keeps, State: o.stateDir(), Warn: func(message string) { o.log.Warn(message) },
	}
	if results.IsSheet(d.Path) {
		var whole bool
		d.Columns, whole = tasks.Columns(o.tasks)
		d.WithID, d.Fields = !whole, tasks.SchemaFields(o.tasks)
		d.Metadata = slices.ContainsFunc(o.tasks, func(t worker.Task) bool { return t.Metadata != nil })
	}
	out, err := results.Open(d, stdout)
	if err == nil && !keeps && results.Discards(out) {
		return nil, errors.Join(errors.New("store_outputs = false, and the results go to the null device, as those of a closed standard output do: "+
			"nobody would keep what is paid for (name a file: --out FILE)"), out.Close())
	}
	if err == nil && !keeps && !out.Regular() {
		o.warn("store_outputs = false, and the results go where they cannot be read back: " +
			"whoever reads them has the only copy, and a resumed run lacks them (--out FILE keeps them)")
	}
	return out, err
}

// begin opens the budget and notes in the books that the run goes on from here.
func (o *owned) begin(ctx context.Context) (*budget.Manager, error) {
	if err := o.ledger.SetOwner(o.run.ID); err != nil {
		return nil, err
	}
	c := o.BudgetConfig(o.tasks, o.log)
	o.tally = tally(o.ledger)
	c.Ledger, c.Run = o.tally, o.run.ID
	if o.proxy != nil {
		c.Beside = []string{ServeRun}
		o.proxy.limit(&c)
	}
	var err error
	if o.alerts, err = o.openAlerts(o.run.ID, o.log); err != nil {
		return nil, err
	}
	if o.alerts != nil {
		c.OnWarning = o.alerts.threshold
	}
	if o.spent, err = o.ownPeriod(ctx, o.ledger, o.run.ID, &c); err != nil {
		return nil, err
	}
	m, err := budget.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	o.run.Status = "running"
	return m, o.ledger.BeginRun(ctx, o.run)
}
