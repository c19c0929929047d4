package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/control"
	"github.com/orchestrate-go/orchestrate/orchestrator/dashboard"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newPause(f *flags, std stdio) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:   "pause",
		Short: "Let the run that is going begin no more tasks, or the proxy take no more calls, until it is resumed",
		Example: `  orchestrate pause
  orchestrate pause --reason "the invoice looks odd"
  orchestrate resume`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return steer(c.Context(), f, std, (*control.Client).Pause, reason, "nothing more is begun (orchestrate resume goes on)")
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	addJSON(c, f)
	return c
}

func newResume(f *flags, std stdio) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:   "resume",
		Short: "Let the run that is paused go on",
		Example: `  orchestrate resume
  orchestrate run --resume                a run that has ended, or was interrupted`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			err := steer(c.Context(), f, std, (*control.Client).Resume, reason, "it goes on")
			if errors.Is(err, control.ErrNone) {
				return usage(fmt.Errorf("%w: what the last one left is done by %s run --resume", err, program()))
			}
			return err
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	addJSON(c, f)
	return c
}

// steer tells the run that is going something, and how it stands then.
func steer(ctx context.Context, f *flags, std stdio, tell func(*control.Client, context.Context, project.Who) (view.Moment, error), reason, then string) error {
	p, err := loadProject(f, "", std)
	if err != nil {
		return err
	}
	client, err := control.Dial(p)
	if err != nil {
		return usage(err)
	}
	m, err := tell(client, ctx, control.Me(reason))
	if err != nil {
		return err
	}
	if f.json {
		return view.WriteJSON(std.out, m)
	}
	_, err = fmt.Fprintf(std.out, "run %s: %s, %s running, %s waiting\n", m.Run, then,
		view.Plural(m.Tasks.Running, "task"), view.Number(int64(m.Tasks.Waiting)))
	return err
}

// controlled lets others watch a run or a proxy, and change its mind, while it goes on. That they cannot is said, and stops nobody.
type controlled struct {
	log       *slog.Logger
	watch     func(*view.Observer) // may be nil
	server    *control.Server      // nil until the run is going
	observer  *view.Observer       // nil until then, too
	dashboard string               // its address, "" for none
	err       io.Writer            // is told where that is
}

func (c *controlled) running(r *project.Running) (ended func(), err error) {
	observer := view.Observe(r)
	c.observer = observer
	c.server = control.NewServer(r, observer, c.log)
	if c.watch != nil {
		c.watch(observer)
	}
	shut := func() {}
	if c.dashboard != "" {
		d, err := dashboard.Open(c.dashboard, c.server.Handler(), control.Metrics(observer.Moment))
		if err != nil {
			return nil, usage(err)
		}
		fmt.Fprintln(c.err, "dashboard:", d.URL)
		shut = d.Close
	}
	closed, err := c.server.Listen()
	if err != nil {
		c.log.Info("nobody can pause this run or raise its limits while it goes on", slog.String("error", err.Error()))
		return shut, nil
	}
	return func() { closed(); shut() }, nil
}

// metrics are the figures of the run in Prometheus' text format.
func (c *controlled) metrics(ctx context.Context) ([]byte, error) {
	if c.observer == nil {
		return nil, errors.New("the run has not begun")
	}
	m, err := c.observer.Moment(ctx)
	return m.Metrics(), err
}

// addDashboard gives a command the flag.
func addDashboard(c *cobra.Command, address *string) {
	c.Flags().StringVar(address, "dashboard", "", "show it in a browser, too, on this machine; --dashboard=ADDRESS listens there")
	c.Flags().Lookup("dashboard").NoOptDefVal = dashboard.Default
}

func (c *controlled) event(e orchestrator.Event) {
	if c.server != nil {
		c.server.Event(e)
	}
}
