package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// loadProject finds and reads the configuration for a task file ("" for none). Warnings go to std.err.
func loadProject(f *flags, taskFile string, std stdio) (p *project.Project, err error) {
	warn := func(message string) { fmt.Fprintln(std.err, "warning:", message) }
	if p, err = f.openProject(taskFile, warn); err != nil {
		return nil, err
	}
	if p.Limit, err = limitOf(f.tokens, f.cost); err != nil {
		return nil, err
	}
	if err := p.CheckLimit(); err != nil {
		return nil, err
	}
	p.Sim, p.Template, p.Tag = f.sim, f.template, f.tag
	log, err := f.logger(p, std.err, false)
	if err != nil {
		return nil, err
	}
	slog.SetDefault(log) // for the packages that log by themselves
	return p, nil
}

// addSim gives a command its --sim flag.
func addSim(c *cobra.Command, f *flags, what string) {
	c.Flags().BoolVar(&f.sim, "sim", false, what)
}
