package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// addScreen gives every command the flags for what it shows and logs.
func addScreen(root *cobra.Command, f *flags) {
	flags := root.PersistentFlags()
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, and of the log only warnings and errors")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "log what is done, too (the version is --version)")
	flags.StringVar(&f.color, "color", "auto", "colours: auto (on a terminal, unless NO_COLOR is set), always or never")
	flags.StringVar(&f.logFormat, "log-format", "", "text or json (default: [log] format)")
	flags.StringVar(&f.logFile, "log-file", "", "add the log to this file, instead of standard error")
	for name, values := range map[string][]string{"color": colors, "log-format": logFormats} {
		_ = root.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if err := f.fromEnvironment(root); err != nil {
			return err
		}
		return f.checkScreen()
	}
}

// fromEnvironment sets flags of every command that are not given: --log-format is ORCHESTRATE_LOG_FORMAT.
func (f *flags) fromEnvironment(root *cobra.Command) error {
	set := root.PersistentFlags()
	for _, name := range []string{"config", "color", "log-format", "log-file"} {
		variable := "ORCHESTRATE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		value := os.Getenv(variable)
		if value == "" || set.Changed(name) {
			continue
		}
		if err := set.Set(name, value); err != nil {
			return usage(fmt.Errorf("%s: %w", variable, err))
		}
		f.byVariable[name] = true
	}
	return nil
}

var (
	colors     = []string{"auto", "always", "never"}
	logFormats = []string{"text", "json"}
)

func (f *flags) checkScreen() error {
	if !slices.Contains(colors, f.color) {
		return usage(fmt.Errorf("--color=%s: it is auto, always or never", f.color))
	}
	if f.logFormat != "" && !slices.Contains(logFormats, f.logFormat) {
		return usage(fmt.Errorf("--log-format=%s: it is text or json", f.logFormat))
	}
	if f.quiet && f.verbose {
		return usage(fmt.Errorf("--quiet and --verbose exclude each other: give one of them"))
	}
	return nil
}

// colourless reports whether what is drawn has no colours.
func (f *flags) colourless() bool {
	return f.color == "never" || f.color != "always" && os.Getenv("NO_COLOR") != ""
}

// logger is the log of a command, to w unless it has a file.
func (f *flags) logger(p *project.Project, w io.Writer, asJSON bool) (*slog.Logger, error) {
	log := &p.Config.Log
	if f.verbose {
		log.Level = config.LogDebug
	}
	if f.quiet {
		log.Level = config.LogWarn
	}
	if f.logFormat != "" {
		log.Format = config.LogFormat(f.logFormat)
	}
	if f.logFile != "" {
		file, err := os.OpenFile(f.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, usage(fmt.Errorf("--log-file: %w", err))
		}
		w, asJSON = file, false // for as long as the process lives
	}
	return p.Logger(w, asJSON), nil
}

// terminalOf is the terminal that w writes to, nil if it is none.
func terminalOf(w io.Writer) *os.File {
	for {
		switch of := w.(type) {
		case *watched:
			w = of.Writer
		case *escape.Writer:
			w = of.W
		case *os.File:
			if term.IsTerminal(int(of.Fd())) {
				return of
			}
			return nil
		default:
			return nil
		}
	}
}
