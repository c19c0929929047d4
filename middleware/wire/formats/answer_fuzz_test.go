package formats_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// checkAnswer judges what any bytes are read as.
func checkAnswer(t *testing.T, r *wire.Response, err error) {
	t.Helper()
	var e *wire.Error
	switch {
	case err != nil && !errors.As(err, &e):
		t.Errorf("error %v is no *wire.Error", err)
	case err != nil && strings.ContainsAny(e.Message, "\n\r\x00"):
		t.Errorf("message %q is more than a line", e.Message)
	case err != nil:
		r = e.Answer
	}
	if r == nil {
		return
	}
	if u := figuresOf(r); u != nil && (!u.Possible() || u.IsZero() || u.Reasoning > u.Output) {
		t.Errorf("usage %+v", u)
	}
	said := usageOf(r)
	if said.Unknown&budget.InputSide != 0 && said.Input+said.CacheRead != 0 || said.Unknown == budget.BothSides && !said.IsZero() {
		t.Errorf("unknown %v in usage %+v", said.Unknown, said)
	}
	if said.Billed != nil && (*said.Billed < 0 || *said.Billed > budget.MaxAttemptCost) {
		t.Errorf("billed %v", *said.Billed)
	}
	if len(said.Tier.String()) > 65 {
		t.Errorf("tier %v", said.Tier)
	}
	for _, c := range r.All() {
		if c.Logprobs != nil && !json.Valid(c.Logprobs) {
			t.Errorf("logprobs %q", c.Logprobs)
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

// checkStream reads events and judges what is known after each.
func checkStream(t *testing.T, f wire.Format, events []string) {
	t.Helper()
	s := f.Stream()
	var input int64
	for _, event := range events {
		_, _, err := s.Event("", []byte(event))
		checkAnswer(t, nil, err)
		r := s.Response()
		checkAnswer(t, r, nil)
		if usageOf(r).Unknown&budget.InputSide != 0 {
			continue
		}
		if n := r.Usage.InputTokens(); n < input {
			t.Errorf("%s: the input fell from %d to %d at %q", f.Name(), input, n, event)
		} else {
			input = n
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"openai/plain.json", "openai/tools.json", "anthropic/plain.json", "anthropic/compaction.json",
		"responses/plain.json", "responses/tools.json", "embeddings/plain.json"} {
		f.Add(golden(f, name))
	}
	f.Add([]byte(`{"choices":[{"index":0,"message":{"content":[{"type":"text","text":"a"}],"tool_calls":[{"function":{"arguments":{}}}]},"logprobs":{"content":[1]},"error":{}}],"x_groq":{"usage":{}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, format := range formats.All() {
			r, err := format.Decode(body)
			checkAnswer(t, r, err)
			checkAnswer(t, nil, format.DecodeError(500, body))
		}
	})
}

func FuzzStreams(f *testing.F) {
	for _, name := range []string{"openai/stream.sse", "anthropic/stream.sse", "responses/stream.sse"} {
		f.Add(strings.ReplaceAll(string(golden(f, name)), "data: ", ""))
	}
	f.Add(`{"choices":[{"index":1,"delta":{"content":[{"text":"a"}],"function_call":{"name":"f"}},"usage":{"prompt_tokens":3}}]}` + "\n[DONE]")
	f.Fuzz(func(t *testing.T, lines string) {
		for _, format := range formats.All() {
			checkStream(t, format, strings.Split(lines, "\n"))
		}
	})
}

func FuzzOpenAIUsage(f *testing.F) {
	f.Add(`{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}`, `{"prompt_tokens":5.0,"completion_tokens":"2","prompt_tokens_details":{"cached_tokens":4},"cost":"0.01"}`)
	f.Add(`{"input_tokens":5,"cache_read_input_tokens":9,"cost_in_usd_ticks":7}`, `{"prompt_cache_hit_tokens":1,"prompt_cache_miss_tokens":2,"reasoning_tokens":1099511627776}`)
	f.Fuzz(func(t *testing.T, first, second string) {
		r, err := openai.Format.Decode([]byte(said(openai.Format, first)))
		checkAnswer(t, r, err)
		chunk := func(usage string) string {
			return `{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}],"usage":` + usage + `}`
		}
		in := func(usage string) string {
			return `{"choices":[{"index":0,"usage":` + usage + `},{"index":1,"usage":` + usage + `}]}`
		}
		checkStream(t, openai.Format, []string{chunk(first), chunk(second), chunk(first), "[DONE]"})
		checkStream(t, openai.Format, []string{in(first), in(second), chunk("null"), "[DONE]"})
	})
}

func FuzzAnthropicUsage(f *testing.F) {
	f.Add(`{"input_tokens":27,"output_tokens":1}`, `{"input_tokens":null,"cache_read_input_tokens":null,"output_tokens":47}`)
	f.Add(`{"input_tokens":5,"cache_creation_input_tokens":9,"cache_creation":{"ephemeral_1h_input_tokens":3},"speed":"fast"}`, `{"iterations":[{"type":"compaction","input_tokens":5,"output_tokens":1}],"server_tool_use":{"web_search_requests":1}}`)
	f.Fuzz(func(t *testing.T, first, second string) {
		r, err := anthropic.Format.Decode([]byte(said(anthropic.Format, first)))
		checkAnswer(t, r, err)
		end := func(usage string) string {
			return `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":` + usage + `}`
		}
		checkStream(t, anthropic.Format, []string{`{"type":"message_start","message":{"usage":` + first + `}}`, end(second), end(first), `{"type":"message_stop"}`})
	})
}

// TestHugeBodiesAreReadInLinearTime would not end in the time that a test has, were it otherwise.
func TestHugeBodiesAreReadInLinearTime(t *testing.T) {
	const n = 1 << 20
	for name, body := range map[string]string{
		"lists in lists":           strings.Repeat("[", n),
		"objects in objects":       strings.Repeat(`{"choices":`, n/11),
		"parts in parts":           `{"choices":[{"message":{"content":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}}]}`,
		"thoughts in thoughts":     `{"choices":[{"message":{"reasoning":` + strings.Repeat(`{"text":`, n/8) + `"x"` + strings.Repeat("}", n/8) + `}}]}`,
		"choices with one index":   `{"choices":[` + strings.Repeat(`{"index":0},`, n/12) + `{}]}`,
		"choices without one":      `{"choices":[` + strings.Repeat(`{},`, n/3) + `{}]}`,
		"choices of their own":     `{"choices":[` + manyChoices(n/20) + `{}]}`,
		"calls":                    `{"choices":[{"message":{"tool_calls":[` + strings.Repeat(`{"id":"a"},`, n/11) + `{}]}}]}`,
		"calls with large indices": `{"choices":[{"delta":{"tool_calls":[` + strings.Repeat(`{"index":1023},{"index":1e18},`, n/30) + `{}]}}]}`,
		"blocks":                   `{"type":"message","content":[` + strings.Repeat(`{"type":"tool_use"},`, n/20) + `{}]}`,
		"members":                  `{` + strings.Repeat(`"usage":{"prompt_tokens":1},`, n/28) + `"choices":[]}`,
		"errors":                   `{` + strings.Repeat(`"error":{"message":"x"},`, n/24) + `"choices":[{"error":{"x":1},"error":{"x":1}}]}`,
		"choices' errors":          `{"choices":[{` + strings.Repeat(`"error":{"x":1},`, n/16) + `"index":0}]}`,
		"backslashes":              `{"choices":[{"message":{"content":"` + strings.Repeat(`\\`, n/2) + `"}}]}`,
		"a string without end":     `{"id":"` + strings.Repeat(`\"`, n/2),
		"colons":                   `{"a"` + strings.Repeat(":", n),
		"passes":                   `{"type":"message","content":[],"usage":{"iterations":[` + strings.Repeat(`{"type":"compaction"},`, n/22) + `{}]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range formats.All() {
				r, err := f.Decode([]byte(body))
				checkAnswer(t, r, err)
				s := f.Stream()
				_, _, err = s.Event("", []byte(body))
				checkAnswer(t, s.Response(), err)
			}
		})
	}
}

func manyChoices(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`{"index":`)
		b.WriteString(strings.Repeat("1", 1+i%9))
		b.WriteString(`},`)
	}
	return b.String()
}
