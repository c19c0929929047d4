package project

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/worker"
	"github.com/orchestrate-go/orchestrate/worker/command"
)

// runs reports whether a worker runs a command. In a project that is simulated none does: what an agent does to files
// would be real.
func (p *Project) runs(w config.Worker) bool { return w.Command != nil && !p.Sim }

// workDir is where commands have their workspaces and homes.
func (p *Project) workDir() (string, error) { return filepath.Abs(filepath.Join(p.stateDir(), "work")) }

// command is the worker that runs a command, whose calls pass this chain.
func (p *Project) command(w config.Worker, run string, m *budget.Manager, chain middleware.Options) (*command.Worker, error) {
	d, err := p.doorOf(p.Config.ProviderOf(w), m, chain, w.Command.Preset.RefusalStatus())
	if err != nil {
		return nil, err
	}
	state, err := p.workDir()
	if err != nil {
		return nil, err
	}
	command.Tidy(state) // whoever made them had the books, which are ours now
	dir, err := filepath.Abs(filepath.Dir(p.Path))
	if err != nil {
		return nil, err
	}
	c := w.Command
	return command.New(command.Config{
		Command: c.Line, Preset: c.Preset, Prompt: c.Prompt, Model: w.Model, System: w.System, MaxOutput: w.MaxOutput,
		Timeout: c.Timeout, Attempts: c.Attempts, Workspace: c.Workspace, Dir: dir, State: state, Run: run,
		MaxOutputBytes: c.MaxOutputBytes, Pass: c.Environment,
		Endpoint: func(ctx context.Context, t worker.Task) (*command.Endpoint, error) { return d.open(ctx, capsOf(t, w)) },
	})
}

// unplanned is a worker with a command where nothing may be run: it can tell what is asked, and not what that will take.
type unplanned struct{ *command.Worker }

func newUnplanned(w config.Worker, _ middleware.Client) worker.Worker {
	return unplanned{&command.Worker{Config: command.Config{Model: w.Model, System: w.System}}}
}

// Work runs nothing.
func (unplanned) Work(context.Context, worker.Task) (worker.Result, error) {
	return worker.Result{}, errors.New("no command is run for a plan")
}
