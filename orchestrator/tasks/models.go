package tasks

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// CheckModels looks at the models that workers and tasks ask for, and at the labels that tasks carry. It warns of limits
// and prices that meet none of them: a misspelt name limits nothing. The error joins every model that a task may ask for and strict mode would refuse,
// because a limit on money applies and the model has no price.
func CheckModels(tasks []worker.Task, c *config.Config) (warnings []string, err error) {
	asked := askedModels(tasks, c)
	met := make(map[string]bool)
	for model := range asked {
		met[models.Family(model)] = true
	}
	for _, w := range c.Workers {
		met[models.Family(w.Model)] = true
	}
	unmet := func(names []string, table ...string) string {
		names = slices.DeleteFunc(names, func(name string) bool {
			return met[models.Family(name)] || c.OfUser(append(table, name)...)
		})
		return strings.Join(names, ", ")
	}
	if names := unmet(slices.Sorted(maps.Keys(c.Budget.Models)), "budget", "models"); names != "" {
		warnings = append(warnings, fmt.Sprintf("[budget.models] limits what no worker and no task asks for: %s", names))
	}
	if names := unmet(slices.Sorted(maps.Keys(c.Prices)), "prices"); names != "" {
		warnings = append(warnings, fmt.Sprintf("[prices] has what no worker and no task asks for: %s", names))
	}
	if names := uncarried(tasks, c); len(names) > 0 {
		warnings = append(warnings, fmt.Sprintf("[budget.labels] limits what no task carries: %s", strings.Join(names, ", ")))
	}
	return append(warnings, untiered(c)...), unpriced(asked, c)
}

// uncarried returns the labels that have a limit and no task.
func uncarried(tasks []worker.Task, c *config.Config) []string {
	names := slices.Sorted(maps.Keys(c.Budget.Labels))
	return slices.DeleteFunc(names, func(name string) bool {
		return c.OfUser("budget", "labels", name) || slices.ContainsFunc(tasks, func(t worker.Task) bool { return slices.Contains(t.Labels, name) })
	})
}

// untiered warns of workers whose provider serves them at a tier that their price has no factor for: what it costs is
// then a guess, and marked as one.
func untiered(c *config.Config) (warnings []string) {
	for _, w := range c.Workers {
		tier := c.ProviderOf(w).ServiceTier
		price, priced := c.Price(w.Model)
		if _, known := price.CostAt(&budget.Usage{}, budget.Tier{Service: tier}); priced && !known {
			warnings = append(warnings, fmt.Sprintf("[prices] has no factor for the service tier %s of worker %s: its cost is assumed at the dearest it has (add service_tiers = { %s = \"...\" })", document.Quote(tier), document.Quote(w.Name), tier))
		}
	}
	return warnings
}

// askedModels returns, by the model that it may be asked, the first task that may ask for it under a limit on money, or ""
// if no limit on money applies.
func askedModels(tasks []worker.Task, c *config.Config) map[string]string {
	has := func(model string) bool {
		return slices.ContainsFunc(c.Workers, func(w config.Worker) bool { return w.Model == model })
	}
	b := c.Budget
	costly := b.Total.Cost != nil || b.PerTask.Cost != nil || b.PerWorker.Cost != nil
	limited := make(map[string]bool) // families with a limit of their own on money
	for model, l := range b.Models {
		limited[models.Family(model)] = l.Cost != nil
	}
	limitedLabel := func(label string) bool { return b.Labels[label].Cost != nil }
	asked := make(map[string]string)
	for _, t := range tasks {
		lane := worker.LaneOf(t, has)
		for _, w := range c.Workers {
			if !lane.Takes(w.Name, w.Model) {
				continue
			}
			model := t.ModelAt(w.Model)
			at := asked[model]
			if costly || t.Limit.Cost != nil || limited[models.Family(model)] || slices.ContainsFunc(t.Labels, limitedLabel) {
				at = cmp.Or(at, t.Source, t.ID)
			}
			asked[model] = at
		}
	}
	return asked
}

func unpriced(asked map[string]string, c *config.Config) error {
	if c.Budget.Mode == budget.Soft {
		return nil
	}
	var lines []string
	for _, model := range slices.Sorted(maps.Keys(asked)) {
		if at := asked[model]; at != "" && !c.Priced(model) {
			remedy := fmt.Sprintf("add [prices.%q]", model)
			if _, listed := models.Of(model).Price(); listed {
				remedy += ", or bundled = true to [prices]"
			}
			lines = append(lines, fmt.Sprintf("%s: the model %s has no price, and a limit on money applies: %s", at, document.Quote(model), remedy))
		}
	}
	if lines == nil {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(lines, "\n"))
}
