package anthropic

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

type object = figures.Object

func (format) WriteAnswer(r *wire.Response) ([]byte, error) {
	if len(r.Choices) > 1 {
		return nil, errors.New("write the answer: the anthropic format has one choice")
	}
	c := r.All()[0]
	blocks := []object{}
	if c.Reasoning != "" {
		blocks = append(blocks, object{"type": "thinking", "thinking": c.Reasoning, "signature": ""})
	}
	if c.Text != "" {
		blocks = append(blocks, object{"type": "text", "text": c.Text})
	}
	for _, call := range c.ToolCalls {
		if !json.Valid([]byte(call.Arguments)) {
			return nil, fmt.Errorf("write the answer: the arguments of tool call %.40q are no JSON", call.Name)
		}
		blocks = append(blocks, object{"type": "tool_use", "id": call.ID, "name": call.Name, "input": json.RawMessage(call.Arguments)})
	}
	whole := messageObject(r, blocks)
	stopped(whole, c)
	if usage := usageOf(figures.Writable(r.Usage)); len(usage) > 0 {
		whole["usage"] = usage
	}
	return reading.Marshal(whole), nil
}

func messageObject(r *wire.Response, blocks []object) object {
	return object{"id": r.RequestID, "type": "message", "role": "assistant", "model": r.Model, "content": blocks,
		"stop_reason": nil, "stop_sequence": nil}
}

// stopWords are the format's own for why an answer ended.
var stopWords = map[wire.Finish]string{
	wire.FinishStop: "end_turn", wire.FinishLength: "max_tokens", wire.FinishTools: "tool_use", wire.FinishFilter: "refusal",
}

// stopped adds why an answer ended.
func stopped(to object, c wire.Choice) {
	if word, ok := stopWords[c.Finish]; ok {
		to["stop_reason"] = word
	} else if c.Finish != "" {
		to["stop_reason"] = c.Finish
	}
	if c.Refusal != "" {
		to["stop_details"] = object{"type": "refusal", "explanation": c.Refusal}
	}
}

// usageOf is what was used, empty where nothing is known. Sides that are not known are left out.
func usageOf(u *wire.Usage) object {
	usage := make(object)
	if u == nil {
		return usage
	}
	if u.Unknown&budget.InputSide == 0 {
		usage["input_tokens"], usage["cache_read_input_tokens"] = u.Input+u.AudioInput, u.CacheRead
		usage["cache_creation_input_tokens"] = u.CacheWrite5m + u.CacheWrite1h
		usage["cache_creation"] = object{"ephemeral_5m_input_tokens": u.CacheWrite5m, "ephemeral_1h_input_tokens": u.CacheWrite1h}
		if u.AudioInput > 0 {
			usage["input_tokens_details"] = object{"audio_tokens": u.AudioInput}
		}
	}
	if u.Unknown&budget.OutputSide == 0 {
		details := object{"thinking_tokens": u.Reasoning}
		if u.AudioOutput > 0 {
			details["audio_tokens"] = u.AudioOutput
		}
		usage["output_tokens"], usage["output_tokens_details"] = u.Output+u.AudioOutput, details
	}
	switch u.Tier.Service {
	case "":
	case "fast":
		usage["speed"] = "fast"
	default:
		usage["service_tier"] = u.Tier.Service
	}
	figures.Extras(usage, u)
	return usage
}

// usualTypes are the types of errors by their status.
var usualTypes = map[int]string{
	401: "authentication_error", 402: "billing_error", 403: "permission_error", 404: "not_found_error", 413: "request_too_large",
	429: "rate_limit_error", 500: "api_error", 504: "timeout_error", 529: "overloaded_error",
}

func (format) WriteError(e *wire.Error) []byte { return reading.Marshal(errorOf(e)) }

func errorOf(e *wire.Error) object {
	kind := e.Code
	if kind == "" {
		kind = usualTypes[e.Status]
	}
	if kind == "" {
		kind = "invalid_request_error"
	}
	whole := object{"type": "error", "error": object{"type": kind, "message": e.Message}}
	if e.Answer != nil {
		if usage := usageOf(figures.Writable(e.Answer.Usage)); len(usage) > 0 {
			whole["usage"] = usage
		}
	}
	return whole
}
