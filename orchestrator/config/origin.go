package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// Setting is one value that is in force.
type Setting struct {
	Key    string `json:"key"`    // as in the file, with the number of an element from 0: workers.0.name
	Value  any    `json:"value"`  // as [Config.Table] has it; an array of values is one setting
	Origin string `json:"origin"` // the file that says so, or "default"
}

// String is "key = value  # origin".
func (s Setting) String() string {
	value, err := toml.Marshal(map[string]any{"v": s.Value})
	if err != nil {
		panic(fmt.Sprintf("config: encode a setting: %v", err)) // only plain values are in a table
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(value), "v = "))
	return fmt.Sprintf("%s = %s  # %s", s.Key, text, s.Origin)
}

// OriginDefault is the origin of what no file says.
const OriginDefault = "default"

// Settings returns every value in force and where it comes from, by key; elements are in their order.
func (c *Config) Settings() []Setting {
	var list []Setting
	walk(nil, c.Table(), func(path []string, value any) {
		list = append(list, Setting{toml.Key(path).String(), value, c.origins.of(path)})
	})
	return list
}

// walk calls visit for each value below, which is a table or an array of tables, inline or not; any other is visited itself.
func walk(path []string, value any, visit func(path []string, value any)) {
	at := func(part string) []string { return append(slices.Clone(path), part) }
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			walk(at(key), value[key], visit)
		}
	case []map[string]any:
		for i, table := range value {
			walk(at(strconv.Itoa(i)), table, visit)
		}
	case []any:
		if tables := tablesOf(value); tables != nil {
			walk(path, tables, visit)
			return
		}
		visit(path, value)
	default:
		visit(path, value)
	}
}

// tablesOf are the elements of an array if all are tables, else nil.
func tablesOf(array []any) (tables []map[string]any) {
	for _, element := range array {
		table, ok := element.(map[string]any)
		if !ok {
			return nil
		}
		tables = append(tables, table)
	}
	return tables
}

// OfUser reports whether the user's file alone says something of path, or below it. What it has for other projects is none
// of this one's mistakes.
func (c *Config) OfUser(path ...string) bool {
	if c.User == "" {
		return false
	}
	said := false
	whole := strings.Join(path, "\x00")
	for at, file := range c.origins {
		if at == whole || strings.HasPrefix(at, whole+"\x00") {
			if file != c.User {
				return false
			}
			said = true
		}
	}
	return said
}

// origins are the files that say a value, by its path.
type origins map[string]string

func (o origins) note(path []string, value any, file string) {
	walk(path, value, func(path []string, _ any) { o[strings.Join(path, "\x00")] = file })
}

func (o origins) of(path []string) string {
	if file, ok := o[strings.Join(path, "\x00")]; ok {
		return file
	}
	return OriginDefault
}
