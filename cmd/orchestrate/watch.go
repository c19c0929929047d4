package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/control"
	"github.com/orchestrate-go/orchestrate/orchestrator/dashboard"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newWatch(f *flags, std stdio) *cobra.Command {
	var web string
	c := &cobra.Command{
		Use:   "watch [RUN]",
		Short: "Look at the run, or the proxy, that is going",
		Example: `  orchestrate watch                       live, on a terminal; Ctrl-C ends the looking, not the run
  orchestrate watch --web                 in a browser; of a run that has ended its report
  orchestrate watch --json | jq .tasks    a line a second, until it has ended`,
		Args:              takes(0, "one run"),
		ValidArgsFunction: completion(f, runIDs, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(c *cobra.Command, args []string) error {
			return watch(c.Context(), f, strings.Join(args, ""), web, std)
		},
	}
	addJSON(c, f)
	c.Flags().StringVar(&web, "web", "", "show it in a browser, on this machine; --web=ADDRESS listens there")
	c.Flags().Lookup("web").NoOptDefVal = dashboard.Default
	return c
}

// watch looks at the run that is going, which is the one that is named, if one is ("" is none).
func watch(ctx context.Context, f *flags, run, web string, std stdio) error {
	p, err := loadProject(f, "", std)
	if err != nil {
		return err
	}
	client, err := control.Dial(p)
	if none := errors.Is(err, control.ErrNone); web != "" && (none || err == nil && !strings.HasPrefix(client.Run, run)) {
		return lookBack(ctx, p, run, web, std)
	}
	if errors.Is(err, control.ErrNone) {
		return usage(fmt.Errorf("%w: nothing to look at (%s report shows what was)", err, program()))
	}
	if err != nil {
		return usage(err)
	}
	if !strings.HasPrefix(client.Run, run) {
		return usage(fmt.Errorf("run %s is going, not %s (%s report %[2]s shows what was)", client.Run, run, program()))
	}
	ctx, cancel := untilInterrupt(ctx)
	defer cancel()
	terminal := terminalOf(std.out)
	switch {
	case web != "":
		var d *dashboard.Dashboard
		if d, err = dashboard.Open(web, client.Handler(), control.Metrics(client.Moment)); err != nil {
			return usage(err)
		}
		defer d.Close()
		fmt.Fprintln(std.err, "dashboard:", d.URL)
		err = each(ctx, client, func(view.Moment) error { return nil })
	case f.json:
		err = each(ctx, client, func(m view.Moment) error { return json.NewEncoder(std.out).Encode(m) })
	case terminal == nil || !redraws():
		err = each(ctx, client, func(m view.Moment) error {
			_, err := fmt.Fprintln(std.out, m.Line())
			return err
		})
	default:
		err = view.Attach(ctx, std.out, terminal, f.colourless(), client.Moment)
	}
	if ctx.Err() != nil {
		return nil
	}
	if errors.Is(err, errGone) || errors.Is(err, orchestrator.ErrEnded) || gone(client) {
		_, err = fmt.Fprintf(std.err, "run %s has ended (%s report %s)\n", client.Run, program(), client.Run)
	}
	return err
}

// lookBack shows the page of a run that has ended, the last one for "", until it is interrupted.
func lookBack(ctx context.Context, p *project.Project, run, web string, std stdio) error {
	page, err := pageOf(ctx, p, cmp.Or(run, project.LastRun), false)
	if err != nil {
		return err
	}
	ctx, cancel := untilInterrupt(ctx)
	defer cancel()
	d, err := dashboard.Still(web, page)
	if err != nil {
		return usage(err)
	}
	defer d.Close()
	fmt.Fprintf(std.err, "dashboard: %s\nthis run has ended: what is shown is its report (Ctrl-C ends the looking)\n", d.URL)
	<-ctx.Done()
	return nil
}

// untilInterrupt is a context that the first interrupt ends, or cancel.
func untilInterrupt(ctx context.Context) (until context.Context, cancel func()) {
	signals := &signals{}
	ctx, first, stop := signals.watch(ctx)
	until, end := context.WithCancel(ctx)
	go func() {
		select {
		case <-first:
			end()
		case <-until.Done():
		}
	}()
	return until, func() { end(); stop() }
}

// errGone says that a run cannot be asked any more.
var errGone = errors.New("the run has ended")

// gone reports whether the run has ended by now, for which its socket is gone.
func gone(c *control.Client) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err := c.Moment(ctx)
	return err != nil
}

// each calls with a moment a second, until there are no more.
func each(ctx context.Context, c *control.Client, with func(view.Moment) error) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		m, err := c.Moment(ctx)
		if err != nil {
			return errors.Join(errGone, err)
		}
		if err := with(m); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
