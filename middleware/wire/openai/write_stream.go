package openai

import (
	"maps"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

func (format) Writer(usage bool) wire.Writer { return &writer{usage: usage, calls: make(map[int]int)} }

// writer is chunk after chunk; the usage has one of its own, with no choices.
type writer struct {
	id, model string
	usage     bool
	calls     map[int]int // how many were written, by the index of a choice
}

func (w *writer) chunk(choices []object, more object) []byte {
	v := object{"id": w.id, "object": "chat.completion.chunk", "created": 0, "model": w.model, "choices": choices}
	maps.Copy(v, more)
	return event(v)
}

func event(v object) []byte {
	return append(append([]byte("data: "), reading.Marshal(v)...), "\n\n"...)
}

func (w *writer) Begin(r *wire.Response) []byte {
	w.id, w.model = r.RequestID, r.Model
	return w.chunk([]object{choiceOf(wire.Choice{}, "delta", object{"role": "assistant", "content": ""}, false)}, nil)
}

func (w *writer) Piece(c wire.Choice) []byte {
	said := saidBy(c)
	if said["content"] == "" {
		delete(said, "content")
	}
	if n := len(c.ToolCalls); n > 0 {
		said["tool_calls"] = callsOf(c.ToolCalls, w.calls[c.Index])
		w.calls[c.Index] += n
	}
	if len(said) == 0 && c.Logprobs == nil {
		return nil
	}
	return w.chunk([]object{choiceOf(c, "delta", said, false)}, nil)
}

func (w *writer) End(r *wire.Response) (out []byte) {
	for _, c := range r.All() {
		more := make(object)
		withUsage(more, r.Usage, false)
		c.Logprobs = nil
		out = append(out, w.chunk([]object{choiceOf(c, "delta", object{}, true)}, more)...)
	}
	more := make(object)
	if withUsage(more, r.Usage, true); w.usage && more["usage"] != nil {
		out = append(out, w.chunk([]object{}, more)...)
	}
	return append(out, "data: [DONE]\n\n"...)
}

// Fail writes an error whose code is the status, where there is one: a stream has no other place for it.
func (w *writer) Fail(e *wire.Error) []byte {
	v := errorOf(e)
	if inner := v["error"].(object); e.Status >= 400 && inner["code"] == nil {
		inner["code"] = e.Status
	}
	if e.Answer != nil {
		withUsage(v, e.Answer.Usage, w.usage)
	}
	return event(v)
}
