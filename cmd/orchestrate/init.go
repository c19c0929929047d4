package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
)

// sampleTasks is the task file that init writes.
const sampleTasks = "tasks.toml"

func newInit(_ *flags, std stdio) *cobra.Command {
	var providerKind string
	c := &cobra.Command{
		Use:   "init",
		Short: "Write a commented orchestrate.toml and a small task file here",
		Example: `  orchestrate init                        for the provider whose key the environment has
  orchestrate init --provider ollama      the server of this machine
  orchestrate init --provider sim         no key: the simulator answers`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return initCommand(providerKind, std)
		},
	}
	kinds := config.Beginnings()
	last := len(kinds) - 1
	c.Flags().StringVar(&providerKind, "provider", "", strings.Join(kinds[:last], ", ")+" or "+kinds[last])
	_ = c.RegisterFlagCompletionFunc("provider", cobra.FixedCompletions(kinds, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func initCommand(kind string, std stdio) error {
	if kind == "" {
		kind = guessProvider(std)
	}
	if kinds := config.Beginnings(); !slices.Contains(kinds, kind) {
		return usage(fmt.Errorf("--provider %q is none of %s", kind, strings.Join(kinds, ", ")))
	}
	for _, name := range []string{config.FileName, sampleTasks} {
		if _, err := os.Lstat(name); err == nil {
			return usage(fmt.Errorf("%s exists already and is not replaced; nothing was written", name))
		}
	}
	if err := writeNew(config.FileName, config.Init(kind)); err != nil {
		return usage(err)
	}
	if err := writeNew(sampleTasks, tasks.Init()); err != nil {
		return usage(err)
	}
	fmt.Fprintf(std.out, "wrote %s (provider %s) and %s\nnext: %s plan %s\n      %s run %s --out results.jsonl\n",
		config.FileName, kind, sampleTasks, program(), sampleTasks, program(), sampleTasks)
	return nil
}

// guessProvider is the provider whose key the environment has, else the simulator, said aloud.
func guessProvider(std stdio) string {
	var keys []string
	for _, p := range formats.Providers() {
		if p.KeyVariable == "" || p.Model == "" {
			continue
		}
		if os.Getenv(p.KeyVariable) != "" {
			fmt.Fprintf(std.err, "%s is set: using provider %s\n", p.KeyVariable, p.Name())
			return p.Name()
		}
		keys = append(keys, p.KeyVariable)
	}
	fmt.Fprintf(std.err, "neither %s is set: using the simulator (its output is made up)\n", strings.Join(keys, " nor "))
	return "sim"
}

// writeNew writes a file that must not exist.
func writeNew(name string, data []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already and is not replaced", name)
	}
	if err != nil {
		return fmt.Errorf("cannot write here: %w", err)
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
