package provider_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/worker/provider"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

// paid makes one call with a cap of 50 through a budget and returns what became of both. onDelta asks for a stream.
func paid(t *testing.T, f wire.Format, a providertest.Answer, onDelta func(wire.Delta)) (budget.Counters, error) {
	t.Helper()
	server := providertest.NewServer()
	t.Cleanup(server.Close)
	server.Always(a)
	if f.Name() == "anthropic" {
		return paidAt(t, f, server.URL(anthropic.Format), onDelta)
	}
	return paidAt(t, f, server.URL(openai.Format), onDelta)
}

func paidAt(t *testing.T, f wire.Format, url string, onDelta func(wire.Delta)) (budget.Counters, error) {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client, err := provider.New(provider.Config{Format: f, BaseURL: url, Client: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	m := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(10_000)}})
	chain := middleware.Chain(client, middleware.Budget(m, middleware.BudgetOptions{}))
	err = callOf(chain, t, onDelta)
	return m.Total().Counters, err
}

var errPanic = errors.New("panic")

// question is what is asked; input is what is held for it.
func question() (r *middleware.Request, input int64) {
	r = &middleware.Request{Model: "gpt-4o", Messages: wire.Prompt("hi"), MaxOutput: 50}
	return r, count.Of(r).Bound()
}

func callOf(c middleware.Client, t *testing.T, onDelta func(wire.Delta)) (err error) {
	t.Helper()
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	r, _ := question()
	r.OnDelta = onDelta
	_, err = c.Generate(t.Context(), r)
	return err
}

func TestWhatAnAnswerBooks(t *testing.T) {
	_, input := question()
	hold := input + 50
	const usage = `"usage":{"prompt_tokens":12,"completion_tokens":5}`
	const text = `"choices":[{"index":0,"message":{"content":"ok"},"finish_reason":"stop"}]`
	streamed := map[string]string{"Content-Type": "text/event-stream"}
	events := func(list ...string) *string { return new("data: " + strings.Join(list, "\n\ndata: ") + "\n\n") }
	long := strings.Repeat("word ", 200)
	tests := []struct {
		name    string
		f       wire.Format
		status  int
		body    *string
		stream  bool
		ok      bool
		tokens  int64
		assumed bool
	}{
		{"usage", openai.Format, 0, new(`{` + text + `,` + usage + `}`), false, true, 17, false},
		{"no usage", openai.Format, 0, new(`{` + text + `}`), false, true, hold, true},
		{"zeros", openai.Format, 0, new(`{` + text + `,"usage":{"prompt_tokens":0,"completion_tokens":0}}`), false, true, hold, true},
		{"no usage and more text than was held", openai.Format, 0, new(`{"choices":[{"message":{"content":"` + long + `"}}]}`), false, true, input + 201, true},
		{"no output tokens", openai.Format, 0, new(`{` + text + `,"usage":{"prompt_tokens":12}}`), false, true, 62, true},
		{"no input tokens", openai.Format, 0, new(`{` + text + `,"usage":{"completion_tokens":5}}`), false, true, input + 5, true},
		{"negative output tokens", openai.Format, 0, new(`{` + text + `,"usage":{"prompt_tokens":12,"completion_tokens":-5}}`), false, true, 62, true},
		{"more reasoning than output", openai.Format, 0, new(`{` + text + `,"usage":{"prompt_tokens":12,"completion_tokens":5,"reasoning_tokens":9}}`), false, true, 26, true},
		{"an end with an error, and usage", openai.Format, 0, new(`{"choices":[{"finish_reason":"error"}],` + usage + `}`), false, false, 17, false},
		{"an end with an error", openai.Format, 0, new(`{"choices":[{"finish_reason":"error"}]}`), false, false, hold, true},
		{"usage without choices", openai.Format, 0, new(`{` + usage + `}`), false, false, 17, false},
		{"neither error nor choices", openai.Format, 0, new(`{}`), false, false, hold, true},
		{"500 with usage", openai.Format, 500, new(`{"error":{"message":"x"},` + usage + `}`), false, false, 17, false},
		{"429 with usage", openai.Format, 429, new(`{"error":{"message":"x"},` + usage + `}`), false, false, 17, false},
		{"429 with zeros", openai.Format, 429, new(`{"error":{"message":"x"},"usage":{"prompt_tokens":0,"completion_tokens":0}}`), false, false, 0, false},
		{"400 with usage, Anthropic", anthropic.Format, 400, new(`{"type":"error","error":{"type":"x"},"usage":{"input_tokens":12,"output_tokens":5}}`), false, false, 17, false},
		{"400 with a text", openai.Format, 400, new(`{"error":{"message":"x"},` + text + `}`), false, false, hold, true},
		{"400 with a text, Anthropic", anthropic.Format, 400, new(`{"type":"error","error":{"type":"x"},"content":[{"type":"text","text":"ok"}]}`), false, false, hold, true},
		{"500 with more text than was held", openai.Format, 500, new(`{"choices":[{"message":{"content":"` + long + `"}}]}`), false, false, input + 201, true},
		{"307 with usage", openai.Format, 307, new(`{` + usage + `}`), false, false, 17, false},
		{"101", openai.Format, 101, new(""), false, false, hold, true},
		{"307 without", openai.Format, 307, new(`{}`), false, false, 0, false},
		{"500 with a stream that has usage", openai.Format, 500, events(`{"error":{"message":"x"}}`, `{"choices":[],`+usage+`}`), true, false, 17, false},
		{"429 with a stream that has usage, Anthropic", anthropic.Format, 429, events(`{"type":"error","error":{"type":"x"},"usage":{"input_tokens":12,"output_tokens":5}}`), true, false, 17, false},
		{"429 with a stream that has none", openai.Format, 429, events(`{"error":{"message":"x"}}`), true, false, 0, false},
		{"cut after the usage", openai.Format, 0, new(`{` + usage + `,"choices":[{"message`), false, false, 17, true},
		{"an error in a stream, and usage after it", openai.Format, 0, events(`{"choices":[{"delta":{"content":"ok"}}]}`, `{"error":{"message":"x","code":502}}`, `{"choices":[],`+usage+`}`), true, false, 17, false},
		{"a choice's error in a stream, and usage after it", openai.Format, 0, events(`{"choices":[{"delta":{},"finish_reason":"error"}]}`, `{"choices":[],`+usage+`}`, `[DONE]`), true, false, 17, false},
		{"a stream that ends early", openai.Format, 0, events(`{"choices":[{"delta":{"content":"` + long + `"}}]}`), true, false, input + 201, true},
		{"a stream that begins with the input and ends early", anthropic.Format, 0, events(`{"type":"message_start","message":{"usage":{"input_tokens":12,"output_tokens":1}}}`, `{"type":"content_block_delta","delta":{"type":"text_delta","text":"ok"}}`), true, false, 62, true},
		{"a stream that ends early, and said more output than was held", anthropic.Format, 0, events(`{"type":"message_start","message":{"usage":{"input_tokens":12,"output_tokens":1}}}`, `{"type":"message_delta","delta":{},"usage":{"output_tokens":7000}}`), true, false, 7012, true},
		{"an error after running figures", anthropic.Format, 0, events(`{"type":"message_delta","delta":{},"usage":{"output_tokens":7000}}`, `{"type":"error","error":{"type":"overloaded_error"}}`), true, false, input + 7000, true},
		{"an error with usage in a stream", anthropic.Format, 0, events(`{"type":"error","error":{"type":"x"},"usage":{"input_tokens":12,"output_tokens":500}}`), true, false, 512, false},
		{"a stream without final figures", anthropic.Format, 0, events(`{"type":"message_start","message":{"usage":{"input_tokens":12,"output_tokens":1}}}`, `{"type":"message_delta","delta":{"stop_reason":"end_turn"}}`, `{"type":"message_stop"}`), true, true, 62, true},
		{"a total alone", openai.Format, 0, new(`{` + text + `,"usage":{"total_tokens":5000}}`), false, true, 5000, true}, // MiniMax: songquanpeng/one-api#1560
		{"a total below the hold", openai.Format, 0, new(`{` + text + `,"usage":{"total_tokens":17}}`), false, true, hold, true},
		{"429 with a total alone", openai.Format, 429, new(`{"error":{"message":"x"},"usage":{"total_tokens":17}}`), false, false, hold, true},
		{"reasoning alone", openai.Format, 0, new(`{` + text + `,"usage":{"prompt_tokens":12,"completion_tokens_details":{"reasoning_tokens":700}}}`), false, true, 712, true},
		{"running figures above the hold, and no end", openai.Format, 0, events(`{"choices":[{"delta":{"content":"ok"}}],"usage":{"prompt_tokens":12,"completion_tokens":700}}`), true, false, 712, true},
		{"a running total, and no end", openai.Format, 0, events(`{"choices":[{"delta":{"content":"ok"}}],"usage":{"total_tokens":700}}`), true, false, 700, true},
		{"running figures above the hold, Anthropic", anthropic.Format, 0, events(`{"type":"message_start","message":{"usage":{"input_tokens":12,"output_tokens":1}}}`, `{"type":"message_delta","delta":{},"usage":{"output_tokens":700}}`), true, false, 712, true},
		{"an end with a failure in other words, and usage", openai.Format, 0, events(`{"choices":[{"delta":{"content":"ok"},"finish_reason":"network_error"}],`+usage+`}`, `[DONE]`), true, false, 17, false},
		{"an error in a field of its own", openai.Format, 0, new("error: {\"code\":400,\"message\":\"the context is full\"}\n\ndata: [DONE]\n\n"), true, false, 0, false},
		{"events that are not apart", openai.Format, 0, new("data: {\"choices\":[{\"delta\":{\"content\":\"ok\"},\"finish_reason\":\"stop\"}]}\ndata: {\"choices\":[]," + usage + "}\ndata: [DONE]\n"), true, true, 17, false},
		{"an error's object as a stream", openai.Format, 0, new(` {"error":{"message":"slow","code":429}}`), true, false, 0, false},
		{"an answer as a stream", openai.Format, 0, new(`{` + text + `,` + usage + `}`), true, true, 17, false},
		{"an answer as a stream, without usage", anthropic.Format, 0, new(`{"type":"message","content":[{"type":"text","text":"` + long + `"}]}`), true, true, input + 201, true},
		{"a stream as JSON", openai.Format, 0, events(`{"choices":[{"delta":{"content":"ok"},"finish_reason":"stop"}],`+usage+`}`, `[DONE]`), false, true, 17, false},
		{"498", openai.Format, 498, new(`{"error":{"message":"no room"}}`), false, false, 0, false},
		{"no success", openai.Format, 0, new(`{"code":500,"msg":"404 NOT_FOUND","success":false}`), false, false, 0, false},
		{"no JSON in a stream", openai.Format, 0, events(`{"choices":[{"delta":{"content":"`+long+`"}}]}`, `{oops`), true, false, input + 201, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := providertest.Answer{Status: tt.status, Body: tt.body}
			var onDelta func(wire.Delta)
			if tt.stream {
				a.Header, onDelta = streamed, func(wire.Delta) {}
			}
			booked, err := paid(t, tt.f, a, onDelta)
			if (err == nil) != tt.ok {
				t.Errorf("error %v", err)
			}
			if booked.Settled.Tokens != tt.tokens || (booked.Assumed.Tokens > 0) != tt.assumed || booked.Held.Tokens != 0 {
				t.Errorf("settled %d, assumed %d, held %d; want %d, assumed %v",
					booked.Settled.Tokens, booked.Assumed.Tokens, booked.Held.Tokens, tt.tokens, tt.assumed)
			}
		})
	}
}

// A format that panics, in one of its readers.
type panicking struct {
	wire.Format
	in string
}

func (p panicking) Decode(body []byte) (*wire.Response, error) {
	if p.in == "decode" {
		panic("decode")
	}
	return p.Format.Decode(body)
}

func (p panicking) DecodeError(status int, body []byte) *wire.Error {
	if p.in == "error" {
		panic("error")
	}
	return p.Format.DecodeError(status, body)
}

func (p panicking) Stream() wire.Stream { return panickingStream{p.Format.Stream(), p.in} }

type panickingStream struct {
	wire.Stream
	in string
}

func (p panickingStream) Event(name string, data []byte) (wire.Delta, bool, error) {
	if p.in == "event" {
		panic("event")
	}
	return p.Stream.Event(name, data)
}

func (p panickingStream) Response() *wire.Response {
	if p.in == "response" {
		panic("response")
	}
	return p.Stream.Response()
}

func TestAFormatThatPanicsEndsOneAttempt(t *testing.T) {
	_, input := question()
	stream := func(wire.Delta) {}
	for in, tt := range map[string]struct {
		answer  providertest.Answer
		onDelta func(wire.Delta)
	}{
		"decode": {}, "error": {answer: providertest.Answer{Status: 500}}, "event": {onDelta: stream}, "response": {onDelta: stream},
	} {
		booked, err := paid(t, panicking{openai.Format, in}, tt.answer, tt.onDelta)
		var e *wire.Error
		if !errors.As(err, &e) || e.Class != wire.Garbled || e.Message == "" {
			t.Errorf("%s: error %v", in, err)
		}
		if booked.Held.Tokens != 0 || in != "error" && booked.Assumed.Tokens != input+50 {
			t.Errorf("%s: settled %d, assumed %d, held %d", in, booked.Settled.Tokens, booked.Assumed.Tokens, booked.Held.Tokens)
		}
	}
}

func TestTheCallersOwnPanicGoesOn(t *testing.T) {
	booked, err := paid(t, openai.Format, providertest.Answer{}, func(wire.Delta) { panic("mine") })
	if !errors.Is(err, errPanic) || booked.Held.Tokens != 0 || booked.Assumed.Tokens == 0 {
		t.Errorf("error %v, settled %d, held %d", err, booked.Settled.Tokens, booked.Held.Tokens)
	}
}

func TestABodyThatIsCutTellsWhatCame(t *testing.T) {
	_, input := question()
	const usage = `{"usage":{"prompt_tokens":12,"completion_tokens":5},"choices":[{"message":{"content":"ok"}}]}`
	for name, tt := range map[string]struct {
		body    string
		ok      bool
		tokens  int64
		assumed bool
	}{
		"after all of it": {usage, true, 17, false},
		"after the usage": {usage[:60], false, 17, true},
		"in the usage":    {usage[:30], false, 62, true},
		"in a long text":  {`{"choices":[{"message":{"content":"` + strings.Repeat("word ", 200), false, input + 201, true},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			_, _ = io.WriteString(w, tt.body)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}))
		booked, err := paidAt(t, openai.Format, server.URL, nil)
		server.Close()
		if (err == nil) != tt.ok || err != nil && wire.AsError(err).Class != wire.Lost {
			t.Errorf("%s: error %v", name, err)
		}
		if booked.Settled.Tokens != tt.tokens || (booked.Assumed.Tokens > 0) != tt.assumed {
			t.Errorf("%s: settled %d, assumed %d, want %d", name, booked.Settled.Tokens, booked.Assumed.Tokens, tt.tokens)
		}
	}
}
