package middleware_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// fragile is a format that panics at a method.
type fragile struct {
	wire.Format
	at string
}

// breakAt panics with what no error may repeat.
func breakAt(at, where string) {
	if at == where {
		panic("sk-secret-0123456789")
	}
}

func (f fragile) Parse(body []byte) (*wire.Request, error) {
	breakAt(f.at, "Parse")
	return f.Format.Parse(body)
}

func (f fragile) Encode(r *wire.Request) ([]byte, error) {
	breakAt(f.at, "Encode")
	return f.Format.Encode(r)
}

func (f fragile) Decode(body []byte) (*wire.Response, error) {
	breakAt(f.at, "Decode")
	return f.Format.Decode(body)
}

func (f fragile) DecodeError(status int, body []byte) *wire.Error {
	breakAt(f.at, "DecodeError")
	return f.Format.DecodeError(status, body)
}

func (f fragile) Refusal(r wire.Refusal) (int, []byte) {
	breakAt(f.at, "Refusal")
	return f.Format.Refusal(r)
}

func (f fragile) Stream() wire.Stream {
	breakAt(f.at, "Stream")
	return fragileStream{f.Format.Stream(), f.at}
}

type fragileStream struct {
	wire.Stream
	at string
}

func (s fragileStream) Event(name string, data []byte) (wire.Delta, bool, error) {
	breakAt(s.at, "Event")
	return s.Stream.Event(name, data)
}

func (s fragileStream) Done() bool {
	breakAt(s.at, "Done")
	return s.Stream.Done()
}

func (s fragileStream) Response() *wire.Response {
	breakAt(s.at, "Response")
	return s.Stream.Response()
}

// A panic on what a provider said is the call's end and nobody else's: Read and Close return, the hold is settled.
func TestAPanicEndsTheCallOnly(t *testing.T) {
	const (
		released = 0
		atHold   = 1
		none     = 2 // no hold was taken
	)
	for _, tt := range []struct {
		at     string
		status int
		stream bool
		books  int
		read   bool // the client gets the answer all the same
		how    string
	}{
		{"Parse", 200, false, none, false, ""},
		{"Encode", 200, false, released, false, ""},
		{"Decode", 200, false, atHold, true, ""},
		{"DecodeError", 502, false, atHold, true, ""},
		{"Stream", 200, true, atHold, true, ""},
		{"Event", 200, true, atHold, true, ""},
		{"Done", 200, true, atHold, true, ""},
		{"Response", 200, true, atHold, true, ""},
		{"OnDelta", 200, true, atHold, true, ""},
		{"base", 200, false, atHold, false, ""},
		{"before", 200, false, none, false, ""},
		{"after", 200, false, atHold, true, ""},
		{"Refusal", 200, false, none, true, ""},
		{"Stream", 200, false, atHold, true, "unasked"},
		{"Response", 200, true, atHold, true, "past its cap"},
	} {
		t.Run(strings.TrimSpace(tt.at+" "+tt.how), func(t *testing.T) {
			m := newManager(t, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(100_000)}})
			if tt.at == "Refusal" {
				m = newManager(t, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(1)}})
			}
			said := answer
			if tt.stream || tt.how == "unasked" {
				said = first + last + done
			}
			door := middleware.Transport(roundTripper(func(r *http.Request) (*http.Response, error) {
				breakAt(tt.at, "base")
				_, _ = io.Copy(io.Discard, r.Body)
				return &http.Response{StatusCode: tt.status, Body: io.NopCloser(strings.NewReader(said))}, nil
			}), breaking(tt.at, "before"), middleware.Budget(m, middleware.BudgetOptions{}), breaking(tt.at, "after"))
			body := map[bool]string{false: ask, true: askStream}[tt.stream]
			if tt.how == "past its cap" { // and not at its end
				body, said = strings.Replace(body, `true`, `true,"max_tokens":1`, 1), first
			}
			req, err := http.NewRequestWithContext(t.Context(), "POST", "http://h/chat/completions", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := middleware.Meter(door, req, fragile{openai.Format, tt.at})
			if (err == nil) != tt.read {
				t.Fatalf("the client gets %v, %v", resp, err)
			}
			if err == nil {
				got, err := io.ReadAll(resp.Body)
				if tt.at != "Refusal" && (err != nil || string(got) != said) {
					t.Errorf("read %q, error %v", got, err)
				}
				resp.Body.Close()
			} else if strings.Contains(err.Error(), "secret") {
				t.Error(err)
			}
			total := m.Total()
			if !total.Held.IsZero() || (total.Settled.Tokens > 0) != (tt.books == atHold) || tt.books == atHold && total.Assumed != total.Settled {
				t.Errorf("settled %v, assumed %v, held %v", total.Settled, total.Assumed, total.Held)
			}
		})
	}
}

// breaking is a middleware that panics at a place of its own, or in a delta.
func breaking(at, where string) middleware.Middleware {
	return func(next middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
			if where == "before" {
				breakAt(at, where)
			}
			watched := *r
			if r.OnDelta != nil {
				watched.OnDelta = func(d middleware.Delta) { breakAt(at, "OnDelta"); r.OnDelta(d) }
			}
			resp, err := next.Generate(ctx, &watched)
			if where == "after" {
				breakAt(at, where)
			}
			return resp, err
		})
	}
}

// deltas is a stream of n events with a text each, over choices.
func deltas(n int, text string, choices int) (events []string) {
	for i := range n {
		events = append(events, fmt.Sprintf("data: {\"choices\":[{\"index\":%d,\"delta\":{\"content\":%q}}]}\n\n", i%choices, text))
	}
	return events
}

// Under a strict budget a stream that goes on past what was paid for is cut, for the client and for the provider.
func TestAStreamPastItsCapIsCut(t *testing.T) {
	const usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4321}}\n\n"
	ends := last + done
	for name, tt := range map[string]struct {
		mode    budget.Mode
		model   string
		cap, n  int
		sent    []string
		cut     bool
		settled int64 // in all; -1: at the hold at least, assumed
	}{
		"within":                  {budget.Strict, "gpt-4o", 100, 1, append(deltas(90, " word", 1), ends), false, -1},
		"at the cap":              {budget.Strict, "gpt-4o", 100, 1, append(deltas(100, " word", 1), ends), false, -1},
		"far past":                {budget.Strict, "gpt-4o", 100, 1, append(deltas(1000, " word", 1), ends), true, -1},
		"far past, never ending":  {budget.Strict, "gpt-4o", 100, 1, deltas(5000, " word", 1), true, -1},
		"one great event":         {budget.Strict, "gpt-4o", 100, 1, deltas(1, strings.Repeat(" word", 3000), 1), true, -1},
		"an event without an end": {budget.Strict, "gpt-4o", 100, 1, []string{first, "data: ", strings.Repeat("x", 12<<20)}, true, -1},
		"soft":                    {budget.Soft, "gpt-4o", 100, 1, append(deltas(1000, " word", 1), ends), false, -1},
		"an estimate":             {budget.Strict, "claude-sonnet-4-5", 100, 1, append(deltas(100, " word", 1), ends), false, -1},
		"an estimate, far past":   {budget.Strict, "claude-sonnet-4-5", 100, 1, deltas(5000, " word", 1), true, -1},
		"a model not known":       {budget.Strict, "m", 100, 1, append(deltas(100, " word", 1), ends), false, -1},
		"not known, far past":     {budget.Strict, "m", 100, 1, deltas(5000, " word", 1), true, -1},
		"three choices":           {budget.Strict, "gpt-4o", 100, 3, append(deltas(300, " word", 3), ends), false, -1},
		"whole with usage":        {budget.Strict, "gpt-4o", 100, 1, []string{strings.Join(deltas(200, " word", 1), "") + last + usage + done}, false, 9 + 4321},
	} {
		t.Run(name, func(t *testing.T) {
			m := newManager(t, budget.Config{Mode: tt.mode, Limits: budget.Limits{budget.Total: budget.TokenLimit(1_000_000)}})
			body := fmt.Sprintf(`{"model":%q,"stream":true,"n":%d,"max_tokens":%d,"messages":[{"role":"user","content":"Hello"}]}`, tt.model, tt.n, tt.cap)
			whole := strings.Join(tt.sent, "")
			base := roundTripper(func(*http.Request) (*http.Response, error) {
				var pieces []io.Reader // each is looked at before the next has come
				for _, piece := range tt.sent {
					pieces = append(pieces, strings.NewReader(piece))
				}
				return &http.Response{StatusCode: 200, Body: io.NopCloser(io.MultiReader(pieces...))}, nil
			})
			door := &http.Client{Transport: middleware.Transport(base, middleware.Budget(m, middleware.BudgetOptions{}))}
			resp, err := post(t, t.Context(), door, "http://h/chat/completions", body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if !tt.cut && err != nil {
				t.Errorf("after %d bytes: %v", len(got), err)
			}
			why := map[bool]string{true: "larger than", false: "past its output cap"}[name == "an event without an end"]
			if e := wire.AsError(err); tt.cut && (e == nil || e.Class != wire.Garbled || !strings.Contains(e.Message, why)) {
				t.Errorf("after %d bytes: %v", len(got), err)
			}
			if tt.cut && name != "one great event" && len(got) > len(whole)*3/4 {
				t.Errorf("the client read %d of %d bytes", len(got), len(whole))
			}
			total := m.Total()
			hold := int64(tt.cap * tt.n)
			if !total.Held.IsZero() || tt.settled >= 0 && total.Settled.Tokens != tt.settled ||
				tt.settled < 0 && (total.Settled.Tokens < hold || total.Assumed != total.Settled) {
				t.Errorf("settled %v, assumed %v, held %v", total.Settled, total.Assumed, total.Held)
			}
			if delivered := int64(strings.Count(string(got), "word")); tt.settled < 0 && total.Settled.Tokens < delivered {
				t.Errorf("settled %d of %d delivered", total.Settled.Tokens, delivered)
			}
		})
	}
}
