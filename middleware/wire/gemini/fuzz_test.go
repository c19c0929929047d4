package gemini_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// checkAnswer judges what was read of anything at all.
func checkAnswer(t *testing.T, r *wire.Response, err error) {
	t.Helper()
	if err != nil {
		r = wire.AsError(err).Answer
	}
	if r == nil {
		return
	}
	if u := r.Usage; u != nil && !u.Possible() {
		t.Errorf("usage %+v", u)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func FuzzAnswers(f *testing.F) {
	for _, a := range answers {
		f.Add(a.body)
	}
	f.Add(`{"embeddings":[{"values":[1]}],"usageMetadata":{"promptTokenCount":7}}`)
	f.Add(`[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}]`)
	f.Add(strings.Repeat(`{"candidates":[{"index":7,"content":{"parts":[{"functionCall":{}}]}}]}`+"\n", 3))
	f.Fuzz(func(t *testing.T, body string) {
		for _, method := range []string{"generateContent", "streamGenerateContent", "embedContent"} {
			format := at(t, method)
			r, err := format.Decode([]byte(body))
			checkAnswer(t, r, err)
			checkAnswer(t, nil, format.DecodeError(500, []byte(body)))
			s := format.Stream()
			var input int64
			for line := range strings.Lines(body) {
				_, _, err := s.Event("", []byte(line))
				checkAnswer(t, s.Response(), err)
				if u := s.Response().Usage; u != nil && u.InputTokens() > 0 {
					if n := u.InputTokens(); n < input {
						t.Errorf("the input fell from %d to %d", input, n)
					} else {
						input = n
					}
				}
			}
		}
	})
}

// FuzzRequests: what is encoded is read as it was, with a cap that is no larger.
func FuzzRequests(f *testing.F) {
	f.Add(`{"contents":[{"role":"user","parts":[{"text":"a"}]}],"generationConfig":{"maxOutputTokens":900,"candidateCount":2}}`)
	f.Add(`{"generation_config":null,"service_tier":"flex"}`)
	f.Add(`{"requests":[{"model":"models/gemini-2.5-flash","content":{"parts":[{"text":"a"}]}}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, method := range []string{"generateContent", "embedContent", "batchEmbedContents"} {
			format := at(t, method)
			r, err := format.Parse([]byte(body))
			if err != nil {
				continue
			}
			granted := *r
			if granted.MaxOutput != wire.NoOutput {
				granted.MaxOutput = 7
			}
			out, err := format.Encode(&granted)
			if err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			again, err := format.Parse(out)
			if err != nil || again.MaxOutput > 7 || again.MaxOutput == 0 || again.Choices != r.Choices || len(again.Messages) != len(r.Messages) {
				t.Errorf("%s became %s: %+v, error %v", body, out, again, err)
			}
		}
	})
}
