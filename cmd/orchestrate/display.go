package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
	"golang.org/x/term"
)

var progressModes = []string{"auto", "live", "plain", "json", "off"}

func checkProgress(mode string) error {
	if slices.Contains(progressModes, mode) {
		return nil
	}
	return usage(fmt.Errorf("--progress %q is none of %s", mode, strings.Join(progressModes, ", ")))
}

// newProgress returns the display for a mode. Live needs a terminal and is plain without one: the library
// behind it would write escapes to pipes, too, so the gate is here.
func newProgress(mode string, w io.Writer) view.Display {
	var file *os.File
	if e, ok := w.(*escape.Writer); ok {
		file, _ = e.W.(*os.File)
	}
	terminal := file != nil && term.IsTerminal(int(file.Fd()))
	switch {
	case mode == "json":
		return view.JSONLines(w)
	case mode == "off":
		return view.Silent(w)
	case mode == "live" && terminal, mode == "auto" && terminal && redraws():
		return view.Live(w, file)
	}
	return view.Plain(w)
}

// redraws reports whether a terminal is one that people look at and that can draw a line again.
func redraws() bool { return os.Getenv("TERM") != "dumb" && os.Getenv("CI") == "" }
