package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// adjustFlags say what an attempt was really charged.
type adjustFlags struct {
	tokens, input, output string
	cost, reason          string
	sim                   bool
}

func newBudgetAdjust(f *flags, std stdio) *cobra.Command {
	a := &adjustFlags{}
	c := &cobra.Command{
		Use:   "adjust ATTEMPT",
		Short: "State what an attempt was really charged, with a reason",
		Example: `  orchestrate budget status                lists attempts that nobody confirmed
  orchestrate budget adjust 19c3f5a2b10ABCDEFGHIJKLMNOP --tokens 412 --reason "invoice of May"
  orchestrate budget adjust 19c3f5a2b10ABCDEFGHIJKLMNOP --input 300 --output 112 --cost 0.0021 --reason "console"`,
		Long: `State what an attempt was really charged, by its id in the books: one that was
charged in full because its run died, say. Two entries are added, which take back
what stood and charge what is right; nothing is edited, and the reason is kept.

--tokens takes the input as it was counted, the rest as output; --input and --output
say both. Without --cost the prices decide; where there is none the cost stays unknown.`,
		Args: takes(1, "the id of an attempt (orchestrate budget status lists them)"),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			p.sim = a.sim
			adjusted, err := p.adjust(c.Context(), args[0], a)
			if err != nil {
				return err
			}
			if f.json {
				return view.WriteJSON(std.out, adjusted)
			}
			_, err = fmt.Fprint(std.out, adjusted.Text())
			return err
		},
	}
	c.Flags().StringVar(&a.tokens, "tokens", "", "the tokens that it was charged")
	c.Flags().StringVar(&a.input, "input", "", "the input tokens that it was charged")
	c.Flags().StringVar(&a.output, "output", "", "the output tokens that it was charged")
	c.Flags().StringVar(&a.cost, "cost", "", "what it cost, in US dollars")
	c.Flags().StringVar(&a.reason, "reason", "", "how you know")
	c.Flags().BoolVar(&a.sim, "sim", false, "in the simulator's books")
	c.MarkFlagsOneRequired("tokens", "input")
	exclude(c, "tokens", "input")
	exclude(c, "tokens", "output")
	c.MarkFlagsRequiredTogether("input", "output") // one alone could mean either: that the other was nothing, or as counted
	_ = c.MarkFlagRequired("reason")
	addJSON(c, f)
	return c
}

// adjust books a correction. It opens no period and resolves no holds: it adjusts.
func (p *project) adjust(ctx context.Context, attempt string, a *adjustFlags) (_ view.Adjustment, err error) {
	books, err := p.ownBooks(ctx, "the books cannot be corrected")
	if err != nil {
		return view.Adjustment{}, err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	of, err := books.Attempt(ctx, attempt)
	if err != nil {
		return view.Adjustment{}, err
	}
	if len(of) == 0 {
		return view.Adjustment{}, usage(fmt.Errorf("there is no attempt %s in %s (orchestrate budget status lists what can be confirmed)", attempt, p.ledgerPath()))
	}
	outcome, err := a.outcome(of)
	if err != nil {
		return view.Adjustment{}, usage(err)
	}
	config := p.budgetConfig(nil, slog.New(slog.DiscardHandler))
	config.Ledger, config.Run, config.Recover, config.Threshold = books, of[0].Run(), budget.ReadOnly, 0
	m, err := budget.Open(ctx, config)
	if err != nil {
		return view.Adjustment{}, err
	}
	booked, err := m.Adjust(ctx, of, outcome)
	if err != nil {
		return view.Adjustment{}, usage(err)
	}
	undo, redo := booked[0], booked[1]
	out := view.NewAdjustment(attempt, undo, redo)
	out.Account, out.Total = "total", m.Total()
	if redo.Period != m.Period().ID { // the present total has not changed
		total := budget.Account{Period: redo.Period, Scope: budget.Total}
		totals, err := books.Totals(ctx, total)
		if err != nil {
			return view.Adjustment{}, err
		}
		out.Account, out.Total = fmt.Sprintf("period %d", redo.Period), budget.Status{Counters: totals[total]}
	}
	return out, nil
}

// outcome reads the flags, for an attempt of which the books have of.
func (a *adjustFlags) outcome(of []budget.Entry) (o budget.Outcome, err error) {
	o.Reason = a.reason
	if a.cost != "" {
		cost, err := budget.ParseUSD(a.cost)
		if err != nil {
			return o, fmt.Errorf("--cost: %w", err)
		}
		o.Billed = &cost
	}
	if a.tokens == "" {
		if o.Usage.Input, err = parseTokens("input", a.input); err != nil {
			return o, err
		}
		o.Usage.Output, err = parseTokens("output", a.output)
		return o, err
	}
	tokens, err := parseTokens("tokens", a.tokens)
	if err != nil {
		return o, err
	}
	o.Usage.Input = min(tokens, cmp.Or(of[0].Counted, of[0].Usage.InputTokens()))
	o.Usage.Output = tokens - o.Usage.Input
	return o, nil
}

func parseTokens(flag, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := budget.ParseTokens(text)
	if err != nil {
		return 0, fmt.Errorf("--%s: %w", flag, err)
	}
	return n, nil
}
