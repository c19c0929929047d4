package formats_test

import (
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// LiteLLM merges extra_body into the body that it sends on (openai-agents-python#2900): more choices, another cap or a
// dearer tier would be spent beside the hold.
func TestWhatAGatewayWouldPutOverTheRequestIsRefused(t *testing.T) {
	for extra, refused := range map[string]bool{
		`{"n":9}`:                        true,
		`{"N":9}`:                        true,
		`{"max_tok\u0065ns":9000}`:       true,
		`{"service_tier":"priority"}`:    true,
		`{"model":"dear"}`:               true,
		`{"extra_body":{"n":9}}`:         true,
		`{"enable_thinking":false}`:      false,
		`{"metadata":{"n":1}}`:           false,
		`{"provider":{"order":["one"]}}`: false,
		`null`:                           false,
		`[]`:                             false,
		`{}`:                             false,
	} {
		_, err := openai.Format.Parse([]byte(`{"model":"m","max_tokens":7,"messages":[],"extra_body":` + extra + `}`))
		if refused != (err != nil) || err != nil && !strings.Contains(err.Error(), "extra_body") {
			t.Errorf("%s: %v", extra, err)
		}
	}
}
