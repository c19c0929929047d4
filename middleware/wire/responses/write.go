package responses

import (
	"errors"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

type object = figures.Object

func (format) WriteAnswer(r *wire.Response) ([]byte, error) {
	if len(r.Choices) > 1 {
		return nil, errors.New("write the answer: the responses format has one choice")
	}
	w := new(writer)
	w.Begin(r)
	w.Piece(r.All()[0])
	w.close()
	return reading.Marshal(w.response(r)), nil
}

func (format) WriteError(e *wire.Error) []byte { return openai.Format.WriteError(e) }

// response is the whole response, whose items were written.
func (w *writer) response(r *wire.Response) object {
	whole := object{"id": r.RequestID, "object": "response", "created_at": 0, "model": r.Model, "output": w.items,
		"error": nil, "incomplete_details": nil, "usage": nil, "parallel_tool_calls": true, "tool_choice": "auto", "tools": []any{}}
	w.ended(whole, r)
	withUsage(whole, r.Usage)
	return whole
}

// ended adds why the answer ended. What is not plain to see is incomplete, for a reason.
func (w *writer) ended(to object, r *wire.Response) {
	natural := reader{status: "completed"}
	switch c := r.All()[0]; {
	case c.Finish == "":
		to["status"] = "in_progress"
	case c.Finish == natural.finish(r):
		to["status"] = "completed"
	default:
		reason := string(c.Finish)
		if c.Finish == wire.FinishLength {
			reason = maxOutput
		}
		to["status"], to["incomplete_details"] = "incomplete", object{"reason": reason}
	}
}

// withUsage adds what was used, and the tier.
func withUsage(to object, u *wire.Usage) {
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
	if usage := usageOf(u); len(usage) > 0 {
		to["usage"] = usage
	}
}

// usageOf puts disjoint buckets together the way Responses reports them. Sides that are not known are left out.
func usageOf(u *wire.Usage) object {
	usage := make(object)
	input, output := u.InputTokens(), u.Output+u.AudioOutput
	if u.Unknown&budget.InputSide == 0 {
		details := object{"cached_tokens": u.CacheRead}
		if u.CacheWrite5m+u.CacheWrite1h > 0 {
			details["cache_write_tokens"] = u.CacheWrite5m + u.CacheWrite1h
			details["cache_creation"] = object{"ephemeral_5m_input_tokens": u.CacheWrite5m, "ephemeral_1h_input_tokens": u.CacheWrite1h}
		}
		if u.AudioInput > 0 {
			details["audio_tokens"] = u.AudioInput
		}
		usage["input_tokens"], usage["input_tokens_details"] = input, details
	}
	if u.Unknown&budget.OutputSide == 0 {
		details := object{"reasoning_tokens": u.Reasoning}
		if u.AudioOutput > 0 {
			details["audio_tokens"] = u.AudioOutput
		}
		usage["output_tokens"], usage["output_tokens_details"] = output, details
	}
	if u.Unknown == 0 {
		usage["total_tokens"] = input + output
	}
	figures.Extras(usage, u)
	return usage
}

// partOf is a part of a message.
func partOf(kind, text string) object {
	if kind == "refusal" {
		return object{"type": kind, "refusal": text}
	}
	return object{"type": kind, "text": text, "annotations": []any{}}
}

// withoutRefusal is what a choice says besides its refusal, which its text repeats.
func withoutRefusal(c wire.Choice) string { return strings.TrimSuffix(c.Text, c.Refusal) }
