package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

func newPlan(f *flags, std stdio) *cobra.Command {
	var sim bool
	var resume string
	c := &cobra.Command{
		Use:   "plan TASKFILE",
		Short: "Show what would run, be deferred or never fit, without a call",
		Example: `  orchestrate plan tasks.toml
  orchestrate plan tasks.toml --resume       what the last run has left
  orchestrate plan tasks.toml --json | jq '.tasks[] | select(.verdict != "run")'`,
		Long: `Show, in order, what would run, be deferred or never fit, with tokens and cost at
worst, from the budget as it stands now. No model is called and nothing is
booked. Every task is counted at its worst, so a run usually gets further.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := loadProject(f, args[0], std)
			if err != nil {
				return err
			}
			p.sim = sim
			return planCommand(c.Context(), f, p, args[0], resume, std)
		},
	}
	c.Flags().BoolVar(&sim, "sim", false, "plan from the simulator's books")
	c.Flags().StringVar(&resume, "resume", "", "plan what the last run of the file, or --resume=RUN, has left")
	c.Flags().Lookup("resume").NoOptDefVal = lastRun
	addJSON(c, f)
	return c
}

// dryLedger shows the books and keeps nothing.
type dryLedger struct{ budget.Ledger }

func (dryLedger) Append(context.Context, ...budget.Entry) error { return nil }

func planCommand(ctx context.Context, f *flags, p *project, file, resume string, std stdio) error {
	tasks, err := p.loadTasks(file, std)
	if err != nil {
		return err
	}
	ledger, closeLedger, err := p.openReader(ctx)
	if err != nil {
		return err
	}
	defer closeLedger()
	run, earlier, err := toResume(ctx, ledger, resume, file)
	if err != nil {
		return usage(err)
	}
	config := p.budgetConfig(tasks, slog.New(slog.DiscardHandler))
	config.Ledger, config.Threshold, config.Run = dryLedger{ledger}, 0, run
	config.NewPeriod = p.config.Budget.Period == orchestrator.PeriodRun && resume == ""
	m, err := budget.Open(ctx, config)
	if err != nil {
		return err
	}
	before := m.Total()
	plan, err := orchestrator.Plan(ctx, orchestrator.Options{Manager: m, Workers: p.planners(), Tasks: tasks, Run: run, Finished: earlier})
	if err != nil {
		return err
	}
	if f.json {
		return writeJSON(std.out, planJSON(plan, before))
	}
	_, err = fmt.Fprint(std.out, planText(plan, before, p))
	return err
}

// toResume is the run to plan on with and what it finished, or a new one.
func toResume(ctx context.Context, ledger budget.Ledger, resume, file string) (string, map[string]orchestrator.Result, error) {
	if resume == "" {
		return orchestrator.NewRunID(), nil, nil
	}
	books, ok := ledger.(*sqlite.Ledger)
	if !ok {
		return "", nil, errNoRun
	}
	runs, err := books.Runs(ctx)
	if err != nil {
		return "", nil, err
	}
	run, err := pickRun(runs, resume, file)
	if err != nil {
		return "", nil, err
	}
	done, err := finished(ctx, books, run.ID)
	return run.ID, done, err
}

// planJSON is the plan for machines.
func planJSON(plan []orchestrator.Planned, before budget.Status) any {
	return struct {
		Schema int                    `json:"schema_version"`
		Tasks  []orchestrator.Planned `json:"tasks"`
		Totals map[string]planTotal   `json:"totals"`
		Budget scopeJSON              `json:"budget"`
	}{schemaVersion, plan, planTotals(plan), scopeOf(before)}
}

// planTotal sums the tasks of one verdict.
type planTotal struct {
	Tasks    int               `json:"tasks"`
	Tokens   int64             `json:"tokens"`
	Cost     orchestrator.Cost `json:"cost_nano_usd"`
	Unpriced int               `json:"unpriced_tasks"`
}

func planTotals(plan []orchestrator.Planned) map[string]planTotal {
	totals := make(map[string]planTotal)
	for _, t := range plan {
		sum := totals[string(t.Verdict)]
		sum.Tasks++
		sum.Tokens += t.Tokens
		if t.Cost != nil {
			sum.Cost += *t.Cost
		} else {
			sum.Unpriced++
		}
		totals[string(t.Verdict)] = sum
	}
	return totals
}

func planText(plan []orchestrator.Planned, before budget.Status, p *project) string {
	rows := make([][]string, 0, len(plan))
	for i, t := range plan {
		cost := "unknown"
		if t.Cost != nil {
			cost = t.Cost.String()
		} else if t.Verdict != orchestrator.WillRun {
			cost = ""
		}
		rows = append(rows, []string{
			fmt.Sprint(i + 1), t.ID, string(t.Verdict), fmt.Sprint(t.Priority), t.Worker, t.Model,
			count(t.Input), count(t.Output), count(t.Tokens), cost, t.Reason,
		})
	}
	text := renderTable([]string{"#", "task", "verdict", "priority", "worker", "model", "input", "output cap", "tokens at most", "cost at most", "why"}, rows)
	totals := planTotals(plan)
	for _, v := range []orchestrator.Verdict{
		orchestrator.Already, orchestrator.WillRun, orchestrator.MayDefer, orchestrator.NeverFits, orchestrator.Impossible, orchestrator.Unplanned,
	} {
		if sum, ok := totals[string(v)]; ok {
			text += fmt.Sprintf("%-8s %s, at most %s tokens\n", v, plural(sum.Tasks, "task"), count(sum.Tokens))
		}
	}
	return text + fmt.Sprintf("budget now: %s (%s)\n", budgetText(before), p.path)
}
