package project

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/worker"
	"github.com/orchestrate-go/orchestrate/worker/command"
)

// execRun begins the names of runs of one command, which cannot be resumed; their worker and task are called execName.
const (
	execRun  = "exec-"
	execName = "exec"
)

// ExecOptions say which command to run.
type ExecOptions struct {
	Command     []string       // nil is the agent of Preset
	Preset      command.Preset // "" is none
	Provider    string         // that the command reaches; "" is the only one that it can talk to, or that of the first worker
	Model       string         // "" is that of the provider's first worker
	Limit       budget.Limit   // of this command; nil fields are the project's for a task
	Environment []string       // more variables that it gets
	Streams     command.Streams

	// Interrupts returns a context that ends when the command is to be stopped; nil is ctx.
	Interrupts func(context.Context) (_ context.Context, stop func())

	Logger *slog.Logger // nil is [slog.Default]
}

// Executed is how a command ended.
type Executed struct {
	command.Attached
	Run   string
	Spent budget.Status // of the command
}

// Exec runs one command, whose calls are charged to a run of their own. It owns the books meanwhile. The error says that
// it could not be run, or that the books could not be written.
func (p *Project) Exec(ctx context.Context, o ExecOptions) (x Executed, err error) {
	w, err := p.execWorker(o)
	if err != nil {
		return x, usage(err)
	}
	ledger, err := p.ownBooks(ctx, "exec")
	if err != nil {
		return x, err
	}
	defer func() { err = errors.Join(err, ledger.Close()) }()
	x.Run = execRun + orchestrator.NewRunID()
	if err := ledger.SetOwner(x.Run); err != nil {
		return x, err
	}
	log := cmp.Or(o.Logger, slog.Default())
	task := worker.Task{ID: execName, Limit: o.Limit, Model: w.Model}
	c := p.BudgetConfig([]worker.Task{task}, log)
	c.Ledger, c.Run, c.HoldTimeout = ledger, x.Run, max(c.HoldTimeout, 2*longestAnswer)
	if _, err := p.ownPeriod(ctx, ledger, x.Run, &c); err != nil {
		return x, err
	}
	m, err := budget.Open(ctx, c)
	if err != nil {
		return x, err
	}
	if err := ledger.BeginRun(ctx, books.Run{ID: x.Run, Started: time.Now().UTC(), Status: "running"}); err != nil {
		return x, err
	}
	err = p.attach(ctx, w, task, m, log, o, &x)
	return x, errors.Join(err, ledger.EndRun(context.WithoutCancel(ctx), x.Run, time.Now().UTC(), "ended"))
}

// attach runs the command under m.
func (p *Project) attach(ctx context.Context, w config.Worker, task worker.Task, m *budget.Manager, log *slog.Logger, o ExecOptions, x *Executed) error {
	agent, err := p.command(w, x.Run, m, p.chain(p.Config.ProviderOf(w), pace{p.Gates(), p.rates()}, log))
	if err != nil {
		return err
	}
	if agent.Dir, err = os.Getwd(); err != nil {
		return err
	}
	if o.Interrupts != nil {
		var stop func()
		ctx, stop = o.Interrupts(ctx)
		defer stop()
	}
	ctx = budget.WithScopes(ctx, budget.Run(x.Run), budget.Worker(execName), budget.Task(execName))
	x.Attached, err = agent.Attach(ctx, task, o.Streams)
	for _, s := range m.StatusOf(ctx, "") {
		if s.Scope == budget.Task(execName) {
			x.Spent = s
		}
	}
	return err
}

// execWorker is the worker that a command is, as if it were configured.
func (p *Project) execWorker(o ExecOptions) (w config.Worker, err error) {
	if p.Sim {
		return w, errors.New("the simulator has no address that a command could call: leave --sim out")
	}
	if o.Preset != "" && !slices.Contains(command.Presets, o.Preset) {
		return w, errors.New("there is no preset " + string(o.Preset) + " (" + join(command.Presets) + ")")
	}
	if len(o.Command) == 0 {
		if o.Preset == "" {
			return w, errors.New("which command? (orchestrate exec -- CMD..., or --preset)")
		}
		o.Command = o.Preset.Program()
	}
	w = config.Worker{Name: execName, Model: o.Model, Command: &config.Command{Line: o.Command, Preset: o.Preset, Environment: o.Environment}}
	if w.Provider, err = p.execProvider(o); err != nil {
		return w, err
	}
	for _, c := range p.Config.Providers {
		if c.APIKeyEnv != "" && slices.Contains(o.Environment, c.APIKeyEnv) {
			return w, errors.New(c.APIKeyEnv + " holds the key of provider " + c.Name + ": no command gets it (it has a token of its own)")
		}
	}
	for _, other := range p.Config.Workers {
		if other.Provider == w.Provider {
			w.Model = cmp.Or(w.Model, other.Model)
		}
	}
	w.MaxOutput = p.Config.CommandOutput(w)
	if pc := p.Config.ProviderOf(w); pc.APIKeyEnv != "" && os.Getenv(pc.APIKeyEnv) == "" {
		return w, errors.New("provider " + pc.Name + ": the environment variable " + pc.APIKeyEnv + ", which should hold its key, is not set")
	}
	return w, nil
}

// execProvider is the provider that a command reaches.
func (p *Project) execProvider(o ExecOptions) (string, error) {
	can := func(name string) bool {
		pc, known := p.Config.Providers[name]
		return known && pc.Kind != config.KindSim && o.Preset.Speaks(string(pc.Kind))
	}
	if o.Provider != "" {
		if !can(o.Provider) {
			return "", errors.New("provider " + o.Provider + " is not configured, or nothing that the command can talk to")
		}
		return o.Provider, nil
	}
	all := slices.DeleteFunc(slices.Sorted(maps.Keys(p.Config.Providers)), func(name string) bool { return !can(name) })
	if len(all) == 1 {
		return all[0], nil
	}
	for _, w := range p.Config.Workers {
		if can(w.Provider) {
			return w.Provider, nil
		}
	}
	if len(all) == 0 {
		return "", errors.New(p.Path + ": there is no provider under [providers] that the command can talk to")
	}
	return "", errors.New("which provider? (--provider " + strings.Join(all, " or ") + ")")
}

func join(presets []command.Preset) string {
	names := make([]string, len(presets))
	for i, p := range presets {
		names[i] = string(p)
	}
	return strings.Join(names, ", ")
}
