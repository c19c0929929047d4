// Package formats is the registry of the wire formats: by name, and by the shape of a body.
package formats

import (
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// All returns every format, the most spoken first.
func All() []wire.Format { return []wire.Format{openai.Format, anthropic.Format} }

// Of returns the format that configuration calls name.
func Of(name string) (wire.Format, error) {
	var known []string
	for _, f := range All() {
		if f.Name() == name {
			return f, nil
		}
		known = append(known, f.Name())
	}
	return nil, fmt.Errorf("%q is not a wire format (%s)", name, strings.Join(known, " or "))
}
