package formats_test

import (
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// Every kind of part stands where each format has it.
func TestEncodePutsPartsWhereTheFormatHasThem(t *testing.T) {
	call := wire.CallPart(wire.ToolCall{ID: "a", Name: "look", Arguments: `{"x":1}`})
	detailed := wire.ImageURLPart("https://example.com/a.png")
	detailed.Image.Detail = "low"
	for _, tt := range []struct {
		name              string
		messages          []wire.Message
		openai, anthropic string // the messages
	}{
		{"a text", wire.Prompt("hi"),
			`[{"role":"user","content":"hi"}]`,
			`[{"role":"user","content":[{"type":"text","text":"hi"}]}]`},
		{"two texts", []wire.Message{{Role: wire.User, Parts: []wire.Part{wire.TextPart("a"), wire.TextPart("b")}}},
			`[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]`,
			`[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]`},
		{"an image by its bytes", []wire.Message{{Role: wire.User, Parts: []wire.Part{wire.TextPart("what?"), wire.ImagePart("image/png", []byte("PNG"))}}},
			`[{"role":"user","content":[{"type":"text","text":"what?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,UE5H"}}]}]`,
			`[{"role":"user","content":[{"type":"text","text":"what?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"UE5H"}}]}]`},
		{"an image alone, as a data URL", []wire.Message{{Role: wire.User, Parts: []wire.Part{wire.ImageURLPart("data:image/png;base64,UE5H")}}},
			`[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,UE5H"}}]}]`,
			`[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"UE5H"}}]}]`},
		{"an image by its address", []wire.Message{{Role: wire.User, Parts: []wire.Part{detailed}}},
			`[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}}]}]`,
			`[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}]}]`},
		{"thinking, a text and a call", []wire.Message{{Role: wire.Assistant, Parts: []wire.Part{wire.ThinkingPart("hm", "sig"), wire.TextPart("so"), call}}},
			`[{"role":"assistant","content":"so","tool_calls":[{"id":"a","type":"function","function":{"name":"look","arguments":"{\"x\":1}"}}]}]`,
			`[{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"text","text":"so"},{"type":"tool_use","id":"a","name":"look","input":{"x":1}}]}]`},
		{"two results in a message, and a text", []wire.Message{{Role: wire.User, Parts: []wire.Part{wire.ResultPart("a", "rain"), wire.ResultPart("b", "noon"), wire.TextPart("go on")}}},
			`[{"role":"tool","content":"rain","tool_call_id":"a"},{"role":"tool","content":"noon","tool_call_id":"b"},{"role":"user","content":"go on"}]`,
			`[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"rain"},{"type":"tool_result","tool_use_id":"b","content":"noon"},{"type":"text","text":"go on"}]}]`},
		{"two messages with a result each", []wire.Message{wire.ToolResult("a", "rain"), wire.ToolResult("b", "noon")},
			`[{"role":"tool","content":"rain","tool_call_id":"a"},{"role":"tool","content":"noon","tool_call_id":"b"}]`,
			`[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"rain"},{"type":"tool_result","tool_use_id":"b","content":"noon"}]}]`},
	} {
		for f, want := range map[wire.Format]string{openai.Format: tt.openai, anthropic.Format: tt.anthropic} {
			body, err := f.Encode(&wire.Request{Model: "m", MaxOutput: 9, Messages: tt.messages})
			if err != nil || !strings.Contains(string(body), `"messages":`+want) {
				t.Errorf("%s, %s: %s, error %v, want %s", f.Name(), tt.name, body, err, want)
			}
		}
	}
}

// What a format has no place for is refused, not left out in silence.
func TestEncodeRefusesPartsThatHaveNoPlace(t *testing.T) {
	for name, m := range map[string]wire.Message{
		"an image in instructions":  {Role: wire.System, Parts: []wire.Part{wire.ImagePart("image/png", []byte("PNG"))}},
		"an image without anything": {Role: wire.User, Parts: []wire.Part{{Kind: wire.PartImage}}},
		"a call without anything":   {Role: wire.Assistant, Parts: []wire.Part{{Kind: wire.PartCall}}},
	} {
		if body, err := anthropic.Format.Encode(&wire.Request{Model: "m", MaxOutput: 9, Messages: []wire.Message{m}}); err == nil {
			t.Errorf("%s: %s", name, body)
		}
	}
}
