package project

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
)

// Quick is a project without a configuration: one worker that asks a model, at the provider that the model's name tells, for
// list prices. Its books are in dir; user is the file for all projects, or "".
func Quick(model, dir, user string, warn func(message string)) (*Project, error) {
	kind, key := string(config.KindSim), ""
	if model != kind {
		provider, ok := formats.Serving(model)
		if !ok {
			return nil, usagef("nobody knows by its name who serves %q: write a configuration that says so (orchestrate init), or name a model of OpenAI, Anthropic or Gemini", model)
		}
		kind, key = provider.Name(), provider.KeyVariable
	}
	text := fmt.Sprintf("[[workers]]\nname = %q\nprovider = %q\nmodel = %q\nconcurrency = \"auto\"\n[providers.%s]\n", quickWorker, kind, model, kind)
	if key != "" {
		text += fmt.Sprintf("api_key_env = %q\n", key)
	}
	c, _, err := config.Files{Project: "-m " + model, User: user}.Parse([]byte(text + "[prices]\nbundled = true\n"))
	if err != nil {
		return nil, usage(err)
	}
	return &Project{Config: c, Path: filepath.Join(dir, config.FileName), Warn: warn, Quick: model}, nil
}

// quickWorker is the worker of a project without a configuration.
const quickWorker = "prompt"

// Bare is a project of books without a configuration, to look at: those of [Quick] in dir. It is nil where there are none.
func Bare(dir string, warn func(message string)) *Project {
	p := &Project{Config: config.Default(), Path: filepath.Join(dir, config.FileName), Warn: warn}
	for _, sim := range []bool{false, true} {
		if _, err := os.Stat((&Project{Path: p.Path, Sim: sim}).LedgerPath()); err == nil {
			return p
		}
	}
	return nil
}

// source is what the project is configured by.
func (p *Project) source() string {
	if p.Config.Path == "" && p.Quick != "" {
		return "-m " + p.Quick
	}
	return p.Path
}

// CheckLimit refuses a limit in money that could not be kept, since a worker's model has no price.
func (p *Project) CheckLimit() error {
	prices := p.Config.BudgetPrices()
	for _, w := range p.Config.Workers {
		if p.Limit.Cost != nil && w.Model != "" && prices.Of(w.Model, models.Family) == nil {
			return usagef("--cost cannot be kept: no price is known of %q (--tokens can)", w.Model)
		}
	}
	return nil
}

// UseModel leaves the workers alone that ask for a model.
func (p *Project) UseModel(model string) error {
	var models []string
	workers := slices.DeleteFunc(slices.Clone(p.Config.Workers), func(w config.Worker) bool {
		models = append(models, w.Model)
		return w.Model != model
	})
	if len(workers) == 0 {
		return usagef("no worker of %s asks for %q (its models: %q)", p.Path, model, models)
	}
	p.Config.Workers, p.Quick = workers, model
	return nil
}
