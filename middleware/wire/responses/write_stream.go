package responses

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

func (format) Writer(bool) wire.Writer { return new(writer) }

// writer writes items, each from its beginning to its end, and all of them once more at the last:
//
//	created, in_progress, [item added, [part added, deltas, part done]..., item done]..., completed
type writer struct {
	id, model string
	out       []byte   // events since they were last taken
	events    int      // so far
	items     []object // that were begun; the last may be open
	open      string   // the kind of the open part: output_text, refusal, or reasoning; "" if none is
	text      string   // of the open part
}

func (w *writer) event(kind string, v object) {
	v["type"], v["sequence_number"] = kind, w.events
	w.events++
	w.out = fmt.Appendf(w.out, "event: %s\ndata: %s\n\n", kind, reading.Marshal(v))
}

func (w *writer) take() []byte {
	out := w.out
	w.out = nil
	return out
}

func (w *writer) Begin(r *wire.Response) []byte {
	w.id, w.model, w.items = r.RequestID, r.Model, []object{}
	for _, kind := range []string{"response.created", "response.in_progress"} {
		w.event(kind, object{"response": w.response(&wire.Response{RequestID: w.id, Model: w.model})})
	}
	return w.take()
}

func (w *writer) Piece(c wire.Choice) []byte {
	w.say("reasoning", c.Reasoning)
	w.say("output_text", withoutRefusal(c))
	w.say("refusal", c.Refusal)
	for _, call := range c.ToolCalls {
		w.call(call)
	}
	return w.take()
}

func (w *writer) End(r *wire.Response) []byte {
	w.close()
	whole := w.response(r)
	status, _ := whole["status"].(string)
	unended := status == "in_progress" // nobody knows why it ended; a tier is an answer's only where figures are
	if usage, ok := whole["usage"].(object); ok && unended && whole["service_tier"] != nil {
		usage["service_tier"] = whole["service_tier"]
	}
	w.event("response."+status, object{"response": whole})
	if unended {
		w.out = append(w.out, "data: [DONE]\n\n"...)
	}
	return w.take()
}

// Fail writes an error whose code is the status, where there is one: a stream has no other place for it.
func (w *writer) Fail(e *wire.Error) []byte {
	whole := w.response(&wire.Response{RequestID: w.id, Model: w.model})
	inner := object{"code": "server_error", "message": e.Message}
	switch {
	case e.Code != "":
		inner["code"] = e.Code
	case e.Status >= 400:
		inner["code"] = e.Status
	}
	whole["status"], whole["error"] = "failed", inner
	if e.Answer != nil {
		withUsage(whole, e.Answer.Usage)
	}
	w.event("response.failed", object{"response": whole})
	return w.take()
}

// say writes more of a text, in the part that is open if that is of its kind.
func (w *writer) say(kind, text string) {
	if text == "" {
		return
	}
	if w.open != kind {
		w.close()
		w.begin(kind)
	}
	w.text += text
	at := w.at()
	at["delta"] = text
	w.event("response."+deltas[kind]+".delta", at)
}

// deltas are the names of pieces by the kind of their part.
var deltas = map[string]string{"reasoning": "reasoning_summary_text", "output_text": "output_text", "refusal": "refusal"}

// at is the place of the open part.
func (w *writer) at() object {
	last := len(w.items) - 1
	at := object{"output_index": last, "item_id": w.items[last]["id"]}
	if w.open == "reasoning" {
		at["summary_index"] = 0
	} else {
		at["content_index"] = 0
	}
	return at
}

// begin opens an item with one part of a kind.
func (w *writer) begin(kind string) {
	item := object{"type": "message", "role": "assistant", "status": "in_progress", "content": []any{}}
	if kind == "reasoning" {
		item = object{"type": "reasoning", "summary": []any{}}
	}
	w.add(item)
	w.open, w.text = kind, ""
	if kind != "reasoning" {
		at := w.at()
		at["part"] = partOf(kind, "")
		w.event("response.content_part.added", at)
	}
}

// add begins an item.
func (w *writer) add(item object) {
	item["id"] = fmt.Sprintf("item_%d", len(w.items))
	w.items = append(w.items, item)
	w.event("response.output_item.added", object{"output_index": len(w.items) - 1, "item": item})
}

// close ends the open part with its item.
func (w *writer) close() {
	if w.open == "" {
		return
	}
	item := w.items[len(w.items)-1]
	if w.open == "reasoning" {
		item["summary"] = []object{{"type": "summary_text", "text": w.text}}
	} else {
		part := partOf(w.open, w.text)
		item["content"], item["status"] = []object{part}, "completed"
		at := w.at()
		at["part"] = part
		w.event("response.content_part.done", at)
	}
	w.done(item)
	w.open = ""
}

func (w *writer) done(item object) {
	w.event("response.output_item.done", object{"output_index": len(w.items) - 1, "item": item})
}

// call writes a whole call, an item of its own.
func (w *writer) call(c wire.ToolCall) {
	w.close()
	item := object{"type": "function_call", "call_id": c.ID, "name": c.Name, "arguments": "", "status": "in_progress"}
	w.add(item)
	at := object{"output_index": len(w.items) - 1, "item_id": item["id"], "delta": c.Arguments}
	w.event("response.function_call_arguments.delta", at)
	item["arguments"], item["status"] = c.Arguments, "completed"
	w.done(item)
}
