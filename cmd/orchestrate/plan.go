package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newPlan(f *flags, std stdio) *cobra.Command {
	var sim bool
	var resume string
	c := &cobra.Command{
		Use:   "plan [TASKFILE]",
		Short: "Show what would run, be deferred or never fit, without a call",
		Example: `  orchestrate plan tasks.toml
  orchestrate plan --resume                           what is left of the last run
  orchestrate plan tasks.toml --json | jq '.tasks[] | select(.verdict != "run")'`,
		Long: `Show, in order, what would run, be deferred or never fit, with tokens and cost at
worst, from the budget as it stands now. No model is called and nothing is
booked. Every task is counted at its worst, so a run usually gets further.`,
		Args: takes(0, "one task file"),
		RunE: func(c *cobra.Command, args []string) error {
			var file string
			if len(args) == 1 {
				file = args[0]
			}
			if err := checkResume(c); err != nil {
				return err
			}
			if file == "" && resume == "" {
				return usage(errors.New("which task file? (orchestrate plan tasks.toml, or orchestrate plan --resume)"))
			}
			p, err := loadProject(f, file, std)
			if err != nil {
				return err
			}
			p.sim = sim
			return planCommand(c.Context(), f, p, file, resume, std)
		},
	}
	c.Flags().StringVar(&resume, "resume", "", "plan what is left of the last run, or with --resume=RUN")
	c.Flags().Lookup("resume").NoOptDefVal = lastRun
	c.Flags().BoolVar(&sim, "sim", false, "plan from the simulator's books")
	addJSON(c, f)
	return c
}

// dryLedger shows the books and keeps nothing.
type dryLedger struct{ budget.Ledger }

func (dryLedger) Append(context.Context, ...budget.Entry) error { return nil }

func planCommand(ctx context.Context, f *flags, p *project, file, resume string, std stdio) error {
	if err := p.staffed(); err != nil {
		return err
	}
	ledger, closeLedger, err := p.openReader(ctx)
	if err != nil {
		return err
	}
	defer closeLedger()
	r, err := p.planned(ctx, ledger, file, resume, std)
	if err != nil {
		return err
	}
	config := p.budgetConfig(r.tasks, slog.New(slog.DiscardHandler))
	config.Ledger, config.Threshold, config.Run = dryLedger{ledger}, 0, r.run.ID
	config.Recover = budget.ReadOnly // holds of a run that goes on are its own
	if books, ok := ledger.(*sqlite.Ledger); ok {
		if err := p.ownPeriod(ctx, books, r.run.ID, &config); err != nil {
			return err
		}
	}
	m, err := budget.Open(ctx, config)
	if err != nil {
		return err
	}
	if m.Period().ID == 0 || m.Period().Over(time.Now()) || config.NewPeriod {
		if err := m.Reset(ctx); err != nil { // in memory: the ledger keeps nothing
			return err
		}
	}
	before := m.Total()
	plan, err := orchestrator.Plan(ctx, orchestrator.Options{Manager: m, Workers: p.planners(), Tasks: r.tasks, Run: r.run.ID, Earlier: r.earlier, Found: r.found})
	if err != nil {
		return err
	}
	shown := view.NewPlan(plan, before)
	shown.Config = p.path
	if f.json {
		return view.WriteJSON(std.out, shown)
	}
	_, err = fmt.Fprint(std.out, shown.Text())
	return err
}

// planned is what to plan: the tasks of a file as a run of their own, or the rest of an earlier run.
func (p *project) planned(ctx context.Context, ledger budget.Ledger, file, resume string, std stdio) (r resumption, err error) {
	if resume == "" {
		r.run.ID = "plan"
		r.tasks, err = p.loadTasks(file, std)
		return r, err
	}
	books, ok := ledger.(*sqlite.Ledger)
	if !ok {
		return r, p.noBooks()
	}
	return p.findRun(ctx, books, resume, file, "", std)
}
