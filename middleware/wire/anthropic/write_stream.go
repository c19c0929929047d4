package anthropic

import (
	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

func (format) Writer(bool) wire.Writer { return new(writer) }

// writer is block after block: the pieces of one are joined until another kind begins.
type writer struct {
	open  string // the kind of the block that is open, "" if none is
	index int    // of the next block
}

func event(name string, v object) []byte {
	v["type"] = name
	return append(append([]byte("event: "+name+"\ndata: "), reading.Marshal(v)...), "\n\n"...)
}

// Begin tells the input, if it is known, and a first token of the output.
func (w *writer) Begin(r *wire.Response) []byte {
	whole := messageObject(r, []object{})
	usage := object{"input_tokens": 0, "output_tokens": 0}
	if u := figures.Writable(r.Usage); u != nil && u.Unknown&budget.InputSide == 0 {
		first := wire.Usage{Usage: u.Usage, Tier: u.Tier}
		first.Output, first.AudioOutput, first.Reasoning, first.Fees = min(1, u.Output), 0, 0, 0
		usage = usageOf(&first)
	}
	whole["usage"] = usage
	return event("message_start", object{"message": whole})
}

func (w *writer) Piece(c wire.Choice) (out []byte) {
	if c.Index > 0 {
		return nil
	}
	if c.Reasoning != "" {
		out = append(out, w.begin("thinking", object{"type": "thinking", "thinking": "", "signature": ""})...)
		out = append(out, w.delta(object{"type": "thinking_delta", "thinking": c.Reasoning})...)
	}
	if c.Text != "" {
		out = append(out, w.begin("text", object{"type": "text", "text": ""})...)
		out = append(out, w.delta(object{"type": "text_delta", "text": c.Text})...)
	}
	for _, call := range c.ToolCalls {
		out = append(out, w.close()...)
		out = append(out, w.begin("tool_use", object{"type": "tool_use", "id": call.ID, "name": call.Name, "input": object{}})...)
		out = append(out, w.delta(object{"type": "input_json_delta", "partial_json": call.Arguments})...)
		out = append(out, w.close()...)
	}
	return out
}

// begin opens a block of a kind, unless one is open.
func (w *writer) begin(kind string, block object) []byte {
	if w.open == kind {
		return nil
	}
	out := w.close()
	w.open = kind
	return append(out, event("content_block_start", object{"index": w.index, "content_block": block})...)
}

func (w *writer) delta(v object) []byte {
	return event("content_block_delta", object{"index": w.index, "delta": v})
}

func (w *writer) close() []byte {
	if w.open == "" {
		return nil
	}
	w.open = ""
	w.index++
	return event("content_block_stop", object{"index": w.index - 1})
}

func (w *writer) End(r *wire.Response) []byte {
	out := w.close()
	why := object{"stop_reason": nil, "stop_sequence": nil}
	stopped(why, r.All()[0])
	last := object{"delta": why}
	if usage := usageOf(figures.Writable(r.Usage)); len(usage) > 0 {
		last["usage"] = usage
	}
	out = append(out, event("message_delta", last)...)
	return append(out, event("message_stop", object{})...)
}

func (w *writer) Fail(e *wire.Error) []byte { return event("error", errorOf(e)) }
