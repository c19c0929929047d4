package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
	"github.com/orchestrate-go/orchestrate/worker"
)

// stateDir is where a project's books are, beside its configuration.
const stateDir = ".orchestrate"

// project is a configuration with the place it was found.
type project struct {
	config *config.Config
	path   string // of the configuration
	sim    bool   // all providers are simulated, and the books are apart
}

// loadProject finds and reads the configuration for a task file ("" for none). Warnings go to std.err.
func loadProject(f *flags, taskFile string, std stdio) (*project, error) {
	path := f.config
	if path == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, usage(err)
		}
		if path, err = config.Find(taskFile, dir); err != nil {
			return nil, usage(err)
		}
	}
	c, warnings, err := config.Load(path)
	if err != nil {
		return nil, usage(err)
	}
	for _, w := range warnings {
		fmt.Fprintln(std.err, "warning:", w)
	}
	p := &project{config: c, path: path}
	for _, open := range p.openToOthers() {
		fmt.Fprintf(std.err, "warning: others can write to %s, and so change what was spent: chmod go-w %s\n", open, quoteArg(open))
	}
	slog.SetDefault(p.logger(std.err, false)) // for the packages that log by themselves
	return p, nil
}

// loadTasks reads a task file and checks it against the configuration.
func (p *project) loadTasks(path string, std stdio) ([]worker.Task, error) {
	reader := tasks.Reader{
		Stdin: std.in, ParseBody: wire.OpenAI.Parse, ParseMessages: wire.Anthropic.Parse, Config: p.config,
		Warn: func(w tasks.Warning) { fmt.Fprintln(std.err, "warning:", w) },
	}
	list, err := reader.Load(path)
	if err == nil {
		err = p.checkModels(list, std)
	}
	return list, usage(err)
}

// checkModels warns of limits and prices that no call can meet, once.
func (p *project) checkModels(list []worker.Task, std stdio) error {
	warnings, err := tasks.CheckModels(list, p.config)
	for _, w := range warnings {
		fmt.Fprintf(std.err, "warning: %s: %s\n", p.path, w)
	}
	return err
}

// ledgerPath is where the books are: simulated work has books of its own, so that it never touches real
// ones.
func (p *project) ledgerPath() string {
	name := "ledger.db"
	if p.sim {
		name = "sim.db"
	}
	return filepath.Join(filepath.Dir(p.path), stateDir, name)
}

// openToOthers are the directory and the files of the books that not only their owner may write.
func (p *project) openToOthers() (paths []string) {
	if runtime.GOOS == "windows" { // where modes do not say who may write
		return nil
	}
	dir := filepath.Join(filepath.Dir(p.path), stateDir)
	for _, path := range []string{dir, filepath.Join(dir, "ledger.db"), filepath.Join(dir, "sim.db")} {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o022 != 0 {
			paths = append(paths, path)
		}
	}
	return paths
}

// noBooks is the error of a command that needs books where there are none.
func (p *project) noBooks() error {
	return usage(fmt.Errorf("there are no books yet at %s: run something first%s", p.ledgerPath(), p.otherBooks()))
}

// otherBooks is a hint for somebody who finds nothing in these books: the others exist.
func (p *project) otherBooks() string {
	other := project{path: p.path, sim: !p.sim}
	switch _, err := os.Stat(other.ledgerPath()); {
	case err != nil:
		return ""
	case p.sim:
		return " (there are books of real runs: leave --sim out for them)"
	}
	return " (there are books of simulated runs: add --sim for them)"
}

// simulated reports whether every worker's provider is a simulator.
func (p *project) simulated() bool {
	for _, w := range p.config.Workers {
		if p.config.ProviderOf(w).Kind != config.KindSim && !p.sim {
			return false
		}
	}
	return true
}

// budgetConfig is the manager's configuration, with the tasks' own limits.
func (p *project) budgetConfig(tasks []worker.Task, log *slog.Logger) budget.Config {
	b := p.config.Budget
	return budget.Config{
		Calendar: p.calendar(), HoldTimeout: p.holdTimeout(),
		Limits: p.config.LimitsFor(tasks), Mode: b.Mode, OnFull: b.OnFull, Recover: b.Recover,
		Family: models.Family, Prices: p.config.BudgetPrices(), PriceVersion: p.config.PriceVersion(),
		Allowance: b.UnboundedInput, Threshold: b.WarningPercent, Logger: log,
	}
}

// calendar is what begins periods, or nil.
func (p *project) calendar() *budget.Calendar {
	b := p.config.Budget
	switch b.Period {
	case config.PeriodDay, config.PeriodWeek, config.PeriodMonth:
		return &budget.Calendar{Unit: budget.Unit(b.Period), Location: b.TimeZone}
	}
	return nil
}

// holdTimeout is longer than any attempt takes: the timeout of the slowest provider, twice.
func (p *project) holdTimeout() time.Duration {
	var longest time.Duration
	for _, pc := range p.config.Providers {
		longest = max(longest, pc.Timeout)
	}
	return 2 * longest
}

// openReader opens the books for reading. A project without books has empty ones.
func (p *project) openReader(ctx context.Context) (budget.Ledger, func() error, error) {
	ledger, err := sqlite.OpenReader(ctx, p.ledgerPath())
	if older := new(sqlite.OlderError); errors.As(err, &older) {
		ledger, err = p.bringUpToDate(ctx)
	}
	if errors.Is(err, os.ErrNotExist) {
		return budget.NewMemory(), func() error { return nil }, nil
	}
	if err != nil {
		return nil, nil, usage(err)
	}
	return ledger, ledger.Close, nil
}

// bringUpToDate opens the books of an older program for reading, once it has owned them for a moment.
func (p *project) bringUpToDate(ctx context.Context) (*sqlite.Ledger, error) {
	owner, err := sqlite.Open(ctx, p.ledgerPath(), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	if err := owner.Close(); err != nil {
		return nil, err
	}
	return sqlite.OpenReader(ctx, p.ledgerPath())
}

// logger writes records to w as the configuration says; with asJSON as objects in any case.
func (p *project) logger(w io.Writer, asJSON bool) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(p.config.Log.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if asJSON || p.config.Log.Format == config.LogJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
