package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newServe(f *flags, std stdio) *cobra.Command {
	var address, dashboard string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Pass calls of clients in any language on to the providers, under the budget",
		Example: `  orchestrate serve
  orchestrate serve --address 127.0.0.1:0             any free port; the first line says which
  OPENAI_BASE_URL=http://127.0.0.1:8787/openai/v1 OPENAI_API_KEY=any python app.py
  orchestrate serve token new --label customer-7 --tokens 50k --expires 8h`,
		Long: `Pass calls of clients in any language on to the providers, under the budget.

A provider of the configuration is reached at /NAME/..., in the format that it
speaks. Its key is put in here: clients show a token, once there is one
(orchestrate serve token new, or [[serve.clients]]), and never see a key.
GET /budget says what a client may still spend.

Only this machine is served, unless TLS is configured and clients have tokens.
All calls belong to the run "serve", which every start goes on with: a restart
gives no limit back. The first Ctrl-C lets calls end and takes no more; the
second cuts them. The books are settled either way.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return serveCommand(c.Context(), f, address, dashboard, std) },
	}
	c.Flags().StringVar(&address, "address", "", "listen here instead of where [serve] says; port 0 is any that is free")
	addDashboard(c, &dashboard)
	c.AddCommand(newServeToken(f, std))
	return c
}

func serveCommand(ctx context.Context, f *flags, address, dashboard string, std stdio) error {
	p, err := loadProject(f, "", std)
	if err != nil {
		return err
	}
	signals, controls := &signals{}, &controlled{log: slog.Default(), dashboard: dashboard, err: std.err}
	err = p.Serve(ctx, project.ServeOptions{
		OnRunning: controls.running, Metrics: controls.metrics,
		Address: address, Interrupts: signals.watch, Logger: slog.Default(),
		OnListen: func(l project.Listening) { announce(std.out, std.err, l) },
		Budget:   func(s project.Status) any { return clientStatus(p, s) },
	})
	if err == nil && signals.exitCode() != 0 {
		err = &exitError{code: signals.exitCode()}
	}
	return err
}

// proxy is the proxy beside a run, nil without one. Standard output is for results, so it is announced beside.
func (r *runFlags) proxy(p *project.Project, controls *controlled, std stdio) *project.ServeOptions {
	if r.serve == "" {
		return nil
	}
	o := &project.ServeOptions{
		Metrics:  controls.metrics,
		OnListen: func(l project.Listening) { announce(std.err, std.err, l) },
		Budget:   func(s project.Status) any { return clientStatus(p, s) },
	}
	if r.serve != serveConfigured {
		o.Address = r.serve
	}
	return o
}

// announce says where a proxy is, to programs and to people.
func announce(programs, people io.Writer, l project.Listening) {
	fmt.Fprintf(programs, "listening: %s\n", l.URL)
	for _, name := range slices.Sorted(maps.Keys(l.Bases)) {
		fmt.Fprintf(people, "base URL for clients of %s: %s\n", name, l.Bases[name])
	}
	if !l.Tokens {
		fmt.Fprintf(people, "any key will do, from this machine (%s serve token new makes tokens with limits of their own)\n", program())
	}
}

// clientStatus is what a client is told of its budget. Where the books are is not its business.
func clientStatus(p *project.Project, s project.Status) view.Status {
	status := view.NewStatus(p, s, program())
	status.Ledger = ""
	return status
}
