package count_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// The figures are what the API answered: hmarr/openai-chat-tokens (its tests), openai/openai-cookbook#613 and, the last,
// zurawiki/tiktoken-rs#40.
func TestCountOfFunctionMessages(t *testing.T) {
	for _, tt := range []struct {
		model, messages string
		tokens          int64
		kind            tokenizer.Certainty // an estimate only has to reach the figure
	}{
		{"gpt-3.5-turbo", `{"role":"user","content":"hello world"}`, 9, tokenizer.Exact},
		{"gpt-3.5-turbo", `{"role":"user","content":"hello world"},{"role":"function","name":"do_stuff","content":"{}"}`, 15, tokenizer.Exact},
		{"gpt-3.5-turbo", `{"role":"user","content":"hello world"},
			{"role":"function","name":"do_stuff","content":"{\"foo\": \"bar\", \"baz\": 1.5}"}`, 28, tokenizer.Exact},
		{"gpt-3.5-turbo", `{"role":"function","name":"dance_the_tango","content":"{\"a\": { \"b\" : { \"c\": false}}}"}`, 24, tokenizer.Exact},
		{"gpt-3.5-turbo-0613", `{"role":"function","name":"get_info_from_web","content":"87°F"},
			{"role":"user","content":"What is the weather like in Hangzhou today?"}`, 26, tokenizer.Exact},
		{"gpt-3.5-turbo", `{"role":"assistant","content":"","function_call":{"name":"do_stuff","arguments":"{\"foo\": \"bar\", \"baz\": 1.5}"}}`, 26, tokenizer.Estimate},
		{"gpt-3.5-turbo", `{"role":"assistant","content":"","function_call":{"name":"do_stuff","arguments":"{\"foo\":\"bar\", \"baz\":\n\n 1.5}"}}`, 25, tokenizer.Estimate},
		{"gpt-4-0613", `{"role":"system","content":"You are a friendly chatbot.\n"},{"role":"assistant","content":"Hello, I am a friendly chatbot!\n"},
			{"role":"user","content":"What is the weather in New York?"},
			{"role":"assistant","content":"","function_call":{"name":"get_weather","arguments":"{\n  \"city\": \"New York\"\n}"}},
			{"role":"function","name":"get_weather","content":"{\"temperature\": 72, \"conditions\": \"partly_cloudy\"}"}`, 78, tokenizer.Estimate},
	} {
		r, err := openai.Format.Parse([]byte(`{"model":"` + tt.model + `","messages":[` + tt.messages + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		n := count.Of(r)
		if n.Certainty != tt.kind || n.Bound() < tt.tokens || tt.kind == tokenizer.Exact && n.Tokens != tt.tokens {
			t.Errorf("%s: %+v, want %d, %s\n%s", tt.model, n, tt.tokens, tt.kind, tt.messages)
		}
	}
}

// Where nobody measured it, a message of the role "function" is bounded as one of any other role.
func TestFunctionMessagesOfOtherModels(t *testing.T) {
	for model, less := range map[string]int64{"gpt-4": 2, "gpt-4o": 2, "gpt-5": 2, "gpt-oss-20b": 2, "claude-sonnet-4-5": 0, "house-7b": 0} {
		count := func(role string) tokenizer.Count {
			n := count.Of(&wire.Request{Model: model, Messages: []wire.Message{{Role: role, Name: "f", Parts: []wire.Part{wire.TextPart("87")}}}})
			own := tokenizer.For(model).Count(role)
			n.Tokens, n.Margin = n.Tokens-own.Tokens, n.Margin-own.Margin
			return n
		}
		got, other := count("function"), count("user")
		bound := other.Bound()
		if model == "gpt-4" {
			bound -= less
		}
		if got.Tokens != other.Tokens-less || got.Bound() != bound {
			t.Errorf("%s: %+v, another role %+v", model, got, other)
		}
	}
}
