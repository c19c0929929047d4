package providertest

import (
	"encoding/json"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// object is any JSON object.
type object = map[string]any

func text(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err) // objects of strings and numbers
	}
	return string(out)
}

type openaiVoice struct{}

func (openaiVoice) plain(r *wire.Request, a Answer) string {
	message := object{"role": "assistant", "content": a.Text}
	if a.ToolCalls != nil {
		message["tool_calls"] = openaiCalls(a.ToolCalls)
	}
	var choices []object
	for i := range max(1, r.Choices) {
		choices = append(choices, object{"index": i, "message": message, "finish_reason": a.Finish})
	}
	whole := object{"id": "chatcmpl-1", "object": "chat.completion", "model": a.Model, "choices": choices}
	if a.Usage != nil {
		whole["usage"] = openaiUsage(*a.Usage)
	}
	return text(whole)
}

func openaiCalls(calls []wire.ToolCall) (list []object) {
	for i, c := range calls {
		list = append(list, object{"index": i, "id": c.ID, "type": "function",
			"function": object{"name": c.Name, "arguments": c.Arguments}})
	}
	return list
}

// openaiUsage puts disjoint buckets together the way OpenAI reports them.
func openaiUsage(u budget.Usage) object {
	prompt, completion := u.InputTokens(), u.Output+u.AudioOutput
	return object{
		"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
		"prompt_tokens_details": object{
			"cached_tokens": u.CacheRead, "audio_tokens": u.AudioInput, "cache_write_tokens": u.CacheWrite5m + u.CacheWrite1h,
		},
		"completion_tokens_details": object{"reasoning_tokens": u.Reasoning, "audio_tokens": u.AudioOutput},
	}
}

func (openaiVoice) stream(r *wire.Request, a Answer) (p pieces) {
	event := func(v object) string {
		v["id"], v["object"], v["model"] = "chatcmpl-1", "chat.completion.chunk", a.Model
		return "data: " + text(v) + "\n\n"
	}
	piece := func(index int, delta object, finish any) string {
		return event(object{"choices": []object{{"index": index, "delta": delta, "finish_reason": finish}}})
	}
	for i := range max(1, r.Choices) {
		p.open = append(p.open, piece(i, object{"role": "assistant", "content": ""}, nil))
		for _, word := range strings.SplitAfter(a.Text, " ") {
			p.text = append(p.text, piece(i, object{"content": word}, nil))
		}
		if a.ToolCalls != nil {
			p.text = append(p.text, piece(i, object{"tool_calls": openaiCalls(a.ToolCalls)}, nil))
		}
		p.end = append(p.end, piece(i, object{}, a.Finish))
	}
	if a.Usage != nil && r.Body.Usage {
		p.end = append(p.end, event(object{"choices": []object{}, "usage": openaiUsage(*a.Usage)}))
	}
	p.end = append(p.end, "data: [DONE]\n\n")
	return p
}

func (openaiVoice) failure(status int, a Answer) string {
	kind, ok := map[int]string{401: "invalid_request_error", 429: "requests", 500: "server_error"}[status]
	if !ok {
		kind = "invalid_request_error"
	}
	e := object{"message": a.Message, "type": kind, "param": nil, "code": nil}
	if a.Code != "" {
		e["code"] = a.Code
	}
	return text(object{"error": e})
}
