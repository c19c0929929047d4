package openai

import (
	"encoding/json"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

type object = figures.Object

func (format) WriteAnswer(r *wire.Response) ([]byte, error) {
	var choices []object
	for _, c := range r.All() {
		said := saidBy(c)
		said["role"] = "assistant"
		choices = append(choices, choiceOf(c, "message", said, true))
	}
	whole := object{"id": r.RequestID, "object": "chat.completion", "created": 0, "model": r.Model, "choices": choices}
	withUsage(whole, r.Usage, true)
	return reading.Marshal(whole), nil
}

// choiceOf is a choice, or a piece of one, whose message is at key.
func choiceOf(c wire.Choice, key string, said object, ended bool) object {
	out := object{"index": c.Index, key: said, "finish_reason": nil}
	if ended && c.Finish != "" {
		out["finish_reason"] = c.Finish
	}
	if json.Valid(c.Logprobs) {
		out["logprobs"] = c.Logprobs
	}
	return out
}

// saidBy is the message of a choice. A refusal stands beside the text that repeats it.
func saidBy(c wire.Choice) object {
	said := object{"content": strings.TrimSuffix(c.Text, c.Refusal)}
	if c.Refusal != "" {
		said["refusal"] = c.Refusal
	}
	if c.Reasoning != "" {
		said["reasoning_content"] = c.Reasoning
	}
	if len(c.ToolCalls) > 0 {
		said["tool_calls"] = callsOf(c.ToolCalls, 0)
	}
	return said
}

// callsOf are calls whose first has an index.
func callsOf(calls []wire.ToolCall, first int) (list []object) {
	for i, c := range calls {
		list = append(list, object{"index": first + i, "id": c.ID, "type": "function",
			"function": object{"name": c.Name, "arguments": c.Arguments}})
	}
	return list
}

// withUsage adds what was used, if asked for, and the tier.
func withUsage(to object, u *wire.Usage, asked bool) {
	u = figures.Writable(u)
	if u == nil {
		return
	}
	switch u.Tier.Service {
	case "":
	case budget.StandardService:
		to["service_tier"] = "default"
	default:
		to["service_tier"] = u.Tier.Service
	}
	if usage := usageOf(u); asked && len(usage) > 0 {
		to["usage"] = usage
	}
}

// usageOf puts disjoint buckets together the way OpenAI reports them. Sides that are not known are left out.
func usageOf(u *wire.Usage) object {
	usage := make(object)
	prompt, completion := u.InputTokens(), u.Output+u.AudioOutput
	if u.Unknown&budget.InputSide == 0 {
		details := object{"cached_tokens": u.CacheRead, "audio_tokens": u.AudioInput, "cache_write_tokens": u.CacheWrite5m + u.CacheWrite1h}
		if u.CacheWrite1h > 0 {
			details["cache_creation"] = object{"ephemeral_5m_input_tokens": u.CacheWrite5m, "ephemeral_1h_input_tokens": u.CacheWrite1h}
		}
		usage["prompt_tokens"], usage["prompt_tokens_details"] = prompt, details
	}
	if u.Unknown&budget.OutputSide == 0 {
		usage["completion_tokens"] = completion
		usage["completion_tokens_details"] = object{"reasoning_tokens": u.Reasoning, "audio_tokens": u.AudioOutput}
	}
	if u.Unknown == 0 {
		usage["total_tokens"] = prompt + completion
	}
	figures.Extras(usage, u)
	return usage
}

// usualTypes are the types of errors by their status.
var usualTypes = map[int]string{429: "requests", 500: "server_error"}

func (format) WriteError(e *wire.Error) []byte {
	whole := errorOf(e)
	if e.Answer != nil {
		withUsage(whole, e.Answer.Usage, true)
	}
	return reading.Marshal(whole)
}

func errorOf(e *wire.Error) object {
	kind := usualTypes[e.Status]
	if kind == "" {
		kind = "invalid_request_error"
	}
	inner := object{"message": e.Message, "type": kind, "param": nil, "code": nil}
	if e.Code != "" {
		inner["code"] = e.Code
	}
	return object{"error": inner}
}
