package providertest

import (
	"encoding/json"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

type anthropicVoice struct{}

// anthropicStop is the format's own word for a finish.
func anthropicStop(f wire.Finish) string {
	word, ok := map[wire.Finish]string{
		wire.FinishStop: "end_turn", wire.FinishLength: "max_tokens", wire.FinishTools: "tool_use", wire.FinishFilter: "refusal",
	}[f]
	if !ok {
		return string(f)
	}
	return word
}

func (anthropicVoice) plain(_ *wire.Request, a Answer) string {
	blocks := []object{}
	if a.Text != "" {
		blocks = append(blocks, object{"type": "text", "text": a.Text})
	}
	for _, c := range a.ToolCalls {
		blocks = append(blocks, object{"type": "tool_use", "id": c.ID, "name": c.Name, "input": json.RawMessage(c.Arguments)})
	}
	whole := object{"id": "msg_1", "type": "message", "role": "assistant", "model": a.Model, "content": blocks,
		"stop_reason": anthropicStop(a.Finish)}
	if a.Usage != nil {
		whole["usage"] = anthropicUsage(*a.Usage)
	}
	return text(whole)
}

func anthropicUsage(u budget.Usage) object {
	return object{
		"input_tokens": u.Input, "output_tokens": u.Output, "cache_read_input_tokens": u.CacheRead,
		"cache_creation_input_tokens": u.CacheWrite5m + u.CacheWrite1h,
		"cache_creation": object{
			"ephemeral_5m_input_tokens": u.CacheWrite5m, "ephemeral_1h_input_tokens": u.CacheWrite1h,
		},
		"output_tokens_details": object{"thinking_tokens": u.Reasoning},
		"server_tool_use":       object{"web_search_requests": u.Fees / (budget.USD / 100)},
	}
}

func (anthropicVoice) stream(_ *wire.Request, a Answer) (p pieces) {
	event := func(name string, v object) string {
		v["type"] = name
		return "event: " + name + "\ndata: " + text(v) + "\n\n"
	}
	block := func(index int, start object, deltas []object) []string {
		list := []string{event("content_block_start", object{"index": index, "content_block": start})}
		for _, d := range deltas {
			list = append(list, event("content_block_delta", object{"index": index, "delta": d}))
		}
		return append(list, event("content_block_stop", object{"index": index}))
	}
	message := object{"id": "msg_1", "type": "message", "role": "assistant", "model": a.Model, "content": []object{}}
	final := object{"delta": object{"stop_reason": anthropicStop(a.Finish)}}
	if a.Usage != nil {
		first := *a.Usage
		first.Output = 1
		message["usage"] = anthropicUsage(first)
		final["usage"] = object{"output_tokens": a.Usage.Output}
	}
	var deltas []object
	for _, word := range strings.SplitAfter(a.Text, " ") {
		deltas = append(deltas, object{"type": "text_delta", "text": word})
	}
	texts := block(0, object{"type": "text", "text": ""}, deltas)
	p.open = []string{event("message_start", object{"message": message}), event("ping", object{}), texts[0]}
	p.text = texts[1:]
	for i, c := range a.ToolCalls {
		p.text = append(p.text, block(i+1, object{"type": "tool_use", "id": c.ID, "name": c.Name, "input": object{}},
			[]object{{"type": "input_json_delta", "partial_json": c.Arguments}})...)
	}
	p.end = []string{event("message_delta", final), event("message_stop", object{})}
	return p
}

func (anthropicVoice) failure(status int, a Answer) string {
	kind, ok := map[int]string{
		401: "authentication_error", 403: "permission_error", 404: "not_found_error", 413: "request_too_large",
		429: "rate_limit_error", 500: "api_error", 529: "overloaded_error",
	}[status]
	if !ok {
		kind = "invalid_request_error"
	}
	if a.Code != "" {
		kind = a.Code
	}
	return text(object{"type": "error", "error": object{"type": kind, "message": a.Message}})
}
