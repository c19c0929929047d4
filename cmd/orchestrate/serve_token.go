package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newServeToken(f *flags, std stdio) *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "Make, list or revoke the tokens of clients",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(fmt.Errorf("token has no command %q: new, list or revoke", args[0]))
			}
			return c.Help()
		},
	}
	c.AddCommand(newTokenNew(f, std), newTokenList(f, std), newTokenRevoke(f, std))
	return c
}

func newTokenNew(f *flags, std stdio) *cobra.Command {
	var o project.TokenOptions
	var tokens, cost string
	c := &cobra.Command{
		Use:   "new",
		Short: "Make a token, and print it: it cannot be had again",
		Example: `  orchestrate serve token new --label customer-7
  TOKEN=$(orchestrate serve token new --label ci --tokens 50k --cost 1 --expires 8h)`,
		Long: `Make a token, and print it: it cannot be had again.

Its limits are for good; a restart gives nothing back. A proxy that runs knows
the token from its next request on.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var err error
			if o.Limit, err = limitOf(tokens, cost); err != nil {
				return usage(err)
			}
			if o.Expiry < 0 || c.Flags().Changed("expires") && o.Expiry == 0 {
				return usage(fmt.Errorf("--expires %v is not in the future", o.Expiry))
			}
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			t, text, err := p.NewToken(o)
			if err != nil {
				return err
			}
			fmt.Fprintf(std.err, "token %s was made\n", t.Name)
			_, err = fmt.Fprintln(std.out, text)
			return err
		},
	}
	c.Flags().StringVar(&o.Label, "label", "", "a label that its calls are charged to beside, see [budget.labels]; the token is called after it")
	c.Flags().StringVar(&o.Task, "task", "", "the task that its calls are charged to, which tokens can share, instead of one of its own")
	c.Flags().StringVar(&o.Worker, "worker", "", "the worker that its calls are charged to")
	complete(c, "worker", f, workerNames)
	c.Flags().StringVar(&tokens, "tokens", "", "the most tokens that it may spend, like 50k")
	c.Flags().StringVar(&cost, "cost", "", "the most US dollars that it may spend, like 1.50")
	c.Flags().DurationVar(&o.Expiry, "expires", 0, "how long it opens anything, like 8h")
	return c
}

// limitOf is the limit that two flags ask for.
func limitOf(tokens, cost string) (l budget.Limit, err error) {
	if tokens != "" {
		n, err := budget.ParseTokens(tokens)
		if err != nil {
			return l, fmt.Errorf("--tokens: %w", err)
		}
		l.Tokens = &n
	}
	if cost != "" {
		c, err := budget.ParseUSD(cost)
		if err != nil {
			return l, fmt.Errorf("--cost: %w", err)
		}
		l.Cost = &c
	}
	return l, nil
}

func newTokenList(f *flags, std stdio) *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "List the tokens that were made, without their texts",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			list, err := p.Tokens()
			if err != nil {
				return err
			}
			tokens := view.NewClients(list, time.Now())
			if f.json {
				return view.WriteJSON(std.out, tokens)
			}
			_, err = fmt.Fprint(std.out, tokens.Text())
			return err
		},
	}
	addJSON(c, f)
	return c
}

func newTokenRevoke(f *flags, std stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke NAME",
		Short: "End a token; what it spent stays in the books",
		Args:  takes(1, "the name of a token"),

		ValidArgsFunction: completion(f, tokenNames, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			if err := p.RevokeToken(args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(std.out, "token %s is revoked\n", args[0])
			return err
		},
	}
}
