package document

import (
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Table reads the keys of one TOML table or JSON object. The reading code is the schema: a key that
// nobody asked for is unknown, which [Table.Done] reports. Values are those of the TOML library. The methods that read a
// value report what is wrong with it to the source; they are for one goroutine.
//
// The library's own way, decoding into structs, was rejected: it takes keys in any case, reads the
// duration 30 as 30 ns, stops at the first mistake and has no places for the rest.
type Table struct {
	Source *Source
	Prefix string         // goes before each key in messages: "budget"
	Values map[string]any // as they were decoded

	path  []string // where the table stands
	known []string // the keys asked for
}

// At is the place of one of the table's keys, or of the table itself for "".
func (t *Table) At(key string) Place {
	if key == "" {
		return t.Source.Locate(t.path)
	}
	return t.Source.Locate(append(t.path[:len(t.path):len(t.path)], key))
}

func (t *Table) label(key string) string {
	if t.Prefix == "" || key == "" {
		return t.Prefix + key
	}
	return t.Prefix + "." + toml.Key{key}.String()
}

// Mistake reports what is wrong with a key, or with the table itself for "".
func (t *Table) Mistake(key, message, hint string) {
	if t.Source.Full() {
		t.Source.Skip()
		return
	}
	t.Source.Add(t.At(key), t.label(key), message, hint)
}

// WrongType reports a value of a type that was not expected. Its text is not quoted: it may be a prompt.
func (t *Table) WrongType(key, expected string, v any, hint string) {
	got := typeName(v)
	if _, isTable := v.(map[string]any); isTable && t.Source.JSON {
		got = "an object"
	}
	t.Mistake(key, fmt.Sprintf("expected %s, got %s", expected, got), hint)
}

// Take returns the value of key and notes that the key is known.
func (t *Table) Take(key string) (any, bool) {
	if t.known == nil {
		t.known = make([]string, 0, 16)
	}
	t.known = append(t.known, key)
	v, ok := t.Values[key]
	if !ok || v == nil {
		return nil, false
	}
	if text, isText := v.(string); isText && t.Source.Secrets && secret.MatchString(text) {
		t.secretMistake(key)
		return nil, false
	}
	return v, true
}

// Has reports whether the key is there, with a value of any type. JSON's null is as good as absent.
func (t *Table) Has(key string) bool { return t.Values[key] != nil }

// Allow notes that keys may stand here, although nobody asks for their values.
func (t *Table) Allow(keys ...string) { t.known = append(t.known, keys...) }

func (t *Table) secretMistake(key string) {
	t.Mistake(key, "a key to a provider does not belong in this file", nameTheVariable)
}

// With is a table with other values at the same place, of which nothing was asked yet.
func (t *Table) With(values map[string]any) *Table {
	return &Table{Source: t.Source, Prefix: t.Prefix, Values: values, path: t.path}
}

// Done reports the keys that nobody asked for.
func (t *Table) Done() {
	if !t.hasUnknown() {
		return
	}
	listed := false // what is known here, once
	for _, key := range sortedKeys(t.Values) {
		if slices.Contains(t.known, key) {
			continue
		}
		text, _ := t.Values[key].(string)
		switch {
		case t.Source.Full():
			t.Source.Skip()
		case t.Source.Secrets && (credential.MatchString(key) || secret.MatchString(text)):
			t.secretMistake(key)
		default:
			t.unknown(key, &listed)
		}
	}
}

func (t *Table) hasUnknown() bool {
	n := 0
	for _, key := range t.known {
		if _, ok := t.Values[key]; ok {
			n++
		}
	}
	return n < len(t.Values)
}

func (t *Table) unknown(key string, listed *bool) {
	what := "unknown key"
	switch t.Values[key].(type) {
	case map[string]any, []map[string]any:
		if !t.Source.JSON {
			what = "unknown table"
		}
	}
	hint := ""
	if near := nearest(key, t.known); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	} else if !*listed {
		hint, *listed = DidYouMean(key, t.known), true
	}
	if i := slices.IndexFunc(t.known, func(k string) bool { return strings.EqualFold(k, key) }); i >= 0 {
		hint = fmt.Sprintf("write %s: case counts", t.known[i])
	}
	t.Mistake(key, what, hint)
}

// Table returns the table under key, empty if absent.
func (t *Table) Table(key string) *Table {
	sub := &Table{Source: t.Source, Prefix: t.label(key), path: append(t.path[:len(t.path):len(t.path)], key)}
	v, ok := t.Take(key)
	if !ok {
		return sub
	}
	if sub.Values, ok = v.(map[string]any); !ok {
		t.WrongType(key, "a table", v, "write ["+sub.Prefix+"]")
	}
	return sub
}

// Tables returns the tables under key by name, in the order of their names: [key.a], [key.b].
func (t *Table) Tables(key string) []*Table {
	all := t.Table(key)
	var out []*Table
	for _, name := range sortedKeys(all.Values) {
		if _, isTable := all.Values[name].(map[string]any); !isTable {
			all.WrongType(name, "a table", all.Values[name], "write ["+all.label(name)+"]")
			continue
		}
		out = append(out, all.Table(name))
	}
	return out
}

// Elements returns the tables under key in their order: [[key]].
func (t *Table) Elements(key string) []*Table {
	v, ok := t.Take(key)
	if !ok {
		return nil
	}
	var values []any
	switch v := v.(type) {
	case []map[string]any:
		for _, keys := range v {
			values = append(values, keys)
		}
	case []any:
		values = v
	default:
		if t.Source.JSON {
			t.WrongType(key, "an array of objects", v, "")
		} else {
			t.WrongType(key, "an array of tables", v, "write [["+t.label(key)+"]]")
		}
		return nil
	}
	var out []*Table
	for i, v := range values {
		e := &Table{Source: t.Source, Prefix: t.label(key), path: append(t.path[:len(t.path):len(t.path)], key, Index(i))}
		if e.Values, ok = v.(map[string]any); !ok {
			if t.Source.JSON {
				e.Mistake("", "expected an object, got "+typeName(v), "")
			} else {
				e.Mistake("", fmt.Sprintf("expected a table, got %s", typeName(v)), "write [["+e.Prefix+"]]")
			}
			continue
		}
		out = append(out, e)
	}
	return out
}

// Name is the table's own name, without those around it.
func (t *Table) Name() string { return t.path[len(t.path)-1] }

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Refuse reports those of the keys that are there, for tables of one kind that lack what another has.
func (t *Table) Refuse(keys []string, message string) {
	for _, key := range keys {
		if t.Has(key) {
			t.Mistake(key, message, "leave it out")
			delete(t.Values, key)
		}
	}
}
