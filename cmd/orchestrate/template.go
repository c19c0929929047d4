package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
)

// addTemplate gives a command the flags that make tasks of rows of data.
func addTemplate(c *cobra.Command, f *flags) {
	c.Flags().StringVar(&f.template.Prompt, "prompt", "", "what is asked about each row of a file of data: 'Classify: {{ .review }}'")
	c.Flags().StringVar(&f.template.PromptFile, "prompt-file", "", "the same, from a file")
	c.Flags().StringVar(&f.template.System, "system", "", "instructions that go before it; a template too")
	c.Flags().StringVar(&f.template.ID, "id", "", "the column with the ids of the rows (default id, if there is one); --id= numbers them")
	c.Flags().StringVar(&f.tag, "tag", "", "the list to take of a tasks.json of Task Master (default the current one)")
	c.PreRunE = func(c *cobra.Command, _ []string) error { return checkTemplate(c, f) }
	c.MarkFlagsMutuallyExclusive("prompt", "prompt-file")
}

// checkTemplate refuses flags without a text, which are a script's variables that are not set: but --id= says something.
func checkTemplate(c *cobra.Command, f *flags) error {
	for _, name := range []string{"prompt", "prompt-file", "system"} {
		if flag := c.Flags().Lookup(name); flag.Changed && flag.Value.String() == "" {
			return usage(fmt.Errorf("--%s= says nothing", name))
		}
	}
	f.template.Numbered = c.Flags().Changed("id") && f.template.ID == ""
	return nil
}

// templateArgs are the flags that say the same again.
func templateArgs(t tasks.Template) (args []string) {
	if t.PromptFile != "" {
		t.PromptFile = absolute(t.PromptFile)
	}
	for _, flag := range []struct{ name, value string }{
		{"--prompt", t.Prompt}, {"--prompt-file", t.PromptFile}, {"--system", t.System}, {"--id", t.ID},
	} {
		if flag.value != "" {
			args = append(args, flag.name, project.QuoteArg(flag.value))
		}
	}
	if t.Numbered {
		args = append(args, "--id=")
	}
	return args
}
