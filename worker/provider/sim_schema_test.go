package provider

import (
	"encoding/json"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// TestSimHeedsSchemas: its answers are JSON of the types and lengths that a schema says, whatever it says, and are cut at the cap.
func TestSimHeedsSchemas(t *testing.T) {
	sim := NewSim(SimConfig{})
	ask := func(schema string, most int64) *wire.Response {
		t.Helper()
		resp, err := sim.Generate(t.Context(), &wire.Request{Model: "m", Messages: wire.Prompt("Three oaks."), Schema: json.RawMessage(schema), MaxOutput: most})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	for schema, holds := range map[string]func(v any) bool{
		`{"type":"array","minItems":5,"items":{"enum":["a","b"]}}`:                                      func(v any) bool { l, _ := v.([]any); return len(l) == 5 && (l[0] == "a" || l[0] == "b") },
		`{"type":"array","maxItems":2,"items":{"type":"null"}}`:                                         func(v any) bool { l, _ := v.([]any); return len(l) == 2 && l[0] == nil },
		`{"type":"array","maxItems":-1}`:                                                                func(v any) bool { l, is := v.([]any); return is && len(l) == 0 },
		`{"type":"array","minItems":1e300,"maxItems":1e300}`:                                            func(v any) bool { l, _ := v.([]any); return len(l) == maxInstance },
		`{"type":"integer","minimum":7.5}`:                                                              func(v any) bool { n, is := v.(float64); return is && n >= 8 && n == float64(int64(n)) },
		`{"type":"number","minimum":1,"maximum":1}`:                                                     func(v any) bool { return v == 1.0 },
		`{"type":["string","null"],"maxLength":4}`:                                                      func(v any) bool { s, is := v.(string); return is && len(s) <= 4 },
		`{"$defs":{"t":{"type":"object","properties":{"up":{"$ref":"#/$defs/t"}}}},"$ref":"#/$defs/t"}`: func(v any) bool { _, is := v.(map[string]any); return is },
		`{"const":{"x":1}}`: func(v any) bool { m, _ := v.(map[string]any); return m["x"] == 1.0 },
	} {
		var v any
		resp := ask(schema, 100_000)
		if err := json.Unmarshal([]byte(resp.Text), &v); err != nil || !holds(v) {
			t.Errorf("%s: %.200s, %v", schema, resp.Text, err)
		}
	}
	if resp := ask(`{"type":"array","minItems":50,"items":{"type":"string"}}`, 20); resp.Finish != wire.FinishLength || resp.Usage.Output > 20 || resp.Text == "" {
		t.Errorf("the cap is passed: %s, %d tokens", resp.Finish, resp.Usage.Output)
	}
	if resp := ask(`no schema`, 1000); json.Valid([]byte(resp.Text)) {
		t.Errorf("an answer without a schema: %.80s", resp.Text)
	}
}
