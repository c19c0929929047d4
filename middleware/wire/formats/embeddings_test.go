package formats_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/embeddings"
)

func TestEmbeddingsReadTheirUsage(t *testing.T) {
	for usage, want := range map[string]*budget.Usage{
		`{"prompt_tokens":8,"total_tokens":8}`: {Input: 8},
		`{"total_tokens":8}`:                   {Input: 8}, // Voyage
		`{"prompt_tokens":8}`:                  {Input: 8},
		`{"prompt_tokens":0,"total_tokens":0}`: nil,
		`{"prompt_tokens":-8}`:                 nil,
		`null`:                                 nil,
	} {
		r, err := embeddings.Format.Decode([]byte(`{"object":"list","data":[],"model":"m","usage":` + usage + `}`))
		if err != nil {
			t.Errorf("%s: %v", usage, err)
			continue
		}
		got := usageOf(r)
		if want == nil && r.Reported() || want != nil && (got.Usage != *want || got.Unknown != 0 || got.Doubt != "") {
			t.Errorf("%s: %+v", usage, got)
		}
	}
	_, err := embeddings.Format.Decode([]byte(`{"error":{"message":"no such model","code":"model_not_found"}}`))
	if e := wire.AsError(err); e.Class != wire.NoModel || !e.Unbilled() {
		t.Errorf("%+v", e)
	}
}
