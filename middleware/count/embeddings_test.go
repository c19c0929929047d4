package count_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/embeddings"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// Every form of an input is bounded: texts are counted, tokens are as many as they are.
func TestEmbeddingsBoundTheirInput(t *testing.T) {
	for input, least := range map[string]int64{
		`"one two three"`: 3, `["one","two"]`: 2, `[1,2,3,4,5]`: 5, `[[1,2,3],[4,5]]`: 5, `[]`: 0, `null`: 0, `""`: 0,
	} {
		r, err := embeddings.Format.Parse([]byte(`{"model":"text-embedding-3-small","input":` + input + `}`))
		if err != nil {
			t.Errorf("%s: %v", input, err)
			continue
		}
		if n := count.Of(r); n.Bound() < least || n.Bound() > least+20 || n.Certainty == tokenizer.None || r.MaxOutput != wire.NoOutput {
			t.Errorf("%s: %+v, cap %d", input, n, r.MaxOutput)
		}
	}
	r, err := embeddings.Format.Parse([]byte(`{"model":"m","input":[{"image":"https://example.com/a.png"}],"stream":true}`))
	if err != nil || r.Body.Unseen == "" || r.Body.Stream {
		t.Errorf("parts: %+v, error %v", r, err)
	}
	for _, input := range []string{`true`, `[true]`, `-1`} {
		if _, err := embeddings.Format.Parse([]byte(`{"model":"m","input":` + input + `}`)); err == nil {
			t.Errorf("%s was accepted", input)
		}
	}
}
