package document

import (
	"os"
	"regexp"
	"strings"
)

// reference is a place for an environment variable, with what stands for one that is not set: ${HOST} or ${HOST:-localhost}.
var reference = regexp.MustCompile(`\$\{([A-Za-z_][0-9A-Za-z_]*)(:-([^{}]*))?\}`)

// Expanded is a string like [Table.Text], with environment variables in their places. What they hold is in no message.
func (t *Table) Expanded(key string) string {
	text := reference.ReplaceAllStringFunc(t.Text(key), func(place string) string {
		of := reference.FindStringSubmatch(place)
		name, or := of[1], of[2] != ""
		value := os.Getenv(name)
		switch {
		case value != "":
			return value
		case !or:
			t.Mistake(key, "the environment variable "+name+" is not set", "set it, or write ${"+name+":-VALUE} for what stands without it")
		}
		return of[3]
	})
	if raw, _ := t.Values[key].(string); strings.Contains(reference.ReplaceAllString(raw, ""), "${") {
		t.Mistake(key, "it has a ${ that names no variable", "write ${NAME} or ${NAME:-VALUE}")
	}
	return text
}
