package wire

import (
	"fmt"
	"strings"
)

// Formats returns every format, the most spoken first.
func Formats() []Format { return []Format{OpenAI, Anthropic} }

// FormatOf returns the format that configuration calls name.
func FormatOf(name string) (Format, error) {
	var known []string
	for _, f := range Formats() {
		if f.Name() == name {
			return f, nil
		}
		known = append(known, f.Name())
	}
	return nil, fmt.Errorf("%q is not a wire format (%s)", name, strings.Join(known, " or "))
}
