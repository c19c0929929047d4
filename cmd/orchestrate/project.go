package main

import (
	"cmp"
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
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/tokenizer"
	"github.com/orchestrate-go/orchestrate/worker"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

// stateDir is where a project's books are, beside its configuration.
const stateDir = ".orchestrate"

// project is a configuration with the place it was found.
type project struct {
	config *orchestrator.Config
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
		if path, err = orchestrator.FindConfig(taskFile, dir); err != nil {
			return nil, usage(err)
		}
	}
	config, warnings, err := orchestrator.LoadConfig(path)
	if err != nil {
		return nil, usage(err)
	}
	for _, w := range warnings {
		fmt.Fprintln(std.err, "warning:", w)
	}
	p := &project{config: config, path: path}
	for _, open := range p.openToOthers() {
		fmt.Fprintf(std.err, "warning: others can write to %s, and so change what was spent: chmod go-w %s\n", open, quoteArg(open))
	}
	slog.SetDefault(p.logger(std.err, false)) // for the packages that log by themselves
	return p, nil
}

// loadTasks reads a task file and checks it against the configuration.
func (p *project) loadTasks(path string, std stdio) ([]worker.Task, error) {
	reader := orchestrator.TaskReader{
		Stdin: std.in, ParseBody: wire.OpenAI.Parse, ParseMessages: wire.Anthropic.Parse, Config: p.config,
		Warn: func(w orchestrator.Warning) { fmt.Fprintln(std.err, "warning:", w) },
	}
	tasks, err := reader.Load(path)
	if err == nil {
		err = p.checkModels(tasks, std)
	}
	return tasks, usage(err)
}

// checkModels warns of limits and prices that no call can meet, once.
func (p *project) checkModels(tasks []worker.Task, std stdio) error {
	warnings, err := orchestrator.CheckModels(tasks, p.config)
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
		if p.config.ProviderOf(w).Kind != orchestrator.KindSim && !p.sim {
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
	case orchestrator.PeriodDay, orchestrator.PeriodWeek, orchestrator.PeriodMonth:
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

// modelClients makes the client of every provider that a worker uses.
func (p *project) modelClients() (map[string]middleware.Client, error) {
	clients := make(map[string]middleware.Client)
	for _, w := range p.config.Workers {
		if clients[w.Provider] != nil {
			continue
		}
		client, err := p.client(p.config.ProviderOf(w))
		if err != nil {
			return nil, err
		}
		clients[w.Provider] = client
	}
	return clients, nil
}

// gates are those of all providers, for as patient a run as is configured.
func (x *execution) gates() *middleware.Gates {
	patience := x.config.Run.Patience
	if patience == 0 {
		patience = -1 // no wait at all; 0 would be the default
	}
	return middleware.NewGates(middleware.GateOptions{Patience: patience, Initial: x.config.Retry.Initial, Max: x.config.Retry.Max})
}

// workers builds the chain of every worker. Workers of one provider share its gates and its rate limits.
func (x *execution) workers(gates *middleware.Gates) []orchestrator.Slots {
	rates := make(map[string]middleware.Middleware)
	var slots []orchestrator.Slots
	for _, w := range x.config.Workers {
		if rates[w.Provider] == nil {
			pc := x.config.ProviderOf(w)
			rates[w.Provider] = middleware.RateLimit(middleware.Rates{RequestsPerMinute: pc.RequestsPerMinute, TokensPerMinute: pc.TokensPerMinute})
		}
		r := x.config.Retry
		chain := middleware.Chain(x.clients[w.Provider],
			middleware.Log(x.log, middleware.LogOptions{Prompts: x.config.Log.Prompts}),
			middleware.Retry(middleware.RetryOptions{Attempts: r.Attempts, Initial: r.Initial, Max: r.Max, Gates: gates}),
			gates.Pause(w.Provider),
			middleware.Count(),
			rates[w.Provider],
			middleware.Budget(x.manager, middleware.BudgetOptions{
				DefaultMaxOutput: x.config.Budget.DefaultMaxOutput, Tier: tier(x.config.ProviderOf(w)),
			}),
		)
		slots = append(slots, x.slots(w, chain))
	}
	return slots
}

// slots registers a worker that calls models through client.
func (p *project) slots(w orchestrator.WorkerConfig, client middleware.Client) orchestrator.Slots {
	return orchestrator.Slots{
		Name: w.Name, Provider: w.Provider, Model: w.Model, Concurrency: w.Concurrency,
		Worker: &worker.Prompt{
			Client: client, Model: w.Model, System: w.System, MaxOutput: w.MaxOutput, MinOutput: w.MinOutput,
			Temperature: w.Temperature, DefaultMaxOutput: p.config.Budget.DefaultMaxOutput, Tier: tier(p.config.ProviderOf(w)),
		},
	}
}

// tier is what a provider's account serves calls at that name none.
func tier(pc orchestrator.ProviderConfig) budget.Tier { return budget.Tier{Service: pc.ServiceTier} }

// staffed reports that there is nobody to run tasks.
func (p *project) staffed() error {
	if len(p.config.Workers) == 0 {
		return usage(fmt.Errorf("%s: there are no [[workers]] to run tasks (orchestrate init writes an example)", p.path))
	}
	return nil
}

// planners are the workers as a plan needs them: they estimate, and could not call a model.
func (p *project) planners() []orchestrator.Slots {
	var slots []orchestrator.Slots
	for _, w := range p.config.Workers {
		slots = append(slots, p.slots(w, nil))
	}
	return slots
}

// client is the model client of a provider, without a chain.
func (p *project) client(pc orchestrator.ProviderConfig) (middleware.Client, error) {
	if p.sim && pc.Kind != orchestrator.KindSim {
		pc.Sim = orchestrator.SimConfig{Latency: simLatency}
	}
	if p.sim || pc.Kind == orchestrator.KindSim {
		return newSim(pc.Sim), nil
	}
	format, err := wire.FormatOf(string(pc.Kind))
	if err != nil {
		return nil, usage(fmt.Errorf("provider %s: %w", pc.Name, err))
	}
	key := ""
	if pc.APIKeyEnv != "" {
		if key = os.Getenv(pc.APIKeyEnv); key == "" {
			return nil, usage(fmt.Errorf("provider %s: the environment variable %s, which should hold its key, is not set (or use --sim)", pc.Name, pc.APIKeyEnv))
		}
	}
	client, err := provider.New(provider.Config{
		Format: format, BaseURL: cmp.Or(pc.BaseURL, homes[pc.Kind]), Key: key, Timeout: pc.Timeout,
	})
	if err != nil {
		return nil, usage(fmt.Errorf("provider %s: %w", pc.Name, err))
	}
	return client, nil
}

// homes are the base URLs of the kinds' own services.
var homes = map[orchestrator.ProviderKind]string{
	orchestrator.KindOpenAI:    "https://api.openai.com/v1",
	orchestrator.KindAnthropic: "https://api.anthropic.com",
}

func newSim(c orchestrator.SimConfig) middleware.Client {
	return provider.NewSim(provider.SimConfig{
		Seed: c.Seed, Latency: c.Latency, Jitter: c.Jitter, MinOutput: c.MinOutput, MaxOutput: c.MaxOutput,
		ErrorRate: c.ErrorRate, RateLimitRate: c.RateLimitRate,
		Tokens: func(model, text string) int64 { return tokenizer.For(model).Count(text).Tokens },
	})
}

// logger writes records to w as the configuration says; with asJSON as objects in any case.
func (p *project) logger(w io.Writer, asJSON bool) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(p.config.Log.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if asJSON || p.config.Log.Format == orchestrator.LogJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
