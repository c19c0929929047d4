package main

import (
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// plainWidth is how wide tables are where there is no screen: files and pipes are read on one, too.
const plainWidth = 80

// addWide adds --wide to a command that shows tables.
func addWide(c *cobra.Command, wide *bool) {
	c.Flags().BoolVar(wide, "wide", false, "show every column, however wide the screen is")
}

// fit is how wide tables on out may be.
func fit(out io.Writer, wide bool) view.Fit {
	if wide {
		return view.Fit{}
	}
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		return view.Fit{Width: columns}
	}
	if file := terminalOf(out); file != nil {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			return view.Fit{Width: width}
		}
	}
	return view.Fit{Width: plainWidth}
}
