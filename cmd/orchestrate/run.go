package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/results"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// simLatency is how long a simulated answer takes with --sim, so that progress can be watched.
const simLatency = 20 * time.Millisecond

// lastRun is what --resume without a value stands for.
const lastRun = "last"

// stdinFile is the task file that stands for standard input.
const stdinFile = "-"

// runFlags are the flags of run.
type runFlags struct {
	out      string
	force    bool
	resume   string
	keep     bool
	sim      bool
	wait     bool
	progress string
}

func newRun(f *flags, std stdio) *cobra.Command {
	r := &runFlags{}
	c := &cobra.Command{
		Use:   "run [TASKFILE]",
		Short: "Run the tasks of a file, as far as the budget goes",
		Example: `  orchestrate run tasks.toml --out results.jsonl
  orchestrate run tasks.toml --sim > results.jsonl    simulated: no key, no cost, books of its own
  cat prompts.jsonl | orchestrate run -
  orchestrate run --resume                            go on with the last run
  orchestrate run tasks.toml --wait                   when the run that has the books has ended
  orchestrate run tasks.toml --resume=20261123-204033-abc123 --out all.jsonl`,
		Long: `Run the tasks of a file, as far as the budget goes.

Results are JSON lines on standard output or in --out, progress and logs go to
standard error. A plain rerun is a new run and pays again; --resume goes on with
the last one and does not pay for a finished task twice, unless what it asks has
changed. A resumed run adds to its file: the last line of a task counts.

The first Ctrl-C lets running tasks end and starts no more; the second aborts
them. The books are settled either way.`,
		Args: takes(0, "one task file"),
		RunE: func(c *cobra.Command, args []string) error {
			var file string
			if len(args) == 1 {
				file = args[0]
			}
			if err := checkResume(c); err != nil {
				return err
			}
			if r.keep && r.resume == "" {
				return usage(errors.New("--keep goes with --resume: a new run has no results to keep"))
			}
			return runCommand(c.Context(), f, r, file, std)
		},
	}
	c.Flags().StringVarP(&r.out, "out", "o", "", "write results to this file instead of standard output")
	c.Flags().BoolVar(&r.force, "force", false, "let --out replace the results of another run")
	c.Flags().StringVar(&r.resume, "resume", "", "go on with the last run, or with --resume=RUN")
	c.Flags().Lookup("resume").NoOptDefVal = lastRun
	c.Flags().BoolVar(&r.keep, "keep", false, "with --resume, keep the results of tasks that have changed")
	c.Flags().BoolVar(&r.sim, "sim", false, "simulate every provider; the output is made up, the books are apart")
	c.Flags().BoolVar(&r.wait, "wait", false, "while another run has the books, wait for it to end")
	c.Flags().StringVar(&r.progress, "progress", "auto", "how to show progress: auto, live (on a terminal), plain, json or off")
	_ = c.RegisterFlagCompletionFunc("progress", cobra.FixedCompletions([]string{"auto", "live", "plain", "json", "off"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func runCommand(ctx context.Context, f *flags, r *runFlags, file string, std stdio) error {
	if file == "" && r.resume == "" {
		return usage(errors.New("which task file? (orchestrate run tasks.toml, or orchestrate run --resume)"))
	}
	p, err := loadProject(f, file, std)
	if err != nil {
		return err
	}
	p.sim = r.sim
	code, err := p.execute(ctx, r, file, std)
	if err == nil && code != exitDone {
		err = &exitError{code: code}
	}
	return err
}

// execution is a run with all it needs open.
type execution struct {
	*project
	flags   *runFlags
	std     stdio
	show    view.Display
	log     *slog.Logger
	clients map[string]middleware.Client // by provider
	ledger  *sqlite.Ledger
	manager *budget.Manager
	resumption
	out      *results.File
	unserved int                  // tasks deferred because no provider takes them
	paused   map[string]time.Time // providers that deferred tasks: until when they take no calls, zero if they did not say
}

// execute runs the task file, from opening the books to closing them. What the user may have to mend is
// looked at first: a mistake leaves no run in the books and no results file.
func (p *project) execute(ctx context.Context, r *runFlags, file string, std stdio) (code int, err error) {
	if err := checkProgress(r.progress); err != nil {
		return 0, err
	}
	x := &execution{project: p, flags: r, std: std, show: newProgress(r.progress, std.err), paused: make(map[string]time.Time)}
	if err := x.prepare(file); err != nil {
		return 0, err
	}
	var waited bool
	if x.ledger, waited, err = p.openOwn(ctx, r.wait, std); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, x.ledger.Close()) }()
	if waited {
		if err := x.reread(file); err != nil {
			return 0, err
		}
	}
	if err := x.identify(ctx, file); err != nil {
		return 0, err
	}
	if x.out, err = x.openResults(); err != nil {
		return 0, usage(err)
	}
	if err = x.begin(ctx); err == nil {
		err = x.out.Begin()
	}
	if err == nil {
		code, err = x.perform(ctx)
	}
	return code, errors.Join(err, x.out.Close())
}

// prepare gets ready all that a run takes but the books.
func (x *execution) prepare(file string) (err error) {
	x.log = x.logger(x.show, x.flags.progress == "json")
	slog.SetDefault(x.log)
	if err := x.staffed(); err != nil {
		return err
	}
	if x.clients, err = x.modelClients(); err != nil || x.flags.resume != "" {
		return err
	}
	if file == stdinFile && x.tasks != nil { // it can be read once
		return usage(tasks.Check(x.tasks, x.config))
	}
	x.tasks, err = x.loadTasks(file, x.std)
	return err
}

// reread prepares again after a wait: the files may have changed, and what "budget set" wrote meanwhile counts.
func (x *execution) reread(file string) error {
	p, err := loadProject(&flags{config: x.path}, file, x.std)
	if err != nil {
		return err
	}
	x.config = p.config
	return x.prepare(file)
}

// identify settles which run this is.
func (x *execution) identify(ctx context.Context, file string) (err error) {
	if x.flags.resume != "" {
		x.resumption, err = x.findRun(ctx, x.ledger, x.flags.resume, file, x.flags.out, x.std)
		return err
	}
	x.run = sqlite.Run{
		ID: orchestrator.NewRunID(), TaskFile: absolute(file), Digest: digest(file),
		Started: time.Now().UTC(), Simulated: x.simulated(),
	}
	return nil
}

// openResults opens what takes the results. Where the books keep no outputs and what takes them cannot be read back,
// that is said.
func (x *execution) openResults() (*results.File, error) {
	out, err := results.Open(results.Destination{
		Path: x.flags.out, Run: x.run.ID, Resumed: x.flags.resume != "", Force: x.flags.force,
		OnlyCopy: !x.config.Run.StoreOutputs, State: filepath.Dir(x.ledgerPath()), Warn: func(message string) { x.log.Warn(message) },
	}, x.std.out)
	if err == nil && !x.config.Run.StoreOutputs && results.Discards(out) {
		return nil, errors.Join(errors.New("store_outputs = false, and the results go to the null device, as those of a closed standard output do: "+
			"nobody would keep what is paid for (name a file: --out FILE)"), out.Close())
	}
	if err == nil && !out.Regular() && !x.config.Run.StoreOutputs {
		fmt.Fprintln(x.std.err, "warning: store_outputs = false, and the results go where they cannot be read back: "+
			"whoever reads them has the only copy, and a resumed run lacks them (--out FILE keeps them)")
	}
	return out, err
}

// begin opens the budget and notes in the books that the run goes on from here.
func (x *execution) begin(ctx context.Context) (err error) {
	if err := x.ledger.SetOwner(x.run.ID); err != nil {
		return err
	}
	config := x.budgetConfig(x.tasks, x.log)
	config.Ledger, config.Run = x.ledger, x.run.ID
	if err := x.ownPeriod(ctx, x.ledger, x.run.ID, &config); err != nil {
		return err
	}
	if x.manager, err = budget.Open(ctx, config); err != nil {
		return err
	}
	if p := x.manager.Period(); p.Ahead(time.Now()) {
		x.log.Warn(view.AheadText(p, x.config.Budget.TimeZone))
	}
	x.run.Status = "running"
	return x.ledger.BeginRun(ctx, x.run)
}

// perform runs the tasks with progress and signals, and says what came of it.
func (x *execution) perform(ctx context.Context) (code int, err error) {
	ctx, signals := watchSignals(ctx)
	defer signals.stop()
	gates := x.gates()
	summary, err := orchestrator.Run(ctx, orchestrator.Options{
		Manager: x.manager, Workers: x.workers(gates), Gates: gates, Tasks: x.tasks, Run: x.run.ID, Last: x.last,
		Earlier: x.earlier, Found: x.found, KeepChanged: x.flags.keep, OnResumed: x.resumed,
		DiscardOutputs: !x.config.Run.StoreOutputs, KeepOutput: x.keepOutput(), Drain: signals.drain,
		OnResult: x.result, OnEvent: x.show.Event, Logger: x.log,
	})
	status := "ended"
	if summary.Interrupted {
		status = "interrupted"
	}
	err = errors.Join(err, x.ledger.EndRun(context.WithoutCancel(ctx), x.run.ID, time.Now().UTC(), status))
	if summary.Run != "" { // it did begin
		x.show.End(view.Closing{
			Summary: summary, Total: x.manager.Total(), OfRun: x.manager.OfRun(x.run.ID),
			Resume: x.resumeCommand(summary), Mend: x.mend(summary),
		})
	}
	if err != nil {
		return 0, err
	}
	return cmp.Or(signals.exitCode(), exitCode(summary, x.unserved)), nil
}

// keepOutput is where outputs are kept beside the books. What they should have taken is kept only where a resumed run can
// read it: what is printed as done is booked.
func (x *execution) keepOutput() func(orchestrator.Result) (string, error) {
	if x.config.Run.StoreOutputs && !x.out.Regular() {
		return nil
	}
	return x.out.Keep
}

// resumed opens the display, and writes what earlier parts of the run finished.
func (x *execution) resumed(left orchestrator.Resumed) error {
	x.show.Begin(view.Opening{
		Run: x.run.ID, Tasks: len(x.tasks), Resumed: x.flags.resume != "", Left: left, Config: x.path,
		Mode: x.config.Budget.Mode, Period: x.manager.Period().ID, Total: x.manager.Total(), OfRun: x.manager.OfRun(x.run.ID),
		Simulated: x.simulated(), Now: x.manager.Total,
	})
	for _, earlier := range left.Kept {
		if err := x.out.Write(earlier); err != nil {
			return err
		}
	}
	return nil
}

func (x *execution) result(r orchestrator.Result) error {
	if r.Outcome == orchestrator.Deferred && r.Provider != "" {
		x.unserved++
		until := x.paused[r.Provider]
		if at := r.NotBefore; at != nil && at.After(until) {
			until = *at
		}
		x.paused[r.Provider] = until
	}
	return x.out.Write(r)
}

// digest names the content of a task file; "" for standard input and other pipes.
func digest(file string) string {
	if info, err := os.Stat(file); file == stdinFile || err != nil || !info.Mode().IsRegular() { // a pipe can be read once
		return ""
	}
	in, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}
