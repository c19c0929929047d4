package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

func newExec(f *flags, std stdio) *cobra.Command {
	var o project.ExecOptions
	var tokens, cost string
	c := &cobra.Command{
		Use:   "exec [flags] [-- CMD...]",
		Short: "Run one command, a coding agent say, whose model calls are under the budget",
		Example: `  orchestrate exec --tokens 50k -- python app.py
  orchestrate exec --preset claude --cost 1           interactive, as "claude" alone would be
  orchestrate exec --preset codex --tokens 200k -- codex exec "Fix the tests"`,
		Long: `Run one command, a coding agent say, whose model calls are under the budget.

The command gets ORCHESTRATE_BASE_URL and ORCHESTRATE_TOKEN, and the same under the
names that official SDKs look for, but none of your keys: of your environment it
has what says where things are (PATH, HOME, LANG, ...), and what --env names. With
a preset the agent's configuration is written for it, in a directory that is
removed again.

The exit status is the command's, or 3 when the budget ended it: no call passes
after one was refused, and a command that does not end by itself is stopped.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) (err error) {
			if o.Limit, err = limitOf(tokens, cost); err != nil {
				return usage(err)
			}
			o.Command = args
			return execCommand(c.Context(), f, o, std)
		},
	}
	c.Flags().StringVar((*string)(&o.Preset), "preset", "", "an agent that is known: codex, claude, opencode or gemini")
	c.Flags().StringVar(&o.Provider, "provider", "", "the provider that the command reaches")
	c.Flags().StringVar(&o.Model, "model", "", "the model that a preset's agent asks, instead of that of the provider's first worker")
	c.Flags().StringVar(&tokens, "tokens", "", "the most tokens that it may spend, like 50k")
	c.Flags().StringVar(&cost, "cost", "", "the most US dollars that it may spend, like 1.50")
	c.Flags().StringArrayVar(&o.Environment, "env", nil, "a variable of your environment that the command gets, too")
	return c
}

func execCommand(ctx context.Context, f *flags, o project.ExecOptions, std stdio) error {
	p, err := loadProject(f, "", std)
	if err != nil {
		return err
	}
	in, interactive := std.in.(*os.File)
	interactive = interactive && term.IsTerminal(int(in.Fd()))
	o.Streams.In, o.Streams.Out, o.Streams.Err, o.Streams.Terminal = std.in, raw(std.out), raw(std.err), interactive
	o.Logger = slog.Default()
	o.Interrupts = func(ctx context.Context) (context.Context, func()) { return untilTold(ctx, interactive) }
	x, err := p.Exec(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "orchestrate: %d calls were answered: %v\n", x.Passed.Calls, x.Spent.Settled)
	switch {
	case x.Passed.Refused != nil:
		return &exitError{exitDeferred, x.Passed.Refused}
	case x.Status != 0:
		return &exitError{code: x.Status}
	}
	return nil
}

// raw is what is written to as it is: a command of the user's own may draw on the terminal.
func raw(w io.Writer) io.Writer {
	for {
		switch outer := w.(type) {
		case *watched:
			w = outer.Writer
		case *escape.Writer:
			w = outer.W
		default:
			return w
		}
	}
}

// untilTold returns a context that a signal ends. An interrupt from the keyboard is the command's own business where
// that shares the terminal.
func untilTold(ctx context.Context, interactive bool) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	told := make(chan os.Signal, 2)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case got := <-told:
				if !interactive || got != os.Interrupt && got != syscall.SIGQUIT {
					cancel()
				}
			}
		}
	}()
	return ctx, func() { signal.Stop(told); cancel() }
}
