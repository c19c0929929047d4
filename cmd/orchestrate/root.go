package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
)

// flags are the flags of every command.
type flags struct {
	config string
	json   bool
	sim    bool

	template tasks.Template
	tag      string

	model, tokens, cost string // of a run

	quiet, verbose            bool
	color, logFormat, logFile string

	byVariable map[string]bool // the flags that the environment gave
}

func newRoot(std stdio) *cobra.Command {
	f := &flags{byVariable: make(map[string]bool)}
	root := &cobra.Command{
		Use:   "orchestrate",
		Short: "Run a file of LLM tasks under a token budget",
		Long: `Run a file of LLM tasks under a token budget.

  orchestrate demo                        see it work: no key, nothing to set up
  orchestrate init                        write orchestrate.toml and a small task file
  orchestrate plan tasks.toml             what would run, and what it could cost at most
  orchestrate run tasks.toml --out results.jsonl
  orchestrate run --resume                go on where the last run stopped
  orchestrate watch                       look at the run that is going
  orchestrate pause                       hold the run that is going (resume lets it go on)
  orchestrate serve                       clients in any language, under the same budget
  orchestrate report                      what was spent, on what
  orchestrate runs                        how each run ended
  orchestrate budget status               (also: budget-status)
  orchestrate budget set total_budget_limit=2M max_tokens_per_task=50k
                                          (also: budget-set)
  orchestrate budget set --now total_budget_limit=3M
                                          the same, in the run that is going
  orchestrate budget reset                (also: budget-reset)
  orchestrate ledger verify               check the books

It finishes as much of the file as the budget can buy, never grants more than
the limits, and keeps books of every token in .orchestrate/ beside the
configuration.

Exit codes: 0 done; 1 a task failed or is exhausted; 2 wrong usage,
configuration or task file; 3 the budget ran out and tasks are deferred; 4 no
provider could be reached or authorised; 129, 130 and 143 ended by a signal.`,
		Version:       builtFrom().text(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Version}}")
	addCommands(root, f, std)
	addCompletion(root)
	markErrors(root)
	return root
}

// addCommands gives the root its streams, its flags and its commands.
func addCommands(root *cobra.Command, f *flags, std stdio) {
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.PersistentFlags().StringVar(&f.config, "config", "", "use this configuration instead of the nearest orchestrate.toml")
	addScreen(root, f)
	root.AddCommand(
		newDemo(f, std), newInit(f, std), newValidate(f, std), newPlan(f, std), newRun(f, std), newServe(f, std), newExec(f, std), newReport(f, std), newRuns(f, std),
		newWatch(f, std), newPause(f, std), newResume(f, std),
		newTokens(f, std), newConfig(f, std), newVersion(f, std), newMan(std), newBudget(f, std), newLedger(f, std),
	)
	for _, alias := range []*cobra.Command{newBudgetStatus(f, std), newBudgetSet(f, std), newBudgetReset(f, std)} {
		alias.Short += " (the same as: budget " + alias.Name() + ")"
		alias.Use = "budget-" + alias.Use
		root.AddCommand(alias)
	}
}

// markErrors gives every error that a command returns an exit code. What comes without one is then cobra's
// own, about the command line.
func markErrors(c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(c *cobra.Command, args []string) error { return failure(run(c, args)) }
	}
	for _, child := range c.Commands() {
		markErrors(child)
	}
}

// exclude refuses two flags of c together.
func exclude(c *cobra.Command, one, other string) {
	c.MarkFlagsMutuallyExclusive(one, other) // for completion; its own message is hard to read, so ours comes first
	args := c.Args
	c.Args = func(c *cobra.Command, given []string) error {
		if c.Flags().Changed(one) && c.Flags().Changed(other) {
			return fmt.Errorf("--%s and --%s exclude each other: give one of them", one, other)
		}
		return args(c, given)
	}
}

// takes accepts at least so many arguments and at most one, and says in its own words what is wanted.
func takes(least int, want string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || len(args) > 1 {
			return fmt.Errorf("%s takes %s, not %d arguments", c.CommandPath(), want, len(args))
		}
		return nil
	}
}

// addJSON gives a reading command its --json flag.
func addJSON(c *cobra.Command, f *flags) {
	c.Flags().BoolVar(&f.json, "json", false, "write JSON")
}
