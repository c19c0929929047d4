package count_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/gemini"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// A system prompt costs the same wherever a shape keeps it.
func TestParseAnyCountsTheSystemPromptOfAnyShape(t *testing.T) {
	system := strings.TrimSpace(strings.Repeat("word ", 300))
	for _, model := range []string{"gpt-4o", "my-alias", "deepseek-chat", "claude-sonnet-4-5"} {
		want := count.Of(&wire.Request{Model: model, Messages: []wire.Message{
			wire.Text(wire.System, system), wire.Text(wire.User, "hi")}})
		for _, body := range []string{
			`{"system":"` + system + `","messages":[{"role":"user","content":"hi"}]}`,
			`{"messages":[{"role":"system","content":"` + system + `"},{"role":"user","content":"hi"}]}`,
		} {
			r, _, err := formats.ParseAny([]byte(body), model)
			if err != nil {
				t.Fatal(err)
			}
			got := count.Of(r)
			if translated := model == "gpt-4o" && body[2] == 's'; translated {
				// Nobody documents how a gateway puts Anthropic's shape into OpenAI's.
				if got.Certainty != tokenizer.Estimate || got.Tokens != want.Tokens || got.Margin == 0 {
					t.Errorf("%s, %.20s: %+v, want an estimate of %+v", model, body, got, want)
				}
			} else if got != want {
				t.Errorf("%s, %.20s: %+v, want %+v", model, body, got, want)
			}
		}
	}
}

// Nothing is documented of how Responses is rendered, so that no count of it is exact.
func TestCountOfResponses(t *testing.T) {
	r, _, err := formats.ParseAny([]byte(`{"model":"gpt-4o","instructions":"Be brief.","input":[{"role":"user","content":"hi"},"you"]}`), "")
	if err != nil {
		t.Fatal(err)
	}
	if n := count.Of(r); n.Certainty != tokenizer.Estimate || n.Margin == 0 {
		t.Errorf("%+v", n)
	}
}

// Signatures are thoughts that only the provider can read: they raise the bound, not the number.
func TestCountCoversSignatures(t *testing.T) {
	body := `{"model":"gemini-3-pro","contents":[{"role":"model","parts":[{"text":"a","thoughtSignature":%q}]}]}`
	with := count.Of(parseGemini(t, fmt.Sprintf(body, strings.Repeat("AAAA", 100))))
	without := count.Of(parseGemini(t, fmt.Sprintf(body, "")))
	if with.Tokens != without.Tokens || with.Bound() != without.Bound()+300 || with.Certainty != tokenizer.Estimate {
		t.Errorf("with %+v, without %+v", with, without)
	}
}

func geminiFile(tb testing.TB) []byte {
	tb.Helper()
	body, err := os.ReadFile("../wire/formats/testdata/gemini.json")
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

func parseGemini(tb testing.TB, body string) *wire.Request {
	tb.Helper()
	r, err := gemini.Parse([]byte(body))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func FuzzParseAny(f *testing.F) {
	for _, body := range []string{
		`{"model":"m","input":["a",{"type":"reasoning","summary":[]}],"text":{"format":{}}}`, `{"custom_id":"a","body":{"messages":[{}]}}`,
		`{"generateContentRequest":{"contents":[]}}`, `{"system":[{"type":"text","text":"a"}],"messages":[]}`, `{} {}`, `[{`,
	} {
		f.Add([]byte(body), "gpt-4o")
	}
	f.Fuzz(func(t *testing.T, body []byte, model string) {
		r, shape, err := formats.ParseAny(body, model)
		if (err == nil) != (r != nil && shape != "") {
			t.Fatalf("%+v, %q, %v", r, shape, err)
		}
		if err != nil || len(model) > 20 {
			return
		}
		if model != "" && r.Model != model {
			t.Errorf("model %q, want %q", r.Model, model)
		}
		r.Model = "gpt-4o"
		n := count.Of(r)
		if n.Tokens < 1 || n.Margin < 0 || r.Body.Unseen != "" && n.Certainty != tokenizer.None || len(r.Body.Extra) > 0 && n.Certainty == tokenizer.Exact {
			t.Errorf("%+v: %+v", r, n)
		}
	})
}

func FuzzParseGemini(f *testing.F) {
	f.Add(geminiFile(f))
	f.Add([]byte(`{"system_instruction":{"parts":[{"text":"a"}],"role":"x"},"tools":[{"function_declarations":[{}]}],"a_b":1,"_c":2,"d_":3}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := gemini.Parse(body)
		if err != nil {
			return
		}
		r.Model = "gemini-2.5-pro"
		if n := count.Of(r); n.Tokens < 1 || n.Margin < 0 || r.Body.Unseen != "" && n.Certainty != tokenizer.None {
			t.Errorf("%+v", n)
		}
		for i := range r.Tools {
			if s := r.Tools[i].Schema; len(s) > 0 && !json.Valid(s) {
				t.Errorf("schema %s", s)
			}
		}
	})
}
