package main

import (
	"cmp"
	"fmt"
	"os"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/tokenizer"
	"github.com/orchestrate-go/orchestrate/worker"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

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
func (p *project) slots(w config.Worker, client middleware.Client) orchestrator.Slots {
	return orchestrator.Slots{
		Name: w.Name, Provider: w.Provider, Model: w.Model, Concurrency: w.Concurrency,
		Worker: &worker.Prompt{
			Client: client, Model: w.Model, System: w.System, MaxOutput: w.MaxOutput, MinOutput: w.MinOutput,
			Temperature: w.Temperature, DefaultMaxOutput: p.config.Budget.DefaultMaxOutput, Tier: tier(p.config.ProviderOf(w)),
		},
	}
}

// tier is what a provider's account serves calls at that name none.
func tier(pc config.Provider) budget.Tier { return budget.Tier{Service: pc.ServiceTier} }

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
func (p *project) client(pc config.Provider) (middleware.Client, error) {
	if p.sim && pc.Kind != config.KindSim {
		pc.Sim = config.Sim{Latency: simLatency}
	}
	if p.sim || pc.Kind == config.KindSim {
		return newSim(pc.Sim), nil
	}
	format, err := formats.Of(string(pc.Kind))
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
var homes = map[config.Kind]string{
	config.KindOpenAI:    "https://api.openai.com/v1",
	config.KindAnthropic: "https://api.anthropic.com",
}

func newSim(c config.Sim) middleware.Client {
	return provider.NewSim(provider.SimConfig{
		Seed: c.Seed, Latency: c.Latency, Jitter: c.Jitter, MinOutput: c.MinOutput, MaxOutput: c.MaxOutput,
		ErrorRate: c.ErrorRate, RateLimitRate: c.RateLimitRate,
		Tokens: func(model, text string) int64 { return tokenizer.For(model).Count(text).Tokens },
	})
}
