package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// adjustFlags say what an attempt was really charged.
type adjustFlags struct {
	tokens, input, output string
	cost, reason          string
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
			correction, err := a.correction(args[0])
			if err != nil {
				return usage(err)
			}
			booked, err := p.Adjust(c.Context(), correction)
			if err != nil {
				return err
			}
			adjusted := view.NewAdjustment(booked)
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
	addSim(c, f, "in the simulator's books")
	c.MarkFlagsOneRequired("tokens", "input")
	exclude(c, "tokens", "input")
	exclude(c, "tokens", "output")
	c.MarkFlagsRequiredTogether("input", "output") // one alone could mean either: that the other was nothing, or as counted
	_ = c.MarkFlagRequired("reason")
	addJSON(c, f)
	return c
}

// correction reads the flags.
func (a *adjustFlags) correction(attempt string) (c project.Correction, err error) {
	c.Attempt, c.Reason = attempt, a.reason
	if a.cost != "" {
		cost, err := budget.ParseUSD(a.cost)
		if err != nil {
			return c, fmt.Errorf("--cost: %w", err)
		}
		c.Cost = &cost
	}
	if a.tokens != "" {
		tokens, err := parseTokens("tokens", a.tokens)
		c.Tokens = &tokens
		return c, err
	}
	if c.Usage.Input, err = parseTokens("input", a.input); err == nil {
		c.Usage.Output, err = parseTokens("output", a.output)
	}
	return c, err
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
