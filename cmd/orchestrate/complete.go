package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// words are what may stand in a place of the command line, in a project. What cannot be read has none.
type words func(ctx context.Context, p *project.Project, args []string) []string

// complete lets a flag be completed.
func complete(c *cobra.Command, flag string, f *flags, of words) {
	_ = c.RegisterFlagCompletionFunc(flag, completion(f, of, cobra.ShellCompDirectiveNoFileComp))
}

// completion asks the project that the command line names. Its warnings are for those who run something.
func completion(f *flags, of words, directive cobra.ShellCompDirective) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		first := ""
		if len(args) > 0 {
			first = args[0]
		}
		p, err := f.openProject(first, func(string) {})
		if err != nil {
			return nil, directive
		}
		p.Sim, p.Template, p.Tag = f.sim, f.template, f.tag
		return slices.Clip(of(c.Context(), p, args)), directive | cobra.ShellCompDirectiveKeepOrder
	}
}

// runIDs are the runs in the books, the newest first.
func runIDs(ctx context.Context, p *project.Project, _ []string) []string {
	ids, _ := p.RunIDs(ctx)
	return ids
}

// taskIDs are those of the task file.
func taskIDs(_ context.Context, p *project.Project, args []string) []string {
	if len(args) == 0 || args[0] == project.Stdin {
		return nil
	}
	ids, _ := p.TaskIDs(args[0])
	return ids
}

// modelNames are those of the workers, then those that have a list price.
func modelNames(_ context.Context, p *project.Project, _ []string) (names []string) {
	for _, w := range p.Config.Workers {
		if w.Model != "" && !slices.Contains(names, w.Model) {
			names = append(names, w.Model)
		}
	}
	return append(names, slices.Sorted(maps.Keys(models.ListPrices()))...)
}

func workerNames(_ context.Context, p *project.Project, _ []string) (names []string) {
	for _, w := range p.Config.Workers {
		names = append(names, w.Name)
	}
	return names
}

// tokenNames are those that can still be revoked.
func tokenNames(_ context.Context, p *project.Project, _ []string) (names []string) {
	tokens, _ := p.Tokens()
	for _, t := range tokens {
		if t.Revoked.IsZero() {
			names = append(names, t.Name)
		}
	}
	return names
}

// budgetPairs are the beginnings of what budget set takes: the value is for whoever types.
func budgetPairs(_ context.Context, p *project.Project, _ []string) (pairs []string) {
	for _, key := range config.BudgetKeys() {
		pairs = append(pairs, key+"=")
	}
	for _, of := range []struct {
		kind  string
		names []string
	}{
		{"models", slices.Sorted(maps.Keys(p.Config.Budget.Models))},
		{"labels", slices.Sorted(maps.Keys(p.Config.Budget.Labels))},
	} {
		for _, name := range of.names {
			pairs = append(pairs, fmt.Sprintf("%s.%s.max_tokens=", of.kind, name), fmt.Sprintf("%s.%s.max_cost=", of.kind, name))
		}
	}
	return pairs
}
