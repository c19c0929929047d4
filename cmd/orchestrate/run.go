package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/worker"
)

// simLatency is how long a simulated answer takes with --sim, so that progress can be watched.
const simLatency = 20 * time.Millisecond

// lastRun is what --resume without a value stands for.
const lastRun = "last"

// runFlags are the flags of run.
type runFlags struct {
	out      string
	force    bool
	resume   string
	sim      bool
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
  orchestrate run tasks.toml --resume=20261123-204033-abc123 --out all.jsonl`,
		Long: `Run the tasks of a file, as far as the budget goes.

Results are JSON lines on standard output or in --out, progress and logs go to
standard error. A plain rerun is a new run and pays again; --resume goes on with
the last one and does not pay for a finished task twice.

The first Ctrl-C lets running tasks end and starts no more; the second aborts
them. The books are settled either way.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var file string
			if len(args) == 1 {
				file = args[0]
			}
			return runCommand(c.Context(), f, r, file, std)
		},
	}
	c.Flags().StringVarP(&r.out, "out", "o", "", "write results to this file instead of standard output")
	c.Flags().BoolVar(&r.force, "force", false, "let --out replace a file")
	c.Flags().StringVar(&r.resume, "resume", "", "go on with the last run, or with --resume=RUN")
	c.Flags().Lookup("resume").NoOptDefVal = lastRun
	c.Flags().BoolVar(&r.sim, "sim", false, "simulate every provider; the output is made up, the books are apart")
	c.Flags().StringVar(&r.progress, "progress", "auto", "how to show progress: auto, live, plain, json or off")
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
	if len(p.config.Workers) == 0 {
		return usage(fmt.Errorf("%s: there are no [[workers]] to run tasks (orchestrate init writes an example)", p.path))
	}
	summary, err := p.execute(ctx, r, file, std)
	if err != nil {
		return err
	}
	if code := exitCode(summary); code != exitDone {
		return &exitError{code: code}
	}
	return nil
}

// execution is a run with all it needs open.
type execution struct {
	*project
	flags   *runFlags
	std     stdio
	ledger  *sqlite.Ledger
	manager *budget.Manager
	run     sqlite.Run
	tasks   []worker.Task
	earlier map[string]orchestrator.Result // finished before, by task
	out     *results
}

// execute runs the task file, from opening the books to closing them.
func (p *project) execute(ctx context.Context, r *runFlags, file string, std stdio) (s orchestrator.Summary, err error) {
	if err := checkProgress(r.progress); err != nil {
		return s, err
	}
	x := &execution{project: p, flags: r, std: std}
	if r.resume == "" { // a mistake in the task file needs no books
		if x.tasks, err = p.loadTasks(file, std); err != nil {
			return s, err
		}
	}
	if x.ledger, err = sqlite.Open(ctx, p.ledgerPath(), sqlite.Options{}); err != nil {
		return s, usage(err)
	}
	defer func() { err = errors.Join(err, x.ledger.Close()) }()
	if err := x.prepare(ctx, file); err != nil {
		return s, err
	}
	if x.out, err = createResults(r.out, r.force, std.out); err != nil {
		return s, usage(err)
	}
	s, err = x.perform(ctx)
	return s, errors.Join(err, x.out.Close())
}

// prepare settles which run this is and opens the budget.
func (x *execution) prepare(ctx context.Context, file string) (err error) {
	if x.flags.resume != "" {
		if err := x.resumeRun(ctx, file); err != nil {
			return err
		}
	} else {
		x.run = sqlite.Run{ID: orchestrator.NewRunID(), TaskFile: absolute(file), Digest: digest(file)}
	}
	x.run.Started, x.run.Simulated = time.Now().UTC(), x.simulated()
	if err := x.ledger.SetOwner(x.run.ID); err != nil {
		return err
	}
	config := x.budgetConfig(x.tasks, x.logger(x.std.err))
	config.Ledger, config.Run = x.ledger, x.run.ID
	config.NewPeriod = x.config.Budget.Period == orchestrator.PeriodRun && x.flags.resume == ""
	if x.manager, err = budget.Open(ctx, config); err != nil {
		return err
	}
	x.run.Status = "running"
	return x.ledger.BeginRun(ctx, x.run)
}

// perform runs the tasks with progress and signals, and says what came of it.
func (x *execution) perform(ctx context.Context) (orchestrator.Summary, error) {
	show := newProgress(x.flags.progress, x.std.err)
	log := x.logger(show)
	x.greet()
	slots, err := x.workers(x.manager, log)
	if err != nil {
		return orchestrator.Summary{}, err
	}
	ctx, signals := watchSignals(ctx)
	defer signals.stop()
	for _, earlier := range x.earlier {
		if err := x.out.Write(earlier); err != nil {
			return orchestrator.Summary{}, err
		}
	}
	show.Start()
	summary, err := orchestrator.Run(ctx, orchestrator.Options{
		Manager: x.manager, Workers: slots, Tasks: x.tasks, Run: x.run.ID, Finished: x.earlier,
		DiscardOutputs: !x.config.Run.StoreOutputs, Drain: signals.drain,
		OnResult: x.out.Write, OnEvent: show.Event, Logger: log,
	})
	show.Stop()
	status := "ended"
	if summary.Interrupted {
		status = "interrupted"
	}
	err = errors.Join(err, x.ledger.EndRun(context.WithoutCancel(ctx), x.run.ID, time.Now().UTC(), status))
	x.farewell(summary)
	if code := signals.exitCode(); err == nil && code != 0 {
		err = &exitError{code: code}
	}
	return summary, runError(err)
}

// runError gives an error that ended a run the exit code of a failure.
func runError(err error) error {
	var exit *exitError
	if err == nil || errors.As(err, &exit) {
		return err
	}
	return &exitError{exitFailed, err}
}

// exitCode is the first that applies of the codes for a run that went to its end.
func exitCode(s orchestrator.Summary) int {
	switch {
	case len(s.Unavailable) > 0 && s.Counts[orchestrator.Deferred] > 0:
		return exitProvider
	case s.Counts[orchestrator.Failed] > 0 || s.Counts[orchestrator.Exhausted] > 0:
		return exitFailed
	case s.Counts[orchestrator.Deferred] > 0:
		return exitDeferred
	}
	return exitDone
}

func absolute(file string) string {
	if file == "-" {
		return file
	}
	if path, err := filepath.Abs(file); err == nil {
		return path
	}
	return file
}

// digest names the content of a task file; "" for standard input.
func digest(file string) string {
	in, err := os.Open(file)
	if file == "-" || err != nil {
		return ""
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}

// greet says what begins, and from where the books go on.
func (x *execution) greet() {
	if x.flags.progress == "json" || x.flags.progress == "off" {
		return
	}
	w := x.std.err
	verb := "run"
	if x.flags.resume != "" {
		verb = "resuming run"
	}
	fmt.Fprintf(w, "%s %s: %s, configured by %s\n", verb, x.run.ID, plural(len(x.tasks), "task"), x.path)
	total := x.manager.Total()
	fmt.Fprintf(w, "budget: %s; period %d so far: %s\n", limitText(total.Limit, x.config.Budget.Mode), x.manager.Period().ID, spentText(total))
	if x.simulated() {
		fmt.Fprintln(w, "simulated: no model is called, the output is made up")
	}
	if n := len(x.earlier); n > 0 {
		fmt.Fprintf(w, "%s finished before and not done again\n", plural(n, "task"))
	}
}

// farewell sums the run up, with the command that goes on.
func (x *execution) farewell(s orchestrator.Summary) {
	if x.flags.progress == "json" || x.flags.progress == "off" {
		return
	}
	w := x.std.err
	fmt.Fprintln(w, summaryText(s, x.manager.Total()))
	left := s.Total - s.Resumed - s.Counts[orchestrator.Done]
	if left == 0 {
		return
	}
	flags := ""
	if x.flags.sim {
		flags += " --sim"
	}
	if x.flags.out != "" {
		flags += " --out " + cmp.Or(x.flags.out) + " --force"
	}
	fmt.Fprintf(w, "to go on with what is left: %s run --resume=%s --config %s%s\n", program(), x.run.ID, x.path, flags)
}
