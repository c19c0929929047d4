package orchestrator

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// table reads the keys of one TOML table or JSON object. The reading code is the schema: a key that
// nobody asked for is unknown, which [table.done] reports. Values are those of the TOML library.
//
// The library's own way, decoding into structs, was rejected: it takes keys in any case, reads the
// duration 30 as 30 ns, stops at the first mistake and has no places for the rest.
type table struct {
	src   *source
	name  string   // goes before each key in messages: "budget"
	path  []string // where the table stands
	keys  map[string]any
	known []string // the keys asked for
}

// source is the file that tables come from.
type source struct {
	mistakes
	locate  func(path []string) place
	secrets bool // strings that look like a provider's key are mistakes
	json    bool // it speaks of objects, not of tables
}

// at is the place of one of the table's keys, or of the table itself for "".
func (t *table) at(key string) place {
	if key == "" {
		return t.src.locate(t.path)
	}
	return t.src.locate(append(t.path[:len(t.path):len(t.path)], key))
}

func (t *table) label(key string) string {
	if t.name == "" || key == "" {
		return t.name + key
	}
	return t.name + "." + toml.Key{key}.String()
}

// mistake reports what is wrong with a key, or with the table itself for "".
func (t *table) mistake(key, message, hint string) {
	if t.src.full() {
		t.src.more++
		return
	}
	t.src.add(t.at(key), t.label(key), message, hint)
}

// wrongType reports a value of a type that was not expected. Its text is not quoted: it may be a prompt.
func (t *table) wrongType(key, expected string, v any, hint string) {
	got := typeName(v)
	if _, isTable := v.(map[string]any); isTable && t.src.json {
		got = "an object"
	}
	t.mistake(key, fmt.Sprintf("expected %s, got %s", expected, got), hint)
}

// take returns the value of key and notes that the key is known.
func (t *table) take(key string) (any, bool) {
	if t.known == nil {
		t.known = make([]string, 0, 16)
	}
	t.known = append(t.known, key)
	v, ok := t.keys[key]
	if !ok || v == nil { // JSON's null is as good as absent
		return nil, false
	}
	if text, isText := v.(string); isText && t.src.secrets && secret.MatchString(text) {
		t.secretMistake(key)
		return nil, false
	}
	return v, true
}

func (t *table) has(key string) bool { return t.keys[key] != nil }

// credential matches names of keys that ask for a secret.
var credential = regexp.MustCompile(`(?i)^((.*[_-])?api[_-]?key|((access|api|auth|bearer)[_-]?)?token|.*secret([_-]?key)?|password|authorization)$`)

const nameTheVariable = `name the environment variable that holds it: api_key_env = "OPENAI_API_KEY"`

func (t *table) secretMistake(key string) {
	t.mistake(key, "a key to a provider does not belong in this file", nameTheVariable)
}

// done reports the keys that nobody asked for.
func (t *table) done() {
	if !t.hasUnknown() {
		return
	}
	listed := false // what is known here, once
	for _, key := range sortedKeys(t.keys) {
		if slices.Contains(t.known, key) {
			continue
		}
		text, _ := t.keys[key].(string)
		switch {
		case t.src.full():
			t.src.more++
		case t.src.secrets && (credential.MatchString(key) || secret.MatchString(text)):
			t.secretMistake(key)
		default:
			t.unknown(key, &listed)
		}
	}
}

func (t *table) hasUnknown() bool {
	n := 0
	for _, key := range t.known {
		if _, ok := t.keys[key]; ok {
			n++
		}
	}
	return n < len(t.keys)
}

func (t *table) unknown(key string, listed *bool) {
	what := "unknown key"
	switch t.keys[key].(type) {
	case map[string]any, []map[string]any:
		if !t.src.json {
			what = "unknown table"
		}
	}
	hint := ""
	if near := nearest(key, t.known); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	} else if !*listed {
		hint, *listed = didYouMean(key, t.known), true
	}
	if i := slices.IndexFunc(t.known, func(k string) bool { return strings.EqualFold(k, key) }); i >= 0 {
		hint = fmt.Sprintf("write %s: case counts", t.known[i])
	}
	t.mistake(key, what, hint)
}

// table returns the table under key, empty if absent.
func (t *table) table(key string) *table {
	sub := &table{src: t.src, name: t.label(key), path: append(t.path[:len(t.path):len(t.path)], key)}
	v, ok := t.take(key)
	if !ok {
		return sub
	}
	if sub.keys, ok = v.(map[string]any); !ok {
		t.wrongType(key, "a table", v, "write ["+sub.name+"]")
	}
	return sub
}

// named returns the tables under key by name, in the order of their names: [key.a], [key.b].
func (t *table) named(key string) []*table { return t.table(key).tables() }

// tables returns all that t has by name, which is tables.
func (t *table) tables() (out []*table) {
	for _, name := range sortedKeys(t.keys) {
		if _, isTable := t.keys[name].(map[string]any); !isTable {
			t.wrongType(name, "a table", t.keys[name], "write ["+t.label(name)+"]")
			continue
		}
		out = append(out, t.table(name))
	}
	return out
}

// elements returns the tables under key in their order: [[key]].
func (t *table) elements(key string) []*table {
	v, ok := t.take(key)
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
		t.wrongType(key, "an array of tables", v, "write [["+t.label(key)+"]]")
		return nil
	}
	var out []*table
	for i, v := range values {
		e := &table{src: t.src, name: t.label(key), path: append(t.path[:len(t.path):len(t.path)], key, index(i))}
		if e.keys, ok = v.(map[string]any); !ok {
			e.mistake("", fmt.Sprintf("expected a table, got %s", typeName(v)), "write [["+e.name+"]]")
			continue
		}
		out = append(out, e)
	}
	return out
}

// lastName is the table's own name, without those around it.
func (t *table) lastName() string { return t.path[len(t.path)-1] }

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// decodeTOML reads doc, which is free of byte order marks and may have so many items, into the table of its top level. ok
// is false where the document is no TOML or beyond the bounds; the reason is then among the mistakes.
func decodeTOML(src *source, doc []byte, items int) (root *table, ok bool) {
	positions := &places{doc: doc}
	src.locate = positions.of
	root = &table{src: src}
	if at := invalidUTF8(doc); at >= 0 {
		src.add(placeAt(doc, at), "", fmt.Sprintf("byte %d is not UTF-8", at), "save the file as UTF-8")
		return root, false
	}
	if !boundTOML(src, doc, items) {
		return root, false
	}
	_, err := toml.Decode(string(doc), &root.keys)
	var parse toml.ParseError
	switch {
	case errors.As(err, &parse):
		// The library's own line is one too many at line ends, and its offset can lie outside.
		at := placeAt(doc, min(max(parse.Position.Start, 0), len(doc)))
		hint := ""
		switch lastDot := strings.LastIndexByte(parse.LastKey, '.'); {
		case src.secrets && credential.MatchString(parse.LastKey[lastDot+1:]):
			hint = nameTheVariable
		case strings.HasPrefix(parse.Message, "expected value but found"):
			hint = "text goes in quotes"
		}
		src.add(at, parse.LastKey, parse.Message, hint)
	case err != nil:
		src.add(place{}, "", err.Error(), "")
	}
	return root, err == nil
}
