package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newVersion(f *flags, std stdio) *cobra.Command {
	c := &cobra.Command{
		Use:   "version",
		Short: "Show the version",
		Example: `  orchestrate version
  orchestrate version --json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := builtFrom()
			if f.json {
				return view.WriteJSON(std.out, v)
			}
			_, err := fmt.Fprint(std.out, v.text())
			return err
		},
	}
	addJSON(c, f)
	return c
}

// versionJSON is what the program was built from.
type versionJSON struct {
	Schema   int    `json:"schema_version"`
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	Prices   string `json:"prices_date"` // of the bundled list prices
}

func builtFrom() versionJSON {
	v := versionJSON{Schema: view.SchemaVersion, Version: "(devel)", Go: runtime.Version(), Prices: models.PricesDate}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Version = cmp.Or(info.Main.Version, v.Version)
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Revision = s.Value
		}
	}
	return v
}

func (v versionJSON) text() string {
	words := []string{"orchestrate", v.Version}
	if v.Revision != "" {
		words = append(words, v.Revision)
	}
	return fmt.Sprintf("%s (%s %s/%s)\nlist prices of %s\n", strings.Join(words, " "), v.Go, runtime.GOOS, runtime.GOARCH, v.Prices)
}
