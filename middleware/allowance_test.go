package middleware_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// What runs at the provider is held for by its own bound, what has none by the allowance, and what has neither is
// refused by name with the key that would allow it.
func TestWhatNoRequestShowsIsAllowedByName(t *testing.T) {
	const (
		chat, messages = "/v1/chat/completions", "/v1/messages"
		hello          = `"max_tokens":10,"messages":[{"role":"user","content":"Hello"}]`
		gpt            = `{"model":"gpt-4o",` + hello
		claude         = `{"model":"claude-sonnet-4-5",` + hello
		search         = `,"tools":[{"type":"web_search_20250305","name":"web_search"}]}`
		bounded        = `,"tools":[{"type":"web_search_20250305","name":"web_search","max_uses":3}]}`
		cent           = budget.USD / 100
	)
	tool := map[string]wire.ToolBound{"web_search": {Uses: 5, TokensPerUse: 1000}}
	for name, tt := range map[string]struct {
		path, body string
		allowance  middleware.Allowance
		config     int64    // the manager's own
		more       [2]int64 // tokens and nano-USD that are held beside the same call without tools
		refusal    []string // what it says, nil if it is sent
	}{
		"a tool": {messages, claude + search, middleware.Allowance{}, 0, [2]int64{}, []string{
			"the tool web_search_20250305", "max_uses and tokens_per_use under [providers.NAME.tools.web_search]", "unbounded_input_allowance under [budget]"}},
		"a tool with its uses": {messages, claude + bounded, middleware.Allowance{}, 0, [2]int64{}, []string{
			"the tool web_search_20250305 (give that a bound by tokens_per_use under [providers.NAME.tools.web_search]"}},
		"bounded by the request":       {messages, claude + bounded, middleware.Allowance{Tools: tool}, 0, [2]int64{3000, 3 * int64(cent)}, nil},
		"bounded by the configuration": {messages, claude + search, middleware.Allowance{Tools: tool}, 0, [2]int64{5000, 5 * int64(cent)}, nil},
		"by its whole kind": {messages, claude + search, middleware.Allowance{Tools: map[string]wire.ToolBound{
			"web_search_20250305": {Uses: 1, TokensPerUse: 7, CostPerUse: 2 * cent}, "web_search": {Uses: 9, TokensPerUse: 9}}}, 0, [2]int64{7, 2 * int64(cent)}, nil},
		"uses that nobody says": {messages, claude + search, middleware.Allowance{Tools: map[string]wire.ToolBound{"web_search": {TokensPerUse: 9}}}, 0, [2]int64{}, []string{
			"max_uses and tokens_per_use under"}},
		"an allowance":              {messages, claude + search, middleware.Allowance{Input: 400}, 0, [2]int64{400, 0}, nil},
		"an allowance and its fees": {messages, claude + bounded, middleware.Allowance{Input: 400}, 0, [2]int64{400, 3 * int64(cent)}, nil},
		"the manager's":             {messages, claude + search, middleware.Allowance{}, 300, [2]int64{300, 0}, nil},
		"the first comes first":     {messages, claude + search, middleware.Allowance{Input: 400}, 300, [2]int64{400, 0}, nil},
		"two tools, one without": {messages, claude + `,"tools":[{"type":"web_search_20250305","name":"a"},{"type":"code_execution_20250825","name":"b"}]}`,
			middleware.Allowance{Tools: tool}, 0, [2]int64{}, []string{"the tool code_execution_20250825 (give that a bound by max_uses and tokens_per_use under [providers.NAME.tools.code_execution]"}},
		"two tools, one by the allowance": {messages, claude + `,"tools":[{"type":"web_search_20250305","name":"a"},{"type":"code_execution_20250825","name":"b"}]}`,
			middleware.Allowance{Input: 400, Tools: tool}, 0, [2]int64{5400, 5 * int64(cent)}, nil},
		"something beside a tool": {messages, claude + `,"container":"c"` + search, middleware.Allowance{Tools: tool}, 0, [2]int64{}, []string{"it has container (allow it by"}},
		"an endless number of uses": {messages, claude + `,"tools":[{"type":"web_search_20250305","name":"a","max_uses":9000000000000000000}]}`,
			middleware.Allowance{Tools: tool}, 0, [2]int64{}, []string{"unseen input of 9223372036854775807 tokens"}},
		"a search of Chat Completions": {chat, gpt + `,"tools":[{"type":"web_search"}]}`, middleware.Allowance{Tools: tool}, 0, [2]int64{5000, 0}, nil},
		"a model that searches": {chat, strings.Replace(gpt, "gpt-4o", "sonar-pro", 1) + `}`, middleware.Allowance{}, 0, [2]int64{}, []string{
			`it has web pages that the model reads (allow it by unbounded_input_allowance under [budget], [providers.NAME] or [providers.NAME.models."MODEL"])`}},
		"stored history": {messages, claude + `,"mcp_servers":[]}`, middleware.Allowance{}, 0, [2]int64{}, []string{"it has mcp_servers (allow"}},
		"an image": {chat, `{"model":"unheard-of","max_tokens":10,"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.test/b"}}]}]}`,
			middleware.Allowance{}, 0, [2]int64{}, []string{"it has an image of unknown size"}},
		"nothing": {messages, claude + `}`, middleware.Allowance{Input: 400, Tools: tool}, 300, [2]int64{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			price := budget.FlatPrice(0, 0)
			price.Output = budget.USD
			held := func(body string, config int64, a middleware.Allowance) (got budget.Amount, resp *http.Response, err error) {
				m := newManager(t, budget.Config{
					Allowance: config, Limits: budget.Limits{budget.Total: budget.TokenLimit(1e6)},
					Prices: budget.Prices{"gpt-4o": price, "claude-sonnet-4-5": price},
				})
				base := roundTripper(func(*http.Request) (*http.Response, error) {
					got = m.Total().Held
					return nil, io.ErrUnexpectedEOF
				})
				door := middleware.NewTransport(middleware.TransportOptions{Base: base, Chain: middleware.Options{
					Retry:  middleware.RetryOptions{Attempts: 1},
					Budget: middleware.BudgetOptions{Allowance: func(string) middleware.Allowance { return a }},
				}.Chain(m)})
				resp, err = door.RoundTrip(foreign(t, tt.path, body))
				return got, resp, err
			}
			got, resp, err := held(tt.body, tt.config, tt.allowance)
			if tt.refusal != nil {
				text := ""
				if err != nil {
					text = err.Error()
				} else if body, err := io.ReadAll(resp.Body); err == nil {
					text = strings.ReplaceAll(string(body), `\"`, `"`)
				}
				for _, want := range tt.refusal {
					if !strings.Contains(text, want) || !got.IsZero() {
						t.Errorf("held %v: %s, want %s", got, text, want)
					}
				}
				return
			}
			plain, _, _ := held(tt.body[:strings.Index(tt.body, hello)+len(hello)]+`}`, 0, middleware.Allowance{})
			if more := got.Sub(plain); more != (budget.Amount{Tokens: tt.more[0], Cost: budget.NanoUSD(tt.more[1])}) || plain.IsZero() {
				t.Errorf("held %v more than %v, want %v; error %v", more, plain, tt.more, err)
			}
		})
	}
}

// Fees that answers tell are charged as told, others in full and as assumed.
func TestFeesOfTools(t *testing.T) {
	const cent = budget.USD / 100
	bound := middleware.Allowance{Tools: map[string]wire.ToolBound{
		"web_search": {Uses: 5, TokensPerUse: 1000, CostPerUse: cent},
	}}
	for name, tt := range map[string]struct {
		path, body, answer string
		fees               budget.NanoUSD
		assumed            bool
	}{
		"told": {"/v1/messages", `{"model":"m","max_tokens":9,"tools":[{"type":"web_search_20250305","name":"web_search"}],"messages":[{"role":"user","content":"a"}]}`,
			`{"type":"message","role":"assistant","content":[{"type":"text","text":"b"}],"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":1,"server_tool_use":{"web_search_requests":2}}}`, 2 * cent, false},
		"none told": {"/v1/messages", `{"model":"m","max_tokens":9,"tools":[{"type":"web_search_20250305","name":"web_search"}],"messages":[{"role":"user","content":"a"}]}`,
			`{"type":"message","role":"assistant","content":[{"type":"text","text":"b"}],"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":1}}`, 0, false},
		"untold": {"/v1/chat/completions", `{"model":"m","max_tokens":9,"tools":[{"type":"web_search"}],"messages":[{"role":"user","content":"a"}]}`,
			`{"choices":[{"message":{"content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}}`, 5 * cent, true},
		"no usage": {"/v1/chat/completions", `{"model":"m","max_tokens":9,"tools":[{"type":"web_search"}],"messages":[{"role":"user","content":"a"}]}`,
			`{"choices":[{"message":{"content":"b"},"finish_reason":"stop"}]}`, 5 * cent, true},
		"a cost": {"/v1/chat/completions", `{"model":"m","max_tokens":9,"tools":[{"type":"web_search"}],"messages":[{"role":"user","content":"a"}]}`,
			`{"choices":[{"message":{"content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1,"cost":0.03}}`, 3 * cent, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := newManager(t, budget.Config{
				Limits: budget.Limits{budget.Total: budget.Limit{}.WithCost(budget.USD)}, Prices: budget.Prices{"m": budget.FlatPrice(0, 0)},
			})
			base := roundTripper(func(r *http.Request) (*http.Response, error) {
				if held := m.Total().Held.Cost; held != 5*cent {
					t.Errorf("held %v", held)
				}
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(tt.answer)), Request: r}, nil
			})
			door := middleware.Transport(base, middleware.Budget(m, middleware.BudgetOptions{Allowance: func(string) middleware.Allowance { return bound }}))
			resp, err := door.RoundTrip(foreign(t, tt.path, tt.body))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			total := m.Total()
			if total.Settled.Cost != tt.fees || tt.assumed != (total.Assumed.Tokens > 0) {
				t.Errorf("settled %v, assumed %v; want fees of %v", total.Settled, total.Assumed, tt.fees)
			}
		})
	}
}
