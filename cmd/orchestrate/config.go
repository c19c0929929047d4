package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newConfig(f *flags, std stdio) *cobra.Command {
	var origin bool
	c := &cobra.Command{
		Use:   "config",
		Short: "Show the configuration in force, every default filled in, and where it was found",
		Long: `Show the configuration in force, every default filled in, and where it was found.

A flag goes before the environment (ORCHESTRATE_CONFIG, ORCHESTRATE_COLOR,
ORCHESTRATE_LOG_FORMAT, ORCHESTRATE_LOG_FILE, ORCHESTRATE_PROGRESS), that before
the project's orchestrate.toml, and that before the user's own
orchestrate/config.toml in $XDG_CONFIG_HOME (~/.config).`,
		Example: "  orchestrate config\n  orchestrate config --origin\n  orchestrate config --json | jq .config.budget",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			p, err := loadProject(f, "", std)
			switch {
			case err != nil:
				return err
			case origin:
				return f.showOrigins(std.out, p, f.settings(p.Config))
			case f.json:
				return view.WriteJSON(std.out, struct {
					Schema int    `json:"schema_version"`
					Path   string `json:"path"`
					User   string `json:"user_path,omitempty"`
					Config any    `json:"config"`
				}{view.SchemaVersion, p.Path, p.Config.User, p.Config.Table()})
			}
			_, err = fmt.Fprintf(std.out, "# %s\n%s", p.Path, p.Config.TOML())
			return err
		},
	}
	c.Flags().BoolVar(&origin, "origin", false, "tell of each setting which file, variable or flag it comes from")
	addJSON(c, f)
	return c
}

// settings are those of the configuration, with what flags and the environment changed.
func (f *flags) settings(from *config.Config) []config.Setting {
	list := from.Settings()
	for i := range list {
		switch s := &list[i]; {
		case s.Key == "log.format" && f.logFormat != "":
			s.Origin = "ORCHESTRATE_LOG_FORMAT"
			if !f.byVariable["log-format"] {
				s.Origin = "--log-format"
			}
		case s.Key == "log.level" && f.quiet:
			s.Origin = "--quiet"
		case s.Key == "log.level" && f.verbose:
			s.Origin = "--verbose"
		}
	}
	return list
}

func (f *flags) showOrigins(w io.Writer, p *project.Project, list []config.Setting) error {
	if f.json {
		return view.WriteJSON(w, struct {
			Schema   int              `json:"schema_version"`
			Path     string           `json:"path"`
			User     string           `json:"user_path,omitempty"`
			Settings []config.Setting `json:"settings"`
		}{view.SchemaVersion, p.Path, p.Config.User, list})
	}
	for _, s := range list {
		if _, err := fmt.Fprintln(w, s); err != nil {
			return err
		}
	}
	return nil
}
