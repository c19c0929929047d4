package formats

import (
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/gemini"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/responses"
)

// shapes are the forms of bodies that can be read for counting, and the models whose tokens are counted where a body
// names none.
var shapes = map[string]struct {
	read  func(*reading.Reader, reading.Object) error
	model string
}{
	"openai":    {openai.Read, "gpt-4o"},
	"anthropic": {anthropic.Read, "claude-sonnet-4-5"},
	"gemini":    {gemini.Read, "gemini-2.5-pro"},
	"responses": {responses.Read, "gpt-4o"},
}

// ModelOf returns the model whose tokens are counted where a body of a shape names none, "" for a shape that is unknown.
func ModelOf(shape string) string { return shapes[shape].model }
