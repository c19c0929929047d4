package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

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
	got := wire.Count(&wire.Request{Model: model, Messages: []wire.Message{
		{Role: wire.System, Content: "Answer in one word."},
		{Role: wire.User, Name: "ann", Content: "Which colour is the sky?"},
	}})
	// Three a message, one for the name, three that prime the answer.
	want := texts(model, "system", "Answer in one word.", "user", "ann", "Which colour is the sky?") + 3 + 3 + 1 + 3
	if got.Tokens != want || got.Kind != tokenizer.Exact || got.Margin != 0 {
		t.Errorf("counted %+v, want %d exactly", got, want)
	}
}

func TestCountIsAsSureAsItsLeastSurePart(t *testing.T) {
	schema := json.RawMessage(`{"type":"object"}`)
	prompt := wire.Prompt("Hello")
	tests := []struct {
		name string
		r    wire.Request
		kind tokenizer.Kind
	}{
		{"text", wire.Request{Model: "gpt-4o", Messages: prompt}, tokenizer.Exact},
		{"reasoning model", wire.Request{Model: "o3", Messages: prompt}, tokenizer.Estimate},
		{"tools", wire.Request{Model: "gpt-4o", Messages: prompt, Tools: []wire.Tool{{Name: "f"}}}, tokenizer.Estimate},
		{"tool calls", wire.Request{Model: "gpt-4o", Messages: []wire.Message{{Role: wire.Assistant,
			ToolCalls: []wire.ToolCall{{Name: "f"}}}}}, tokenizer.Estimate},
		{"schema", wire.Request{Model: "gpt-4o", Messages: prompt, Schema: schema}, tokenizer.Estimate},
		{"another family", wire.Request{Model: "claude-sonnet-4-5", Messages: prompt}, tokenizer.Estimate},
		{"unknown model", wire.Request{Model: "house-7b", Messages: prompt}, tokenizer.Estimate},
		{"something unseen", wire.Request{Model: "gpt-4o", Messages: prompt, Unseen: "image_url"}, tokenizer.None},
	}
	for _, tt := range tests {
		got := wire.Count(&tt.r)
		if got.Kind != tt.kind || got.Tokens <= 0 || (tt.kind == tokenizer.Estimate && got.Margin <= 0) {
			t.Errorf("%s: %+v, want kind %s", tt.name, got, tt.kind)
		}
	}
}

// The figures are in Anthropic's documentation: at least 159 and at most 804 tokens for any model.
func TestCountCoversWhatAnthropicAddsForTools(t *testing.T) {
	r := wire.Request{Model: "claude-opus-4-7", Messages: wire.Prompt("Hello")}
	without := wire.Count(&r)
	r.Tools = []wire.Tool{{Name: "f"}}
	if with := wire.Count(&r); with.Bound()-without.Bound() < 804 || with.Tokens-without.Tokens < 159 {
		t.Errorf("without tools %+v, with %+v", without, with)
	}
}

func TestCountDoesNotCountTheWhiteSpaceOfASchema(t *testing.T) {
	r := wire.Request{Model: "gpt-4o", Tools: []wire.Tool{{Name: "f", Schema: json.RawMessage(`{"type":"object"}`)}}}
	want := wire.Count(&r)
	r.Tools = []wire.Tool{{Name: "f", Schema: json.RawMessage(strings.ReplaceAll(`{ "type": "object" }`, " ", "\n    "))}}
	if got := wire.Count(&r); got != want {
		t.Errorf("spread out %+v, compact %+v", got, want)
	}
}

func TestCountGrowsWithEveryPart(t *testing.T) {
	r := wire.Request{Model: "house-7b"}
	last := wire.Count(&r).Bound()
	for name, grow := range map[string]func(){
		"message":   func() { r.Messages = append(r.Messages, wire.Prompt("Hello there")...) },
		"tool":      func() { r.Tools = append(r.Tools, wire.Tool{Name: "f", Description: "Finds things."}) },
		"schema":    func() { r.Schema = json.RawMessage(`{"type":"object"}`) },
		"tool call": func() { r.Messages = append(r.Messages, wire.Message{ToolCalls: []wire.ToolCall{{Name: "f"}}}) },
		"result":    func() { r.Messages = append(r.Messages, wire.Message{ToolCallID: "call_1"}) },
	} {
		grow()
		now := wire.Count(&r).Bound()
		if now <= last {
			t.Errorf("a %s more: bound %d after %d", name, now, last)
		}
		last = now
	}
}
