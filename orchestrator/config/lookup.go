package config

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/worker"
)

// LimitsFor returns the limits of every scope, those of the tasks' own among them. What a task's own limit
// leaves open is the limit of every task.
func (c *Config) LimitsFor(tasks []worker.Task) budget.Limits {
	limits := c.Limits()
	for _, t := range tasks {
		if own := t.Limit; !own.Unlimited() {
			own.Tokens = cmp.Or(own.Tokens, c.Budget.PerTask.Tokens)
			own.Cost = cmp.Or(own.Cost, c.Budget.PerTask.Cost)
			limits[budget.Task(t.ID)] = own
		}
	}
	return limits
}

// Limits returns the limits of every scope, in a map of the caller's own, but for tasks that have limits of
// their own: see [Config.LimitsFor].
func (c *Config) Limits() budget.Limits {
	out := budget.Limits{}
	put := func(s budget.Scope, l budget.Limit) {
		if !l.Unlimited() {
			out[s] = l
		}
	}
	put(budget.Total, c.Budget.Total)
	put(budget.Task(""), c.Budget.PerTask)
	put(budget.Worker(""), c.Budget.PerWorker)
	for model, l := range c.Budget.Models {
		put(budget.Model(model), l)
	}
	for label, l := range c.Budget.Labels {
		put(budget.Label(label), l)
	}
	return out
}

// BudgetPrices returns the prices, in a map of the caller's own: Prices, and the bundled ones of other models if the
// configuration wants them. What Prices has for a family is the price of its listed snapshots too.
func (c *Config) BudgetPrices() budget.Prices {
	if c.BundledPrices {
		return models.WithListPrices(c.Prices)
	}
	return maps.Clone(c.Prices)
}

// Price returns the price of a model: its own, its family's, or the bundled one if the configuration wants it.
func (c *Config) Price(model string) (price budget.Price, ok bool) {
	if price, ok = c.Prices[model]; !ok {
		price, ok = c.Prices[models.Family(model)]
	}
	if !ok && c.BundledPrices {
		return models.Of(model).Price()
	}
	return price, ok
}

// PriceVersion names the table of prices: the same prices have the same version, whatever their order in
// the file. With bundled prices it changes with theirs. It is kept with what was settled, so that a cost can be
// explained after prices changed.
func (c *Config) PriceVersion() string {
	table, err := json.Marshal(c.Prices) // encoding/json sorts the keys of a map
	if err != nil {
		panic(err) // strings and integers
	}
	if c.BundledPrices {
		table = append(table, models.PricesVersion...)
	}
	sum := sha256.Sum256(table)
	return hex.EncodeToString(sum[:6])
}

// Worker returns the worker of that name.
func (c *Config) Worker(name string) (Worker, bool) {
	for _, w := range c.Workers {
		if w.Name == name {
			return w, true
		}
	}
	return Worker{}, false
}

// WorkerNames returns the names of the workers, in the order of the file.
func (c *Config) WorkerNames() []string {
	names := make([]string, len(c.Workers))
	for i, w := range c.Workers {
		names[i] = w.Name
	}
	return names
}

// ProviderOf returns the provider that a worker of this configuration uses.
func (c *Config) ProviderOf(w Worker) Provider { return c.Providers[w.Provider] }
