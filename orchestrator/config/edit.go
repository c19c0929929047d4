package config

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"

	"github.com/BurntSushi/toml"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// Change is what became of one key of [budget].
type Change struct {
	Key string

	// Before and After are the values as the file writes them; "" is absent.
	Before, After string
}

// Edit is a change of [budget] in a configuration file that is not written yet.
type Edit struct {
	Config  *Config // what the file will say
	Changes []Change

	path     string
	old, new []byte
}

// SetBudget changes keys of the table [budget] in a configuration file: see [Files.EditBudget].
func SetBudget(path string, pairs []string) ([]Change, error) {
	return Files{Project: path}.SetBudget(pairs)
}

// SetBudget is the function of that name for the project's file, below which the user's is.
func (f Files) SetBudget(pairs []string) ([]Change, error) {
	e, err := f.EditBudget(pairs)
	if err != nil {
		return nil, err
	}
	if err := e.Write(); err != nil {
		return nil, err
	}
	return e.Changes, nil
}

// EditBudget prepares to change keys of the table [budget] in the project's file. Each pair is KEY=VALUE, where a key of
// a model or a label is models.NAME.max_tokens, say; for a limit the value may be "unlimited" or "none", which takes the
// key out. Everything else in the file stays byte for byte: comments, order, spacing, line ends, the file's mode.
//
// It is an error unless all pairs can be set and the result is a valid configuration. A link that leads out of its
// directory is not followed.
func (f Files) EditBudget(pairs []string) (*Edit, error) {
	path := f.Project
	if target, err := filepath.EvalSymlinks(path); err == nil {
		if !document.IsBelow(target, filepath.Dir(path)) {
			return nil, fmt.Errorf("set budget: %s is a link to %s, outside the project: name that file itself (--config)", path, target)
		}
		path, f.Project = target, target // so that the link stays a link
	}
	old, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("set budget: %w", err)
	}
	e := &Edit{path: path, old: old}
	if e.new, e.Changes, err = f.edited(old, pairs); err != nil {
		return nil, err
	}
	e.Config, _, err = f.Parse(e.new)
	return e, err
}

// Write replaces the file in one step. Two edits at once leave one of the results, not a mixture.
func (e *Edit) Write() error {
	if bytes.Equal(e.new, e.old) {
		return nil
	}
	if err := document.ReplaceFile(e.path, e.new); err != nil {
		return fmt.Errorf("set budget: %w", err)
	}
	return nil
}

// edited returns the project's file, which is doc, with the pairs set.
func (f Files) edited(doc []byte, pairs []string) ([]byte, []Change, error) {
	name := f.Project
	wanted, err := decodeBudget(name, doc)
	if err != nil {
		return nil, nil, err
	}
	if _, isTable := wanted["budget"].(map[string]any); !isTable {
		_, _, err := f.Parse(doc) // says what it must be
		return nil, nil, err
	}
	var changes []Change
	seen := map[string]bool{}
	for _, pair := range pairs {
		set, err := parsePair(pair)
		if err != nil {
			return nil, nil, err
		}
		if seen[set.Key] {
			return nil, nil, fmt.Errorf("%s is set twice", set.Key)
		}
		seen[set.Key] = true
		change := Change{Key: set.Key, After: set.value}
		edit := findTable(doc, set.table)
		if doc, change.Before, err = edit.set(set.key, set.value); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		change.Before = document.Redact(change.Before)
		changes = append(changes, change)
		wanted = withChange(wanted, append(set.table, set.key), set.value)
	}
	if _, _, err := f.Parse(doc); err != nil {
		return nil, nil, err
	}
	got, err := decodeBudget(name, doc)
	if err != nil || !reflect.DeepEqual(pruned(got), pruned(wanted)) {
		return nil, nil, fmt.Errorf("%s: this file cannot be edited safely: change [budget] by hand", name)
	}
	return doc, changes, nil
}

// decodeBudget reads a whole document, to tell whether an edit did what it was meant to and no more.
func decodeBudget(name string, doc []byte) (map[string]any, error) {
	src := document.NewSource(name)
	src.Secrets = true
	root, ok := document.Decode(src, bytes.TrimPrefix(doc, document.ByteOrderMark), maxItems)
	if !ok {
		return nil, src.Err()
	}
	if root.Values == nil {
		root.Values = map[string]any{}
	}
	if _, ok := root.Values["budget"]; !ok {
		root.Values["budget"] = map[string]any{}
	}
	return root.Values, nil
}

// pruned is a document without the empty tables of [budget]: one of a model goes with its last limit.
func pruned(doc map[string]any) map[string]any {
	doc = maps.Clone(doc)
	table, _ := doc["budget"].(map[string]any)
	doc["budget"] = withoutEmpty(table)
	return doc
}

func withoutEmpty(table map[string]any) map[string]any {
	table = maps.Clone(table)
	for key, value := range table {
		if below, ok := value.(map[string]any); ok {
			if below = withoutEmpty(below); len(below) == 0 {
				delete(table, key)
			} else {
				table[key] = below
			}
		}
	}
	return table
}

// withChange returns what a document must say once the key at path is set to value, which is TOML, or "".
func withChange(doc map[string]any, path []string, value string) map[string]any {
	doc = maps.Clone(doc)
	if doc == nil {
		doc = map[string]any{}
	}
	key := path[0]
	if len(path) > 1 {
		table, _ := doc[key].(map[string]any)
		if value == "" && table == nil {
			return doc
		}
		doc[key] = withChange(table, path[1:], value)
		return doc
	}
	delete(doc, key)
	if value != "" {
		var parsed struct{ V any }
		if _, err := toml.Decode("V = "+value, &parsed); err == nil {
			doc[key] = parsed.V
		}
	}
	return doc
}
