package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// addQuick gives a command the flags that do without a configuration, and those of a run's own limits.
func addQuick(c *cobra.Command, f *flags) {
	c.Flags().StringVarP(&f.model, "model", "m", "", "ask this model; without an orchestrate.toml at the provider that its name tells")
	complete(c, "model", f, modelNames)
	c.Flags().StringVar(&f.tokens, "tokens", "", "the most tokens that the run may spend, like 200k, beside the limits of the configuration")
	c.Flags().StringVar(&f.cost, "cost", "", "the most US dollars that it may spend, like 1.50")
}

// openProject opens the configuration of a task file. Where there is none, a model that is named does, or books to look at.
func (f *flags) openProject(taskFile string, warn func(string)) (p *project.Project, err error) {
	if f.config == "" {
		p, err = project.Find(taskFile, config.UserFile(), warn)
	} else {
		p, err = project.OpenFiles(config.Files{Project: f.config, User: config.UserFile()}, warn)
	}
	switch {
	case err == nil && f.model != "":
		return p, p.UseModel(f.model)
	case err == nil || f.config != "" || !errors.Is(err, fs.ErrNotExist):
		return p, err
	}
	dir, dirErr := quickDir(taskFile)
	if dirErr != nil {
		return nil, dirErr
	}
	if f.model != "" {
		return project.Quick(f.model, dir, config.UserFile(), warn)
	}
	if bare := project.Bare(dir, warn); bare != nil {
		return bare, nil
	}
	return nil, err
}

// quickDir is where the books are without a configuration: beside the task file.
func quickDir(taskFile string) (string, error) {
	if taskFile == "" || taskFile == project.Stdin {
		return os.Getwd()
	}
	path, err := filepath.Abs(taskFile)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path, nil
	}
	return filepath.Dir(path), nil
}

// quickArgs are the flags that say the same again.
func quickArgs(p *project.Project) (args []string) {
	if p.Quick != "" {
		args = append(args, "--model", project.QuoteArg(p.Quick))
	}
	if l := p.Limit.Tokens; l != nil {
		args = append(args, "--tokens", fmt.Sprint(*l))
	}
	if l := p.Limit.Cost; l != nil {
		args = append(args, "--cost", l.String()[1:])
	}
	return args
}
