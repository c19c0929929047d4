package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
	"github.com/spf13/cobra"
)

//go:embed all:demo
var demoFiles embed.FS

func newDemo(f *flags, std stdio) *cobra.Command {
	var progress string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run a small project with the simulator: no key, nothing to set up",
		Example: `  orchestrate demo
  orchestrate demo --progress plain       lines, on a terminal, too`,
		Long: `Copy a small project to a temporary directory and run it with the simulator,
through the very same path as run. Its budget is too small for all of its tasks:
watch it order, warn and defer, and read the report.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return demoCommand(c.Context(), f, progress, std)
		},
	}
	addProgress(c, &progress)
	return c
}

func demoCommand(ctx context.Context, f *flags, progress string, std stdio) error {
	dir, err := os.MkdirTemp("", "orchestrate-demo-")
	if err != nil {
		return usage(fmt.Errorf("make a directory for the demo: %w", err))
	}
	files, err := fs.Sub(demoFiles, "demo")
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, files); err != nil {
		return usage(fmt.Errorf("copy the demo: %w", err))
	}
	config, tasks := filepath.Join(dir, "orchestrate.toml"), filepath.Join(dir, "tasks.toml")
	out := filepath.Join(dir, "results.jsonl")
	f.config = config
	p, err := loadProject(f, tasks, std)
	if err != nil {
		return err
	}
	code, err := execute(ctx, f, p, &runFlags{out: out, progress: progress}, tasks, std)
	if err == nil && code != exitDone && code != exitDeferred { // interrupted, say
		err = &exitError{code: code}
	}
	if err != nil {
		return err
	}
	report, err := p.Report(ctx, project.ReportQuery{Run: project.LastRun, By: []string{"model", "worker"}})
	if err != nil {
		return err
	}
	status, err := p.Status(ctx, project.StatusOptions{})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "\n%s\n%s\n%s", view.NewReport(p, report, "").Text(fit(std.out, false)), view.NewStatus(p, status, program()).Text(fit(std.out, false)), demoNext(config, out))
	return err
}

// demoNext is what a newcomer would try now.
func demoNext(config, out string) string {
	return fmt.Sprintf(`The results are in %[2]s. Go on:
  %[1]s plan --resume --config %[3]s
  %[1]s budget set total_budget_limit=200k --config %[3]s
  %[1]s run --resume --config %[3]s --out %[2]s
  %[1]s report --by task --config %[3]s
  %[1]s init
`, program(), project.QuoteArg(out), project.QuoteArg(config))
}
