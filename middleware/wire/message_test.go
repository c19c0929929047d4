package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Digests of messages stand in books, and logs are read by programs: what could be said before messages had parts is
// written as it was then, and nothing else looks like it.
func TestMessagesAreWrittenAsBefore(t *testing.T) {
	call := wire.CallPart(wire.ToolCall{ID: "a", Name: "f", Arguments: "{}"})
	for want, m := range map[string]wire.Message{
		`{"role":"user","content":"hi"}`:                             wire.Text(wire.User, "hi"),
		`{"role":"assistant","name":"ann","content":""}`:             {Role: wire.Assistant, Name: "ann"},
		`{"role":"tool","content":"rain","tool_call_id":"a"}`:        wire.ToolResult("a", "rain"),
		`{"role":"a","content":"","tool_calls":[` + callJSON + `]}`:  {Role: "a", Parts: []wire.Part{call}},
		`{"role":"a","content":"x","tool_calls":[` + callJSON + `]}`: {Role: "a", Parts: []wire.Part{wire.TextPart("x"), call}},
		`{"role":"a","parts":[{"kind":0,"text":"x"},{"kind":0,"text":"y"}]}`: {Role: "a", Parts: []wire.Part{
			wire.TextPart("x"), wire.TextPart("y")}},
		`{"role":"a","parts":[{"kind":2,"call":` + callJSON + `},{"kind":0,"text":"x"}]}`: {Role: "a", Parts: []wire.Part{
			call, wire.TextPart("x")}},
		`{"role":"a","parts":[{"kind":1,"image":{"media_type":"image/png","data":"UE5H"}}]}`: {Role: "a", Parts: []wire.Part{
			wire.ImagePart("image/png", []byte("PNG"))}},
		`{"role":"a","parts":[{"kind":4,"text":"hm","signature":"s"}]}`: {Role: "a", Parts: []wire.Part{wire.ThinkingPart("hm", "s")}},
	} {
		got, err := json.Marshal(m)
		if err != nil || string(got) != want || m.String() != want {
			t.Errorf("%s, error %v, want %s", got, err, want)
		}
	}
}

const callJSON = `{"id":"a","name":"f","arguments":"{}"}`
