package count_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// texts counts texts alone, as the counter of a model does.
func texts(model string, all ...string) (sum int64) {
	for _, text := range all {
		sum += tokenizer.For(model).Count(text).Tokens
	}
	return sum
}

func TestCountAddsWhatTheFormatAddsAroundTexts(t *testing.T) {
	const model = "gpt-4o"
	got := count.Of(&wire.Request{Model: model, Messages: []wire.Message{
		wire.Text(wire.System, "Answer in one word."),
		{Role: wire.User, Name: "ann", Parts: []wire.Part{wire.TextPart("Which colour is the sky?")}},
	}})
	// Three a message, one for the name, three that prime the answer.
	want := texts(model, "system", "Answer in one word.", "user", "ann", "Which colour is the sky?") + 3 + 3 + 1 + 3
	if got.Tokens != want || got.Certainty != tokenizer.Exact || got.Margin != 0 {
		t.Errorf("counted %+v, want %d exactly", got, want)
	}
}

func TestCountIsAsSureAsItsLeastSurePart(t *testing.T) {
	schema := json.RawMessage(`{"type":"object"}`)
	prompt := wire.Prompt("Hello")
	tests := []struct {
		name string
		r    wire.Request
		kind tokenizer.Certainty
	}{
		{"text", wire.Request{Model: "gpt-4o", Messages: prompt}, tokenizer.Exact},
		{"reasoning model", wire.Request{Model: "o3", Messages: prompt}, tokenizer.Estimate},
		{"tools", wire.Request{Model: "gpt-4o", Messages: prompt, Tools: []wire.Tool{{Name: "f"}}}, tokenizer.Estimate},
		{"tool calls", wire.Request{Model: "gpt-4o", Messages: []wire.Message{{Role: wire.Assistant, Parts: []wire.Part{wire.CallPart(wire.ToolCall{Name: "f"})}}}}, tokenizer.Estimate},
		{"schema", wire.Request{Model: "gpt-4o", Messages: prompt, Schema: schema}, tokenizer.Estimate},
		{"another family", wire.Request{Model: "claude-sonnet-4-5", Messages: prompt}, tokenizer.Estimate},
		{"unknown model", wire.Request{Model: "house-7b", Messages: prompt}, tokenizer.Estimate},
		{"something unseen", wire.Request{Model: "gpt-4o", Messages: prompt, Body: &wire.Body{Unseen: "image_url"}}, tokenizer.None},
	}
	for _, tt := range tests {
		got := count.Of(&tt.r)
		if got.Certainty != tt.kind || got.Tokens <= 0 || (tt.kind == tokenizer.Estimate && got.Margin <= 0) {
			t.Errorf("%s: %+v, want kind %s", tt.name, got, tt.kind)
		}
	}
}

// The table in the documentation of Count, line by line.
func TestCountAddsWhatTheTableSays(t *testing.T) {
	type figure struct{ tokens, margin int64 }
	for _, tt := range []struct {
		model                              string
		once, message, tools, tool, schema figure
		part                               int64
	}{
		{"gpt-4o", figure{3, 0}, figure{3, 0}, figure{12, 16}, figure{10, 0}, figure{10, 64}, 4},
		{"o3", figure{3, 16}, figure{3, 1}, figure{12, 64}, figure{10, 0}, figure{10, 64}, 4},
		{"gpt-oss-20b", figure{3, 128}, figure{3, 2}, figure{12, 64}, figure{10, 0}, figure{10, 64}, 4},
		{"claude-opus-4-8", figure{4, 8}, figure{4, 4}, figure{496, 308}, figure{12, 0}, figure{12, 400}, 4},
		{"gemini-2.5-pro", figure{1, 8}, figure{1, 4}, figure{16, 240}, figure{12, 0}, figure{12, 128}, 2},
		{"llama-4", figure{4, 48}, figure{5, 4}, figure{64, 448}, figure{12, 0}, figure{12, 400}, 2},
	} {
		r := wire.Request{Model: tt.model}
		last := count.Of(&r)
		if got := (figure{last.Tokens, last.Margin}); got != tt.once {
			t.Errorf("%s, once: %+v, want %+v", tt.model, got, tt.once)
		}
		adds := func(what string, want figure, text string, part int64) {
			t.Helper()
			now, n := count.Of(&r), tokenizer.For(tt.model).Count(text)
			got := figure{now.Tokens - last.Tokens - n.Tokens, now.Margin - last.Margin - n.Margin}
			if part > 0 {
				got.margin -= (want.tokens+n.Tokens)/part + 1
			}
			if got != want {
				t.Errorf("%s, %s: %+v, want %+v", tt.model, what, got, want)
			}
			last = now
		}
		r.Messages = []wire.Message{{Role: "user"}}
		adds("message", tt.message, "user", 0)
		r.Tools = []wire.Tool{{Name: "f"}}
		last.Tokens, last.Margin = last.Tokens+tt.tools.tokens, last.Margin+tt.tools.margin
		adds("first tool", tt.tool, "f", tt.part)
		r.Tools = append(r.Tools, wire.Tool{Name: "g"})
		adds("second tool", tt.tool, "g", tt.part)
		r.Schema = json.RawMessage(`{}`)
		adds("schema", tt.schema, `{}`, tt.part)
	}
}

// The table of the tool use system prompt in Anthropic's documentation, "Tool use with Claude".
func TestCountCoversWhatAnthropicAddsForTools(t *testing.T) {
	for model, most := range map[string]int64{
		"claude-opus-4-8": 410, "claude-opus-4-7": 804, "claude-opus-4-6": 589, "claude-opus-4-1": 315, "claude-sonnet-5": 474,
		"claude-sonnet-4-5": 588, "claude-haiku-4-5": 588, "claude-3-5-haiku": 355, "claude-3-opus": 530, "claude-3-sonnet": 235,
	} {
		r := wire.Request{Model: model, Messages: wire.Prompt("Hello")}
		without := count.Of(&r)
		r.Tools = []wire.Tool{{Name: "f"}}
		if with := count.Of(&r); with.Bound()-without.Bound() < most || with.Tokens-without.Tokens < 159 {
			t.Errorf("%s: without tools %+v, with %+v", model, without, with)
		}
	}
}

func TestCountDoesNotCountTheWhiteSpaceOfASchema(t *testing.T) {
	r := wire.Request{Model: "gpt-4o", Tools: []wire.Tool{{Name: "f", Schema: json.RawMessage(`{"type":"object"}`)}}}
	want := count.Of(&r)
	r.Tools = []wire.Tool{{Name: "f", Schema: json.RawMessage(strings.ReplaceAll(`{ "type": "object" }`, " ", "\n    "))}}
	if got := count.Of(&r); got != want {
		t.Errorf("spread out %+v, compact %+v", got, want)
	}
}

func TestCountGrowsWithEveryPart(t *testing.T) {
	r := wire.Request{Model: "house-7b"}
	last := count.Of(&r).Bound()
	for name, grow := range map[string]func(){
		"message": func() { r.Messages = append(r.Messages, wire.Prompt("Hello there")...) },
		"tool":    func() { r.Tools = append(r.Tools, wire.Tool{Name: "f", Description: "Finds things."}) },
		"schema":  func() { r.Schema = json.RawMessage(`{"type":"object"}`) },
		"tool call": func() {
			r.Messages = append(r.Messages, wire.Message{Parts: []wire.Part{wire.CallPart(wire.ToolCall{Name: "f"})}})
		},
		"result": func() {
			r.Messages = append(r.Messages, wire.Message{Parts: []wire.Part{wire.ResultPart("call_1", "")}})
		},
	} {
		grow()
		now := count.Of(&r).Bound()
		if now <= last {
			t.Errorf("a %s more: bound %d after %d", name, now, last)
		}
		last = now
	}
}
