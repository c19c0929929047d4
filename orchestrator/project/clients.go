package project

import (
	"cmp"
	"log/slog"
	"os"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/tokenizer"
	"github.com/orchestrate-go/orchestrate/worker"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

// simLatency is how long a simulated answer takes in a project that is simulated, so that progress can be watched.
const simLatency = 20 * time.Millisecond

// NewWorker makes the worker that does tasks for one of [[workers]]. It calls models through client alone, which is paid
// for, paced and paused as the project says; for a plan client is nil, and only Estimate and Digest are called.
//
// Tasks come with the model of w, if they name none. Its system, output caps and temperature are for the worker to apply, as
// [worker.Prompt] does. A worker that is a [worker.Estimator] can be planned, one that is a [worker.Digester] is asked again
// when what it would ask has changed, and not only the task ([worker.RequestDigest] helps).
type NewWorker func(w config.Worker, client middleware.Client) worker.Worker

// Staffed reports that there is nobody to run tasks.
func (p *Project) Staffed() error {
	if len(p.Config.Workers) == 0 {
		return usagef("%s: there are no [[workers]] to run tasks (orchestrate init writes an example)", p.Path)
	}
	return nil
}

// Clients makes the model client of every provider that a worker uses, by its name, without a chain.
func (p *Project) Clients() (map[string]middleware.Client, error) {
	clients := make(map[string]middleware.Client)
	for _, w := range p.Config.Workers {
		if clients[w.Provider] != nil {
			continue
		}
		client, err := p.client(p.Config.ProviderOf(w))
		if err != nil {
			return nil, err
		}
		clients[w.Provider] = client
	}
	return clients, nil
}

// Gates are those of all providers, for as patient a run as is configured.
func (p *Project) Gates() *middleware.Gates {
	patience := p.Config.Run.Patience
	if patience == 0 {
		patience = -1 // no wait at all; 0 would be the default
	}
	return middleware.NewGates(middleware.GateOptions{Patience: patience, Initial: p.Config.Retry.Initial, Max: p.Config.Retry.Max})
}

// Chains puts each worker's client into its chain, under m, and makes the workers of a run. Workers of one provider share its
// gates and its rate limits. with is nil for workers that send prompts or run commands, as is configured.
func (p *Project) Chains(clients map[string]middleware.Client, m *budget.Manager, gates *middleware.Gates, log *slog.Logger, run string, with NewWorker) ([]orchestrator.Slots, error) {
	return p.workers(clients, m, pace{gates, p.rates()}, log, run, with)
}

// pace is what all who call a provider share.
type pace struct {
	gates *middleware.Gates
	rates map[string]middleware.Middleware // by provider
}

func (p *Project) workers(clients map[string]middleware.Client, m *budget.Manager, pace pace, log *slog.Logger, run string, with NewWorker) ([]orchestrator.Slots, error) {
	var slots []orchestrator.Slots
	for _, w := range p.Config.Workers {
		chain := p.chain(p.Config.ProviderOf(w), pace, log)
		if !p.runs(w) || with != nil {
			slots = append(slots, p.slots(w, middleware.Metered(clients[w.Provider], m, chain), with))
			continue
		}
		agent, err := p.command(w, run, m, chain)
		if err != nil {
			return nil, err
		}
		slots = append(slots, p.slots(w, nil, func(config.Worker, middleware.Client) worker.Worker { return agent }))
	}
	return slots, nil
}

// chain is what calls of a provider go through.
func (p *Project) chain(pc config.Provider, pace pace, log *slog.Logger) middleware.Options {
	r := p.Config.Retry
	return middleware.Options{
		Logger: log, Log: middleware.LogOptions{Prompts: p.Config.Log.Prompts},
		Retry: middleware.RetryOptions{Attempts: r.Attempts, Initial: r.Initial, Max: r.Max},
		Caps:  p.caps(pc), Provider: pc.Name, Gates: pace.gates, RateLimit: pace.rates[pc.Name],
		Budget: p.budgetOptions(pc),
	}
}

// rates are the rate limits of each provider, by its name.
func (p *Project) rates() map[string]middleware.Middleware {
	rates := make(map[string]middleware.Middleware)
	for name, pc := range p.Config.Providers {
		rates[name] = middleware.RateLimit(middleware.Rates{RequestsPerMinute: pc.RequestsPerMinute, TokensPerMinute: pc.TokensPerMinute})
	}
	return rates
}

// slots registers a worker that calls models through client.
func (p *Project) slots(w config.Worker, client middleware.Client, with NewWorker) orchestrator.Slots {
	if with == nil && p.runs(w) {
		with = newUnplanned
	}
	if with == nil {
		with = p.prompt
	}
	return orchestrator.Slots{Name: w.Name, Provider: w.Provider, Model: w.Model, Concurrency: w.Concurrency, Start: w.Start, Worker: with(w, client)}
}

// prompt is the worker that sends a task's prompt.
func (p *Project) prompt(w config.Worker, client middleware.Client) worker.Worker {
	pc := p.Config.ProviderOf(w)
	o := p.budgetOptions(pc)
	return &worker.Prompt{
		Client: client, Model: w.Model, System: w.System, MaxOutput: w.MaxOutput, MinOutput: w.MinOutput,
		Temperature: w.Temperature, DefaultMaxOutput: o.DefaultMaxOutput, Tier: o.Tier, Allowance: o.Allowance, Caps: p.caps(pc),
		Stream: pc.Stream, Checks: !p.Sim && pc.Kind != config.KindSim, Repairs: p.Config.Run.SchemaRepairs,
	}
}

// budgetOptions are those of calls of a provider.
func (p *Project) budgetOptions(pc config.Provider) middleware.BudgetOptions {
	return middleware.BudgetOptions{
		DefaultMaxOutput: p.Config.Budget.DefaultMaxOutput, Tier: tier(pc),
		Allowance: func(model string) middleware.Allowance { return p.Config.AllowanceOf(pc, model) },
	}
}

// caps are the output caps of a provider's models.
func (p *Project) caps(pc config.Provider) func(model string) middleware.Caps {
	return func(model string) middleware.Caps { return p.Config.CapsOf(pc, model) }
}

// planners are the workers as a plan needs them: they estimate, and could not call a model.
func (p *Project) planners(with NewWorker) []orchestrator.Slots {
	var slots []orchestrator.Slots
	for _, w := range p.Config.Workers {
		slots = append(slots, p.slots(w, nil, with))
	}
	return slots
}

// tier is what a provider's account serves calls at that name none.
func tier(pc config.Provider) budget.Tier { return budget.Tier{Service: pc.ServiceTier} }

// client is the model client of a provider, without a chain.
func (p *Project) client(pc config.Provider) (middleware.Client, error) {
	if p.Sim && pc.Kind != config.KindSim {
		pc.Sim = config.Sim{Latency: simLatency}
	}
	if p.Sim || pc.Kind == config.KindSim {
		return newSim(pc.Sim), nil
	}
	service, err := formats.Of(string(pc.Kind))
	if err != nil {
		return nil, usagef("provider %s: %w", pc.Name, err)
	}
	key := ""
	if pc.APIKeyEnv != "" {
		if key = os.Getenv(pc.APIKeyEnv); key == "" {
			return nil, usagef("provider %s: the environment variable %s, which should hold its key, is not set (or use --sim)", pc.Name, pc.APIKeyEnv)
		}
	}
	format := service.Format
	if pc.APIVersion != "" {
		format = openai.Azure(pc.APIVersion)
	}
	client, err := provider.New(provider.Config{
		Format: format, BaseURL: cmp.Or(pc.BaseURL, service.Home), Key: key, Keys: keysOf(pc), Timeout: pc.Timeout,
	})
	if err != nil {
		return nil, usagef("provider %s: %w", pc.Name, err)
	}
	return client, nil
}

// keysOf is what says the key of a provider, nil where the environment has it.
func keysOf(pc config.Provider) provider.Keys {
	if len(pc.KeyCommand) == 0 {
		return nil
	}
	return provider.NewKeyCommand(pc.KeyCommand[0], pc.KeyCommand[1:]...)
}

func newSim(c config.Sim) middleware.Client {
	return provider.NewSim(provider.SimConfig{
		Seed: c.Seed, Latency: c.Latency, Jitter: c.Jitter, MinOutput: c.MinOutput, MaxOutput: c.MaxOutput,
		ErrorRate: c.ErrorRate, RateLimitRate: c.RateLimitRate,
		Tokens: func(model, text string) int64 { return tokenizer.For(model).Count(text).Tokens },
	})
}
