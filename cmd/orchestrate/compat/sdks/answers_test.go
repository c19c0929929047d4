package sdks

import (
	"encoding/json"
	"strings"
)

type object = map[string]any

// event is one of a stream: its name, where the format has names, and its data.
type event struct {
	name string
	data any
	// ours is an event of usage alone, which the door leaves out where the client did not ask for it.
	ours bool
}

// The figures of an answer: input counts what was read from a cache, output what was said.
const (
	input  = 120
	cached = 64
	output = 12
	word   = "under one budget"
)

// answer is what the provider says: the last word, or a call of the tool.
type answer struct {
	format, model string
	call, cached  bool
	pad           string // beside the text, in the same event
	withChoices   bool   // usage stands in the chunk with the last choice
	azure         bool   // a first chunk without choices
}

func (a answer) hit() int {
	if a.cached {
		return cached
	}
	return 0
}

// plain is the answer in one piece.
func (a answer) plain() any {
	switch a.format {
	case "chat":
		message, reason := object{"role": "assistant", "content": word}, "stop"
		if a.call {
			reason = "tool_calls"
			message = object{"role": "assistant", "content": nil, "tool_calls": []any{object{"id": "call_budget", "type": "function",
				"function": object{"name": "look", "arguments": `{"place":"here"}`}}}}
		}
		return object{"id": "c1", "object": "chat.completion", "created": 1, "model": a.model, "pad": a.pad, "usage": a.chatUsage(),
			"choices": []any{object{"index": 0, "message": message, "finish_reason": reason}}}
	case "responses":
		return a.response("completed", a.item())
	case "messages":
		return a.message([]any{a.block()}, a.reason())
	case "gemini":
		return a.geminiChunk(a.part(), true)
	case "ollama":
		return a.ollamaLine(word, true)
	case "embeddings":
		return object{"object": "list", "model": a.model, "pad": a.pad, "usage": object{"prompt_tokens": input, "total_tokens": input},
			"data": []any{object{"object": "embedding", "index": 0, "embedding": []float64{0.25, -0.5}}}}
	case "geminiEmbed":
		return object{"embeddings": []any{object{"values": []float64{0.25, -0.5}}}, "pad": a.pad, "usageMetadata": object{"promptTokenCount": input}}
	case "ollamaEmbed":
		return object{"model": a.model, "embeddings": [][]float64{{0.25, -0.5}}, "pad": a.pad, "prompt_eval_count": input}
	}
	return nil
}

// stream is the answer in pieces.
func (a answer) stream() []event {
	switch a.format {
	case "chat":
		return a.chatStream()
	case "responses":
		return a.responsesStream()
	case "messages":
		return a.messagesStream()
	case "gemini":
		if a.call {
			return []event{{data: a.geminiChunk(a.part(), true)}}
		}
		return []event{
			{data: a.geminiChunk(object{"text": word[:5]}, false)},
			{data: a.geminiChunk(object{"text": word[5:]}, true)},
		}
	case "ollama":
		return []event{{data: a.ollamaLine(word[:5], false)}, {data: a.ollamaLine(word[5:], true)}}
	}
	return nil
}

func (a answer) chatUsage() object {
	return object{"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
		"prompt_tokens_details": object{"cached_tokens": a.hit()}}
}

func (a answer) chatStream() (events []event) {
	chunk := func(choices []any, more object) object {
		c := object{"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": a.model, "choices": choices}
		for k, v := range more {
			c[k] = v
		}
		return c
	}
	choice := func(delta object, finish any) []any {
		return []any{object{"index": 0, "delta": delta, "finish_reason": finish}}
	}
	if a.azure {
		events = append(events, event{data: chunk([]any{}, object{"id": "", "model": "", "created": 0, "prompt_filter_results": []any{}})})
	}
	reason := "stop"
	if a.call {
		reason = "tool_calls"
		events = append(events, event{data: chunk(choice(object{"role": "assistant", "tool_calls": []any{object{"index": 0, "id": "call_budget",
			"type": "function", "function": object{"name": "look", "arguments": `{"place":"here"}`}}}}, nil), object{"pad": a.pad})})
	} else {
		events = append(events,
			event{data: chunk(choice(object{"role": "assistant", "content": word[:5]}, nil), object{"pad": a.pad})},
			event{data: chunk(choice(object{"content": word[5:]}, nil), nil)})
	}
	if a.withChoices {
		return append(events, event{data: chunk(choice(object{}, reason), object{"usage": a.chatUsage()})})
	}
	return append(events, event{data: chunk(choice(object{}, reason), nil)}, event{data: chunk([]any{}, object{"usage": a.chatUsage()}), ours: true})
}

func (a answer) item() object {
	if a.call {
		return object{"type": "function_call", "id": "fc_1", "call_id": "call_budget", "name": "look", "status": "completed", "arguments": `{"place":"here"}`}
	}
	return object{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
		"content": []any{object{"type": "output_text", "text": word, "annotations": []any{}}}}
}

func (a answer) response(status string, items ...any) object {
	r := object{"id": "resp_1", "object": "response", "created_at": 1, "model": a.model, "status": status, "output": append([]any{}, items...),
		"pad": a.pad, "error": nil, "incomplete_details": nil, "instructions": nil, "metadata": object{}, "tools": []any{}, "tool_choice": "auto",
		"parallel_tool_calls": true, "temperature": 1, "top_p": 1}
	if status == "completed" {
		r["usage"] = object{"input_tokens": input, "input_tokens_details": object{"cached_tokens": a.hit()}, "output_tokens": output,
			"output_tokens_details": object{"reasoning_tokens": 0}, "total_tokens": input + output}
	}
	return r
}

func (a answer) responsesStream() (events []event) {
	add := func(name string, data object) {
		data["type"], data["sequence_number"] = name, len(events)
		events = append(events, event{name: name, data: data})
	}
	item := a.item()
	add("response.created", object{"response": a.response("in_progress")})
	if a.call {
		start := object{"type": "function_call", "id": "fc_1", "call_id": "call_budget", "name": "look", "status": "in_progress", "arguments": ""}
		add("response.output_item.added", object{"output_index": 0, "item": start})
		add("response.function_call_arguments.delta", object{"item_id": "fc_1", "output_index": 0, "delta": item["arguments"]})
		add("response.function_call_arguments.done", object{"item_id": "fc_1", "output_index": 0, "arguments": item["arguments"]})
	} else {
		start := object{"type": "message", "id": "msg_1", "role": "assistant", "status": "in_progress", "content": []any{}}
		part := object{"type": "output_text", "text": "", "annotations": []any{}}
		add("response.output_item.added", object{"output_index": 0, "item": start})
		add("response.content_part.added", object{"item_id": "msg_1", "output_index": 0, "content_index": 0, "part": part})
		add("response.output_text.delta", object{"item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": word[:5]})
		add("response.output_text.delta", object{"item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": word[5:]})
		add("response.output_text.done", object{"item_id": "msg_1", "output_index": 0, "content_index": 0, "text": word})
	}
	add("response.output_item.done", object{"output_index": 0, "item": item})
	add("response.completed", object{"response": a.response("completed", item)})
	return events
}

func (a answer) reason() string {
	if a.call {
		return "tool_use"
	}
	return "end_turn"
}

func (a answer) block() object {
	if a.call {
		return object{"type": "tool_use", "id": "toolu_call_budget", "name": "look", "input": object{"place": "here"}}
	}
	return object{"type": "text", "text": word}
}

func (a answer) message(content []any, reason any) object {
	return object{"id": "msg_1", "type": "message", "role": "assistant", "model": a.model, "content": content, "stop_reason": reason, "stop_sequence": nil,
		"pad": a.pad, "usage": object{"input_tokens": input - a.hit(), "cache_read_input_tokens": a.hit(), "cache_creation_input_tokens": 0, "output_tokens": output}}
}

func (a answer) messagesStream() (events []event) {
	add := func(name string, data object) {
		data["type"] = name
		events = append(events, event{name: name, data: data})
	}
	start := a.message([]any{}, nil)
	start["usage"].(object)["output_tokens"] = 1
	add("message_start", object{"message": start})
	delta := func(d object) { add("content_block_delta", object{"index": 0, "delta": d}) }
	if a.call {
		block := a.block()
		block["input"] = object{}
		add("content_block_start", object{"index": 0, "content_block": block})
		delta(object{"type": "input_json_delta", "partial_json": `{"place":"here"}`})
	} else {
		add("content_block_start", object{"index": 0, "content_block": object{"type": "text", "text": ""}})
		delta(object{"type": "text_delta", "text": word[:5]})
		delta(object{"type": "text_delta", "text": word[5:]})
	}
	add("content_block_stop", object{"index": 0})
	add("message_delta", object{"delta": object{"stop_reason": a.reason(), "stop_sequence": nil}, "usage": object{"output_tokens": output}})
	add("message_stop", object{})
	return events
}

func (a answer) part() object {
	if a.call {
		return object{"functionCall": object{"id": "call_budget", "name": "look", "args": object{"place": "here"}}}
	}
	return object{"text": word}
}

func (a answer) geminiChunk(part object, last bool) object {
	candidate := object{"index": 0, "content": object{"role": "model", "parts": []any{part}}}
	usage := object{"promptTokenCount": input, "totalTokenCount": input + 1, "candidatesTokenCount": 1}
	if last {
		candidate["finishReason"] = "STOP"
		usage = object{"promptTokenCount": input, "candidatesTokenCount": output, "totalTokenCount": input + output, "cachedContentTokenCount": a.hit()}
	}
	return object{"candidates": []any{candidate}, "usageMetadata": usage, "modelVersion": a.model, "responseId": "r1", "pad": a.pad}
}

func (a answer) ollamaLine(text string, last bool) object {
	message := object{"role": "assistant", "content": text}
	if a.call {
		message["content"] = ""
		if text != word[5:] {
			message["tool_calls"] = []any{object{"id": "call_budget", "function": object{"name": "look", "arguments": object{"place": "here"}}}}
		}
	}
	line := object{"model": a.model, "created_at": "2026-01-01T00:00:00Z", "message": message, "done": last, "pad": a.pad}
	if last {
		line["done_reason"], line["prompt_eval_count"], line["eval_count"] = "stop", input, output
	}
	return line
}

// failure is an error of a format, as a stream or an answer has it.
func failure(format string) event {
	switch format {
	case "messages":
		return event{name: "error", data: object{"type": "error", "error": object{"type": "overloaded_error", "message": "Overloaded"}}}
	case "gemini", "geminiEmbed":
		return event{data: object{"error": object{"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}}
	case "ollama", "ollamaEmbed":
		return event{data: object{"error": "overloaded"}}
	case "responses":
		return event{name: "error", data: object{"type": "error", "sequence_number": 9, "code": "server_error", "message": "overloaded", "param": nil}}
	}
	return event{data: object{"error": object{"message": "overloaded", "type": "server_error", "code": nil}}}
}

// render is an event as it goes over the wire.
func (e event) render(format, newline string) string {
	text, err := json.Marshal(e.data)
	if err != nil {
		panic(err)
	}
	if format == "ollama" {
		return string(text) + "\n"
	}
	var b strings.Builder
	if e.name != "" {
		b.WriteString("event: " + e.name + newline)
	}
	b.WriteString("data: " + string(text) + newline + newline)
	return b.String()
}
