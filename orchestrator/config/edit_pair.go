package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// budgetKey says how a key of [budget] can be set: limits can be taken out again, and bare values may be written without
// quotes. The limits of scopes can be changed while a run goes on, too.
type budgetKey struct{ limit, bare, scope bool }

var budgetKeys = map[string]budgetKey{
	"total_budget_limit":        {limit: true, bare: true, scope: true},
	"max_tokens_per_task":       {limit: true, bare: true, scope: true},
	"max_tokens_per_worker":     {limit: true, bare: true, scope: true},
	"total_cost_limit":          {limit: true, scope: true},
	"max_cost_per_task":         {limit: true, scope: true},
	"max_cost_per_worker":       {limit: true, scope: true},
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

// BudgetKeys are the keys of [budget] that [SetBudget] can set, in order.
func BudgetKeys() []string { return slices.Sorted(maps.Keys(budgetKeys)) }

// namedKeys are those of a model or a label: models.NAME.max_tokens.
var namedKeys = map[string]budgetKey{
	"max_tokens": {limit: true, bare: true, scope: true},
	"max_cost":   {limit: true, scope: true},
}

// Live reports whether the key is one that can change while a run goes on.
func (c Change) Live() bool {
	_, _, kind, _ := findKey(c.Key)
	return kind.scope
}

// pair is a KEY=VALUE.
type pair struct {
	Key   string   // as it was written
	table []string // where the key stands
	key   string
	value string // in TOML, "" to take the key out
}

// findKey is where a key stands, and how it can be set.
func findKey(text string) (table []string, key string, kind budgetKey, err error) {
	of, rest, _ := strings.Cut(text, ".")
	if kinds := []string{"models", "labels"}; slices.Contains(kinds, of) {
		dot := strings.LastIndexByte(rest, '.')
		if dot <= 0 || namedKeys[rest[dot+1:]] == (budgetKey{}) {
			return nil, "", kind, fmt.Errorf("%s: of %s, %s.NAME.max_tokens and %s.NAME.max_cost can be set", document.Redact(text), of, of, of)
		}
		name, key := rest[:dot], rest[dot+1:]
		return []string{"budget", of, name}, key, namedKeys[key], nil
	}
	kind, known := budgetKeys[text]
	if !known {
		keys := make([]string, 0, len(budgetKeys))
		for k := range budgetKeys {
			keys = append(keys, k)
		}
		return nil, "", kind, fmt.Errorf("%s: unknown key of [budget] (%s)", document.Redact(text), document.DidYouMean(text, keys))
	}
	return []string{"budget"}, text, kind, nil
}

// parsePair reads KEY=VALUE.
func parsePair(text string) (pair, error) {
	key, value, ok := strings.Cut(text, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok || key == "" || value == "" {
		return pair{}, fmt.Errorf("%s is not KEY=VALUE (total_budget_limit=2M, say)", document.Quote(document.Redact(text)))
	}
	p := pair{Key: key}
	var kind budgetKey
	var err error
	if p.table, p.key, kind, err = findKey(key); err != nil {
		return pair{}, err
	}
	switch {
	case kind.limit && document.IsUnlimited(value):
	case kind.bare && isInteger(value):
		p.value = value
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return pair{}, fmt.Errorf("%s: the value contains control characters", key)
	default:
		p.value = quoted(value)
	}
	return p, nil
}

// quoted is text without control characters as a string in TOML.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// isInteger reports whether s is an integer to TOML as well: without a zero in front.
func isInteger(s string) bool {
	return strings.Trim(s, "0123456789") == "" && (s == "0" || s[0] != '0')
}
