package worker

import (
	"encoding/json"
	"slices"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Parameters are what a task asks for beside its prompt. They are shared by copies of the task, and not changed.
type Parameters struct {
	// Messages are a whole conversation in place of the prompt, which is then empty. Instructions of the task go before.
	Messages []wire.Message

	Images []wire.Part // go before the prompt, in its message

	Schema      json.RawMessage // JSON Schema of the answer; nil is any text
	Tools       []wire.Tool     // functions that the model may call
	Temperature *float64        // nil is the worker's
	Seed        *int64
	Stop        []string // texts that end an answer
}

// messages are those of a request for t, whose instructions are system, "" for none.
func (t *Task) messages(system string) (list []wire.Message) {
	if system != "" {
		list = append(list, wire.Text(wire.System, system))
	}
	switch p := t.Parameters; {
	case p == nil:
		return append(list, wire.Text(wire.User, t.Prompt))
	case p.Messages != nil:
		return append(list, p.Messages...)
	default:
		return append(list, wire.Message{Role: wire.User, Parts: append(slices.Clone(p.Images), wire.TextPart(t.Prompt))})
	}
}

// put sets them in a request.
func (p *Parameters) put(r *wire.Request) {
	if p == nil {
		return
	}
	r.Schema, r.Tools, r.Seed, r.Stop = p.Schema, p.Tools, p.Seed, p.Stop
	if p.Temperature != nil {
		r.Temperature = p.Temperature
	}
}

// Asks is what the task asks for as a request, without what the worker adds.
func (t *Task) Asks() *wire.Request {
	if t.Request != nil {
		return t.Request
	}
	r := &wire.Request{Model: t.Model, MaxOutput: t.MaxOutput, Messages: t.messages(t.System)}
	t.Parameters.put(r)
	return r
}
