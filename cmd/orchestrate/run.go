package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// runFlags are the flags of run.
type runFlags struct {
	out    string
	force  bool
	resume string
	keep   bool

	onDeferred string
	part       project.Part
	retry      string
	status     bool
	wait       bool
	progress   string
	jsonFile   string
	detach     bool
	dashboard  string // its address, "" for none
	detached   bool   // it was: the results go to a file
	serve      string // the address of a proxy, with serveConfigured for that of [serve]; "" is none
}

// serveConfigured is --serve without an address.
const serveConfigured = "configured"

const aboutRun = `Run the tasks of a file, as far as the budget goes.

Results are JSON lines on standard output or in --out, progress and logs go to
standard error. A plain rerun is a new run and pays again; --resume goes on with
the last one and does not pay for a finished task twice, unless what it asks has
changed. A resumed run adds to its file: the last line of a task counts.

The first Ctrl-C lets running tasks end and starts no more; the second aborts
them. The books are settled either way.`

func newRun(f *flags, std stdio) *cobra.Command {
	r := &runFlags{}
	c := &cobra.Command{
		Use:   "run [TASKFILE]",
		Short: "Run the tasks of a file, as far as the budget goes",
		Example: `  orchestrate run tasks.toml --out results.jsonl
  orchestrate run prompts.jsonl -m gpt-4o-mini --tokens 200k --cost 1     no orchestrate.toml is needed
  orchestrate run reviews.csv --prompt 'Classify: {{ .review }}' --out results.jsonl
  orchestrate run tasks.toml --sim > results.jsonl    simulated: no key, no cost, books of its own
  orchestrate run .taskmaster/tasks/tasks.json --write-status
  cat prompts.jsonl | orchestrate run -
  orchestrate run --resume                            go on with the last run
  orchestrate run tasks.toml --wait                   when the run that has the books has ended
  orchestrate run tasks.toml --dashboard              and look at it in a browser
  orchestrate run tasks.toml --serve                  clients spend from the same budget meanwhile
  orchestrate run tasks.toml --resume=20261123-204033-abc123 --out all.jsonl`,
		Long: aboutRun,
		Args: takes(0, "one task file"),
		RunE: func(c *cobra.Command, args []string) error {
			var file string
			if len(args) == 1 {
				file = args[0]
			}
			if err := r.check(c); err != nil {
				return err
			}
			return runCommand(c.Context(), f, r, file, std)
		},
	}
	c.Flags().StringVarP(&r.out, "out", "o", "", "write results to this file instead of standard output")
	c.Flags().BoolVar(&r.force, "force", false, "let --out replace the results of another run")
	c.Flags().StringVar(&r.resume, "resume", "", "go on with the last run, or with --resume=RUN")
	c.Flags().Lookup("resume").NoOptDefVal = project.LastRun
	complete(c, "resume", f, runIDs)
	c.Flags().BoolVar(&r.keep, "keep", false, "with --resume, keep the results of tasks that have changed")
	c.Flags().StringVar(&r.serve, "serve", "", "pass calls of clients on to the providers meanwhile, as orchestrate serve does; --serve=ADDRESS listens there")
	c.Flags().Lookup("serve").NoOptDefVal = serveConfigured
	c.Flags().BoolVar(&r.status, "write-status", false, "write into a tasks.json of Task Master which tasks are in progress, and done")
	addTemplate(c, f)
	addQuick(c, f)
	addSim(c, f, "simulate every provider; the output is made up, the books are apart")
	addPart(c, r)
	complete(c, "task", f, taskIDs)
	c.Flags().StringVar(&r.onDeferred, "on-deferred", "", "what to do once the budget can pay for no more: end, or wait for a raised limit or the next period (default: [run] on_deferred)")
	c.Flags().BoolVar(&r.wait, "wait", false, "while another run has the books, wait for it to end")
	addDetach(c, r)
	addDashboard(c, &r.dashboard)
	addProgress(c, &r.progress)
	c.Flags().StringVar(&r.jsonFile, "json-file", "", "write progress to this file as well, as --progress json does")
	return c
}

// addPart gives a command the flags for a part of a run.
func addPart(c *cobra.Command, r *runFlags) {
	c.Flags().IntVar(&r.part.First, "first", 0, "do the first N tasks of the file alone, and what they depend on; run --resume does the rest")
	c.Flags().IntVar(&r.part.Sample, "sample", 0, "do N tasks from anywhere in the file alone")
	c.Flags().StringArrayVar(&r.part.Tasks, "task", nil, "do this task alone, and what it depends on; may be repeated")
	c.Flags().StringVar(&r.retry, "retry", "", "go on with the last run, or that of --resume: ask tasks again that failed, or whose answers the cap cut (failed or cut)")
}

// outOf names the file of results where no other was named and standard output is a terminal, whose frame they would spoil, or
// nobody's; nil else.
func (r *runFlags) outOf(std stdio) func(run string) string {
	if !r.detached && terminalOf(std.out) == nil {
		return nil
	}
	return func(run string) string { return "results-" + run + ".jsonl" }
}

// check refuses flags that say nothing, or nothing together.
func (r *runFlags) check(c *cobra.Command) error {
	if err := checkResume(c); err != nil {
		return err
	}
	if c.Flags().Changed("serve") && r.serve == "" {
		return usage(errors.New("--serve= names no address (--serve alone listens where [serve] says)"))
	}
	switch r.retry {
	case "", project.RetryFailed, project.RetryCut:
	default:
		return usage(fmt.Errorf("--retry=%s: it is %s or %s", r.retry, project.RetryFailed, project.RetryCut))
	}
	if r.part.First < 0 || r.part.Sample < 0 {
		return usage(errors.New("--first and --sample are numbers of tasks"))
	}
	if r.retry != "" && r.resume == "" {
		r.resume = project.LastRun
	}
	if of := orchestrator.OnDeferred(r.onDeferred); of != "" && of != orchestrator.EndDeferred && of != orchestrator.WaitDeferred {
		return usage(fmt.Errorf("--on-deferred=%s: it is end or wait", r.onDeferred))
	}
	if r.keep && r.resume == "" {
		return usage(errors.New("--keep goes with --resume: a new run has no results to keep"))
	}
	return nil
}

// checkResume refuses an empty --resume=, which is a script's variable that is not set and no wish for a new run.
func checkResume(c *cobra.Command) error {
	if flag := c.Flags().Lookup("resume"); flag.Changed && flag.Value.String() == "" {
		return usage(errors.New("--resume= names no run (--resume alone goes on with the last one)"))
	}
	return nil
}

func runCommand(ctx context.Context, f *flags, r *runFlags, file string, std stdio) error {
	if file == "" && r.resume == "" {
		return usage(errors.New("which task file? (orchestrate run tasks.toml, or orchestrate run --resume)"))
	}
	p, err := loadProject(f, file, std)
	if err != nil {
		return err
	}
	if r.detach {
		return detach(ctx, p, file, std)
	}
	code, err := execute(ctx, f, p, r, file, std)
	if err == nil && code != exitDone {
		err = &exitError{code: code}
	}
	return err
}

// execute runs a task file with progress and signals. The code is that of a run that went to its end.
func execute(ctx context.Context, f *flags, p *project.Project, r *runFlags, file string, std stdio) (code int, err error) {
	mode, err := f.progress(r.progress)
	if err != nil {
		return 0, err
	}
	show, closeFile, err := beside(newProgress(mode, std.err, f.colourless()), r.jsonFile)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, closeFile()) }()
	log, err := f.logger(p, show, mode == "json")
	if err != nil {
		return 0, err
	}
	slog.SetDefault(log)
	signals, controls := &signals{}, &controlled{log: log, watch: show.Watch, dashboard: r.dashboard, err: std.err}
	ended, err := p.Run(ctx, project.RunOptions{
		TaskFile: file, Stdin: std.in, Resume: r.resume, Keep: r.keep, OnDeferred: orchestrator.OnDeferred(r.onDeferred),
		Part: r.part, Retry: r.retry,
		Out: r.out, OutOf: r.outOf(std), Stdout: std.out, Force: r.force, WriteStatus: r.status,
		Wait:       r.wait,
		Waiting:    func(owner string) { fmt.Fprintf(std.err, "waiting for %s (Ctrl-C ends the wait)\n", owner) },
		Interrupts: signals.watch,
		OnBegin: func(o project.Opening) {
			if o.Period.Ahead(time.Now()) {
				log.Warn(view.AheadText(o.Period, p.Config.Budget.TimeZone))
			}
			show.Begin(o)
		},
		OnRunning: controls.running,
		OnEvent: func(e orchestrator.Event) {
			show.Event(e)
			controls.event(e)
		},
		OnEnd: func(e project.Ended) {
			show.End(view.Closing{Ended: e, Resume: resumeCommand(p, e), Mend: mend(p, e)})
			if r.out == "" && e.Out != "" {
				fmt.Fprintln(std.err, "the results are in", e.Out)
			}
		},
		Serve:  r.proxy(p, controls, std),
		Logger: log,
	})
	switch {
	case errors.Is(err, project.ErrStoppedWaiting):
		return 0, &exitError{signals.exitCode(), err}
	case err != nil:
		return 0, err
	}
	return cmp.Or(signals.exitCode(), exitCode(ended.Summary, ended.Unserved)), nil
}
