package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// Files are what a project is configured by. What Project leaves out, User says, and what both leave out has its default:
//
//	flag > environment > Project > User > default
//
// Tables are laid over each other key by key; an array (workers, alerts), a provider and a model's price are taken whole, so
// that no key meets an address, and no price a model, that it was not written for.
type Files struct {
	Project string // an orchestrate.toml
	User    string // one for all projects of a user, see [UserFile]; "" or a file that is not there says nothing
}

// UserFile is the configuration for all projects of a user: orchestrate/config.toml in $XDG_CONFIG_HOME, or where the
// system keeps such files (~/.config). It need not be there; "" where the user has no home.
func UserFile() string {
	dir := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) { // to be ignored, says the specification
		var err error
		if dir, err = os.UserConfigDir(); err != nil {
			return ""
		}
	}
	return filepath.Join(dir, "orchestrate", "config.toml")
}

// Load reads a project's configuration. The error joins every mistake in one of the files, each a [*Error]; with an error
// there is no configuration.
func (f Files) Load() (*Config, []Warning, error) {
	data, err := readFile(f.Project)
	if err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	c, warnings, err := f.Parse(data)
	if err != nil {
		return nil, nil, err
	}
	c.Path = f.Project
	return c, warnings, nil
}

// Parse is [Files.Load] for a project's file that was read already; Project stands for it in messages.
func (f Files) Parse(project []byte) (*Config, []Warning, error) {
	user, below, err := f.readUser()
	if err != nil {
		return nil, nil, err
	}
	src, root, err := decode(f.Project, project)
	if err != nil {
		return nil, nil, err
	}
	merged := layers{origins: make(origins), files: f}
	root.Values = merged.overlay(nil, root.Values, below)
	c := readTables(root)
	c.User, c.origins = user, merged.origins
	check(src, c)
	if err := src.Err(); err != nil {
		return nil, nil, err
	}
	return c, src.Warnings(), nil
}

// readUser returns the path and the content of the user's file, which must be a configuration by itself: its mistakes are
// told in its own places. Without one there are none.
func (f Files) readUser() (path string, values map[string]any, err error) {
	if f.User == "" {
		return "", nil, nil
	}
	data, err := readFile(f.User)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("read configuration: %w", err)
	}
	if _, _, err := (Files{Project: f.User}).Parse(data); err != nil {
		return "", nil, err
	}
	_, root, err := decode(f.User, data) // anew, for reading takes out what it refuses
	if err != nil {
		return "", nil, err
	}
	return f.User, root.Values, nil
}

func decode(name string, data []byte) (*document.Source, *document.Table, error) {
	src := document.NewSource(name)
	src.Secrets = true
	root, ok := document.Decode(src, bytes.TrimPrefix(data, document.ByteOrderMark), maxItems)
	if !ok {
		return nil, nil, src.Err()
	}
	return src, root, nil
}

// layers lays one document over another and notes where each value comes from.
type layers struct {
	origins origins
	files   Files
}

func (l layers) overlay(path []string, over, under map[string]any) map[string]any {
	out := maps.Clone(over)
	if out == nil {
		out = make(map[string]any, len(under))
	}
	for key, value := range over {
		at := append(slices.Clone(path), key)
		table, isTable := value.(map[string]any)
		below, both := under[key].(map[string]any)
		if isTable && both && !takenWhole(at) {
			out[key] = l.overlay(at, table, below)
		} else {
			l.origins.note(at, value, l.files.Project)
		}
	}
	for key, value := range under {
		if _, isThere := over[key]; !isThere {
			out[key] = value
			l.origins.note(append(slices.Clone(path), key), value, l.files.User)
		}
	}
	return out
}

// takenWhole reports whether the table at path is one thing that two files cannot say together.
func takenWhole(path []string) bool {
	return len(path) == 2 && (path[0] == "providers" || path[0] == "prices")
}
