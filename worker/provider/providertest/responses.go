package providertest

import (
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

type responsesVoice struct{}

func (responsesVoice) plain(_ *wire.Request, a Answer) string { return text(response(a)) }

// response is the whole answer. One that was cut is incomplete, and so is what it says.
func response(a Answer) object {
	whole := object{
		"id": "resp_1", "object": "response", "status": "completed", "error": nil, "incomplete_details": nil, "model": a.Model,
		"output": items(a, "completed"), "usage": nil, "instructions": "Be brief.", "tools": []any{}, "text": object{"format": object{"type": "text"}},
	}
	switch a.Finish {
	case wire.FinishLength:
		whole["status"], whole["incomplete_details"] = "incomplete", object{"reason": "max_output_tokens"}
	case wire.FinishFilter:
		whole["status"], whole["incomplete_details"] = "incomplete", object{"reason": "content_filter"}
	}
	if a.Usage != nil {
		whole["usage"] = responsesUsage(*a.Usage)
	}
	return whole
}

func items(a Answer, status string) []object {
	list := []object{}
	if a.Text != "" {
		list = append(list, object{"type": "message", "id": "msg_1", "role": "assistant", "status": status,
			"content": []object{{"type": "output_text", "text": a.Text, "annotations": []any{}}}})
	}
	for _, c := range a.ToolCalls {
		list = append(list, object{"type": "function_call", "id": "fc_" + c.ID, "call_id": c.ID, "name": c.Name, "arguments": c.Arguments, "status": status})
	}
	return list
}

// responsesUsage puts disjoint buckets together the way Responses reports them.
func responsesUsage(u budget.Usage) object {
	input, output := u.InputTokens(), u.Output+u.AudioOutput
	return object{
		"input_tokens": input, "output_tokens": output, "total_tokens": input + output,
		"input_tokens_details":  object{"cached_tokens": u.CacheRead, "cache_write_tokens": u.CacheWrite5m + u.CacheWrite1h},
		"output_tokens_details": object{"reasoning_tokens": u.Reasoning},
	}
}

func (responsesVoice) stream(_ *wire.Request, a Answer) (p pieces) {
	event := func(kind string, v object) string {
		v["type"] = kind
		return "event: " + kind + "\ndata: " + text(v) + "\n\n"
	}
	begun := response(Answer{Model: a.Model})
	begun["status"] = "in_progress"
	p.open = []string{event("response.created", object{"response": begun}), event("response.in_progress", object{"response": begun})}
	for i, whole := range items(a, "in_progress") {
		delta, key := "response.function_call_arguments.delta", "arguments"
		said, _ := whole["arguments"].(string)
		if whole["type"] == "message" {
			delta, key, said = "response.output_text.delta", "content", a.Text
		}
		full := whole[key]
		whole[key] = map[string]any{"arguments": "", "content": []object{}}[key]
		p.text = append(p.text, event("response.output_item.added", object{"output_index": i, "item": whole}))
		if i == 0 {
			p.open, p.text = append(p.open, p.text...), nil
		}
		for _, word := range strings.SplitAfter(said, " ") {
			p.text = append(p.text, event(delta, object{"output_index": i, "item_id": whole["id"], "delta": word}))
		}
		whole[key], whole["status"] = full, "completed"
		p.text = append(p.text, event("response.output_item.done", object{"output_index": i, "item": whole}))
	}
	whole := response(a)
	status, _ := whole["status"].(string)
	p.end = []string{event("response."+status, object{"response": whole})}
	return p
}

func (responsesVoice) failure(status int, a Answer) string { return openaiVoice{}.failure(status, a) }
