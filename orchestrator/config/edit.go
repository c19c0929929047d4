package config

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// BudgetChange is what became of one key of [budget].
type Change struct {
	Key string

	// Before and After are the values as the file writes them; "" is absent.
	Before, After string
}

// SetBudget changes keys of the table [budget] in a configuration file. Each pair is KEY=VALUE; for a
// limit the value may be "unlimited" or "none", which takes the key out. Everything else in the file stays
// byte for byte: comments, order, spacing, line ends, the file's mode.
//
// Nothing is written unless all pairs can be set and the result is a valid configuration. The file is
// replaced in one step. A link that leads out of its directory is not followed. Two calls at once leave one of the results, not a mixture.
func SetBudget(path string, pairs []string) ([]Change, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		if !document.IsBelow(target, filepath.Dir(path)) {
			return nil, fmt.Errorf("set budget: %s is a link to %s, outside the project: name that file itself (--config)", path, target)
		}
		path = target // so that the link stays a link
	}
	old, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("set budget: %w", err)
	}
	doc, changes, err := editBudget(path, old, pairs)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(doc, old) {
		err = document.ReplaceFile(path, doc)
	}
	if err != nil {
		return nil, fmt.Errorf("set budget: %w", err)
	}
	return changes, nil
}

// editBudget returns the document with the pairs set; name stands for it in messages.
func editBudget(name string, doc []byte, pairs []string) ([]byte, []Change, error) {
	wanted, err := decodeBudget(name, doc)
	if err != nil {
		return nil, nil, err
	}
	if _, isTable := wanted["budget"].(map[string]any); !isTable {
		_, _, err := Parse(name, doc) // says what it must be
		return nil, nil, err
	}
	var changes []Change
	seen := map[string]bool{}
	for _, pair := range pairs {
		key, value, err := parsePair(pair)
		if err != nil {
			return nil, nil, err
		}
		if seen[key] {
			return nil, nil, fmt.Errorf("%s is set twice", key)
		}
		seen[key] = true
		change := Change{Key: key, After: value}
		edit := findBudget(doc)
		if doc, change.Before, err = edit.set(key, value); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		change.Before = document.Redact(change.Before)
		changes = append(changes, change)
		wanted = withChange(wanted, key, value)
	}
	if _, _, err := Parse(name, doc); err != nil {
		return nil, nil, err
	}
	got, err := decodeBudget(name, doc)
	if err != nil || !reflect.DeepEqual(got, wanted) {
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

// withChange returns what a document with a table [budget] must say once key is set to value, which is TOML, or "".
func withChange(doc map[string]any, key, value string) map[string]any {
	doc = maps.Clone(doc)
	table := maps.Clone(doc["budget"].(map[string]any))
	doc["budget"] = table
	delete(table, key)
	if value != "" {
		var parsed struct{ V any }
		if _, err := toml.Decode("V = "+value, &parsed); err == nil {
			table[key] = parsed.V
		}
	}
	return doc
}

// budgetKeys are the keys of [budget] that can be set, and how: limits can be taken out again, and bare
// values may be written without quotes.
var budgetKeys = map[string]struct{ limit, bare bool }{
	"total_budget_limit":        {limit: true, bare: true},
	"max_tokens_per_task":       {limit: true, bare: true},
	"max_tokens_per_worker":     {limit: true, bare: true},
	"total_cost_limit":          {limit: true},
	"max_cost_per_task":         {limit: true},
	"max_cost_per_worker":       {limit: true},
	"unbounded_input_allowance": {limit: true, bare: true},
	"max_calls_per_task":        {limit: true, bare: true},
	"budget_warning_threshold":  {bare: true},
	"default_max_output_tokens": {bare: true},
	"budget_enforcement_mode":   {},
	"period":                    {},
	"time_zone":                 {},
	"on_full":                   {},
	"recover":                   {},
}

// parsePair reads KEY=VALUE and returns the value in TOML, "" to take the key out.
func parsePair(pair string) (key, value string, err error) {
	key, text, ok := strings.Cut(pair, "=")
	key, text = strings.TrimSpace(key), strings.TrimSpace(text)
	if !ok || key == "" || text == "" {
		return "", "", fmt.Errorf("%s is not KEY=VALUE (total_budget_limit=2M, say)", document.Quote(document.Redact(pair)))
	}
	kind, known := budgetKeys[key]
	switch {
	case strings.HasPrefix(key, "labels."):
		return "", "", fmt.Errorf("%s: the limits of labels are set in the file itself, under [budget.labels.NAME]", key)
	case strings.HasPrefix(key, "models."):
		return "", "", fmt.Errorf("%s: the limits of models are set in the file itself, under [budget.models.NAME]", key)
	case !known:
		keys := make([]string, 0, len(budgetKeys))
		for k := range budgetKeys {
			keys = append(keys, k)
		}
		return "", "", fmt.Errorf("%s: unknown key of [budget] (%s)", document.Redact(key), document.DidYouMean(key, keys))
	case kind.limit && document.IsUnlimited(text):
		return key, "", nil
	case kind.bare && isInteger(text):
		return key, text, nil
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", "", fmt.Errorf("%s: the value contains control characters", key)
	}
	return key, `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`, nil
}

// isInteger reports whether s is an integer to TOML as well: without a zero in front.
func isInteger(s string) bool {
	return strings.Trim(s, "0123456789") == "" && (s == "0" || s[0] != '0')
}
