package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/BurntSushi/toml"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// configCheck looks for what is wrong between tables that are right on their own.
type checker struct {
	*document.Source
	c *Config
}

func check(src *document.Source, c *Config) {
	k := checker{src, c}
	k.workers()
	k.commands()
	k.families()
	k.costLimits()
	k.zeroLimits()
	k.nesting()
	k.leastOutput()
	k.ceilings()
	k.providers()
	if b := c.Budget; b.TimeZone.String() != "UTC" && (b.Period == PeriodManual || b.Period == PeriodRun) {
		k.warnKey("budget", "time_zone", fmt.Sprintf("period %q does not depend on the time zone", b.Period), "")
	}
}

func (k checker) warnKey(table, key, message, hint string) {
	k.AddWarning(k.Locate([]string{table, key}), table+"."+key, message, hint)
}

// worker reports a mistake in the i-th worker. Its name is said only where it is a name.
func (k checker) worker(i int, key, message, hint string) {
	if !k.Full() {
		k.Add(k.Locate([]string{"workers", document.Index(i), key}), "workers."+key, message, hint)
	}
}

func (k checker) workers() {
	providers := slices.Sorted(maps.Keys(k.c.Providers))
	first := map[string]int{}
	for i, w := range k.c.Workers {
		if w.Name != "" {
			if j, twice := first[w.Name]; twice {
				at := k.Locate([]string{"workers", document.Index(j), "name"})
				k.worker(i, "name", fmt.Sprintf("%s is the name of the worker at line %d as well", document.Quote(w.Name), at.Line), "give each worker its own")
			} else {
				first[w.Name] = i
			}
		}
		if _, ok := k.c.Providers[w.Provider]; !ok && w.Provider != "" {
			hint := "there are no [providers]"
			if len(providers) > 0 {
				hint = document.DidYouMean(w.Provider, providers)
			}
			k.worker(i, "provider", fmt.Sprintf("there is no [%s]", toml.Key{"providers", w.Provider}), hint)
		}
	}
}

// families reports two limits of one model: calls of any of its names count against one.
func (k checker) families() {
	first := map[string]string{}
	for _, model := range slices.Sorted(maps.Keys(k.c.Budget.Models)) {
		family := models.Family(model)
		if other, twice := first[family]; twice {
			path := []string{"budget", "models", model}
			k.Add(k.Locate(path), toml.Key(path).String(), fmt.Sprintf("is a limit of the same model as [%s]", toml.Key{"budget", "models", other}),
				fmt.Sprintf("keep one: both limit every snapshot and prefix of %s", document.Quote(family)))
		}
		first[family] = model
	}
}

// costLimits reports limits on money that is never counted, for want of a price.
func (k checker) costLimits() {
	b := k.c.Budget
	for _, model := range slices.Sorted(maps.Keys(b.Models)) {
		if b.Models[model].Cost != nil && !k.c.Priced(model) {
			path := []string{"budget", "models", model, "max_cost"}
			k.Add(k.Locate(path), toml.Key(path).String(), "can never be enforced: the model has no price",
				fmt.Sprintf("add [prices.%q]", model))
		}
	}
	limits := []struct {
		key  string
		cost *budget.NanoUSD
	}{
		{"total_cost_limit", b.Total.Cost}, {"max_cost_per_task", b.PerTask.Cost}, {"max_cost_per_worker", b.PerWorker.Cost},
	}
	for _, label := range slices.Sorted(maps.Keys(b.Labels)) {
		if b.Labels[label].Cost != nil && len(k.c.Prices) == 0 && !k.c.BundledPrices {
			path := []string{"budget", "labels", label, "max_cost"}
			k.Add(k.Locate(path), toml.Key(path).String(), "can never be enforced: no model has a price",
				`add [prices."MODEL"] with input and output`)
		}
	}
	for _, l := range limits {
		if l.cost == nil {
			continue
		}
		if len(k.c.Prices) == 0 && !k.c.BundledPrices {
			k.Add(k.Locate([]string{"budget", l.key}), "budget."+l.key, "can never be enforced: no model has a price",
				`add [prices."MODEL"] with input and output`)
			continue
		}
		k.unpriced(l.key)
		return // one warning per worker is enough
	}
}

func (k checker) unpriced(limit string) {
	effect := "its calls will be refused"
	if k.c.Budget.Mode == budget.Soft {
		effect = "its cost will not be counted"
	}
	for i, w := range k.c.Workers {
		if w.Model != "" && !k.c.Priced(w.Model) {
			k.AddWarning(k.Locate([]string{"workers", document.Index(i), "model"}), "workers.model",
				fmt.Sprintf("%s has no price and there is a %s: %s", document.Quote(w.Model), limit, effect),
				fmt.Sprintf("add [prices.%q]", w.Model))
		}
	}
}

// limitKey is a limit with the name of its key.
type limitKey struct {
	key  string
	most *int64
}

// byWidth returns the limits, each fitting into the next.
func (b Budget) byWidth() [2][]limitKey {
	cost := func(c *budget.NanoUSD) *int64 { return (*int64)(c) }
	return [2][]limitKey{
		{{"max_tokens_per_task", b.PerTask.Tokens}, {"max_tokens_per_worker", b.PerWorker.Tokens}, {"total_budget_limit", b.Total.Tokens}},
		{{"max_cost_per_task", cost(b.PerTask.Cost)}, {"max_cost_per_worker", cost(b.PerWorker.Cost)}, {"total_cost_limit", cost(b.Total.Cost)}},
	}
}

// zeroLimits warns of limits of nothing, for elsewhere 0 often means no limit.
func (k checker) zeroLimits() {
	for _, limits := range k.c.Budget.byWidth() {
		for _, l := range limits {
			if l.most != nil && *l.most == 0 {
				k.warnKey("budget", l.key, "0 means that nothing may be spent", document.LeaveOut)
			}
		}
	}
}

// nesting warns of limits that stand inside a smaller one and so are never reached.
func (k checker) nesting() {
	for _, limits := range k.c.Budget.byWidth() {
		for i, inner := range limits {
			for _, outer := range limits[i+1:] {
				if inner.most != nil && outer.most != nil && *inner.most > *outer.most {
					k.warnKey("budget", inner.key, "is never reached: it is more than "+outer.key, "")
					break
				}
			}
		}
	}
}

// leastOutput warns of workers whose every call is refused.
func (k checker) leastOutput() {
	for i, w := range k.c.Workers {
		if most := k.c.Budget.PerTask.Tokens; most != nil && w.MinOutput > *most {
			k.AddWarning(k.Locate([]string{"workers", document.Index(i), "min_output_tokens"}), "workers.min_output_tokens",
				fmt.Sprintf("%d is more than max_tokens_per_task, %d: every call will be refused", w.MinOutput, *most), "")
		}
	}
}

// providers warns of those that no worker uses. Without workers, or where the proxy is configured, they serve others.
func (k checker) providers() {
	if len(k.c.Workers) == 0 || k.c.Serve.configured() {
		return
	}
	used := map[string]bool{}
	for _, w := range k.c.Workers {
		used[w.Provider] = true
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.Providers)) {
		if !used[name] && !k.c.OfUser("providers", name) {
			k.warnKey("providers", name, "no worker uses it", "")
		}
	}
}
