package tasks

import (
	"fmt"
	"strings"
	"testing"
)

// TestElementsIn: what models answer with, where they were asked for a list.
func TestElementsIn(t *testing.T) {
	for text, want := range map[string]string{
		`["a", 2, null]`:                       `[item=a] [item=2] [item=null]`,
		"```json\n[\"a\"]\n```":                `[item=a]`,
		`{"chapters": ["{{ output \"x\" }}"]}`: `[item={{ output "x" }}]`,
		`[{"b": 1, "a": "x"}, [1]]`:            `[b=1 a="x"] [item=[1]]`,
		`[]`:                                   ``,
		`{"n": 1, "list": [true]}`:             `[item=true]`,
		`{"one": [1], "two": [2]}`:             `is no JSON array`,
		`null`:                                 `is no JSON array`,
		`Here they are: ["a"]`:                 `is no JSON array`,
		`["a"`:                                 `is no JSON array`,
		strings.Repeat("[", 300):               `nested more than`,
		"[" + strings.Repeat("1,", maxElements) + "1]": `10001 elements`,
	} {
		rows, err := elementsIn(text)
		var all []string
		for _, r := range rows {
			var fields []string
			for i, name := range r.names {
				fields = append(fields, fmt.Sprintf("%s=%s", name, r.values[i]))
			}
			all = append(all, "["+strings.Join(fields, " ")+"]")
		}
		if got := strings.Join(all, " "); err == nil && got != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %s, %v, want %s", text, got, err, want)
		}
	}
}
