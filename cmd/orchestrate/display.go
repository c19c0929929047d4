package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

var progressModes = []string{"auto", "live", "plain", "json", "off"}

// progress is how progress is shown: as --progress says or, where that does not, --quiet or the environment.
func (f *flags) progress(flag string) (string, error) {
	mode := flag
	if mode == "" && f.quiet {
		mode = "off"
	}
	if mode == "" {
		mode = os.Getenv("ORCHESTRATE_PROGRESS")
	}
	if mode == "" {
		mode = "auto"
	}
	if !slices.Contains(progressModes, mode) {
		return "", usage(fmt.Errorf("--progress %q is none of %s", mode, strings.Join(progressModes, ", ")))
	}
	return mode, nil
}

// addProgress gives a command its --progress flag.
func addProgress(c *cobra.Command, mode *string) {
	c.Flags().StringVar(mode, "progress", "", "how to show progress: auto, live (on a terminal), plain, json or off (default: ORCHESTRATE_PROGRESS, else auto)")
	_ = c.RegisterFlagCompletionFunc("progress", cobra.FixedCompletions(progressModes, cobra.ShellCompDirectiveNoFileComp))
}

// newProgress returns the display for a mode. Live needs a terminal and is plain without one: the library
// behind it would write escapes to pipes, too, so the gate is here.
func newProgress(mode string, w io.Writer, colourless bool) view.Display {
	terminal := terminalOf(w)
	switch {
	case mode == "json":
		return view.JSONLines(w)
	case mode == "off":
		return view.Silent(w)
	case mode == "live" && terminal != nil, mode == "auto" && terminal != nil && redraws():
		return view.Live(w, terminal, colourless)
	}
	return view.Plain(w)
}

// beside adds a file of events to a display; "" is none.
func beside(show view.Display, path string) (view.Display, func() error, error) {
	if path == "" {
		return show, func() error { return nil }, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, usage(fmt.Errorf("--json-file: %w", err))
	}
	return view.Both(show, view.JSONLines(file)), file.Close, nil
}

// redraws reports whether a terminal is one that people look at and that can draw a line again.
func redraws() bool { return os.Getenv("TERM") != "dumb" && os.Getenv("CI") == "" }
