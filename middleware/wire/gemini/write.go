package gemini

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

// WriteAnswer has no place for the vectors of an embedding, which no Response has.
func (c call) WriteAnswer(r *wire.Response) ([]byte, error) {
	if c.embeds() {
		return nil, errors.New("write the answer: an embedding is no part of it")
	}
	var candidates []object
	for _, one := range r.All() {
		for _, call := range one.ToolCalls {
			if !json.Valid([]byte(call.Arguments)) {
				return nil, fmt.Errorf("write the answer: the arguments of tool call %.40q are no JSON", call.Name)
			}
		}
		candidates = append(candidates, candidateOf(one, true))
	}
	return reading.Marshal(answerObject(r, candidates, r.Usage)), nil
}

// answerObject is an answer or a piece of one.
func answerObject(r *wire.Response, candidates []object, u *wire.Usage) object {
	whole := object{"responseId": r.RequestID, "modelVersion": r.Model}
	if len(candidates) > 0 {
		whole["candidates"] = candidates
	}
	if usage := usageOf(figures.Writable(u)); len(usage) > 0 {
		whole["usageMetadata"] = usage
	}
	return whole
}

// finishWords are the format's own for why an answer ended. Calls end with STOP, which tells nothing where there is none.
var finishWords = map[wire.Finish]string{
	wire.FinishStop: "STOP", wire.FinishLength: "MAX_TOKENS", wire.FinishTools: "TOOL_CALL", wire.FinishFilter: "SAFETY",
}

// candidateOf is a choice, or a piece of one.
func candidateOf(c wire.Choice, ended bool) object {
	parts := []object{}
	if c.Reasoning != "" {
		parts = append(parts, object{"text": c.Reasoning, "thought": true})
	}
	if c.Text != "" {
		parts = append(parts, object{"text": c.Text})
	}
	for _, call := range c.ToolCalls {
		said := object{"name": call.Name, "args": json.RawMessage(call.Arguments)}
		if call.ID != "" {
			said["id"] = call.ID
		}
		parts = append(parts, object{"functionCall": said})
	}
	out := object{"index": c.Index, "content": object{"role": "model", "parts": parts}}
	if json.Valid(c.Logprobs) {
		out["logprobsResult"] = c.Logprobs
	}
	if !ended || c.Finish == "" {
		return out
	}
	out["finishReason"] = c.Finish
	if word, ok := finishWords[c.Finish]; ok {
		out["finishReason"] = word
	}
	if c.Refusal != "" {
		out["finishMessage"] = c.Refusal
	}
	return out
}

// trafficTypes are Vertex AI's words for the tiers that it has.
var trafficTypes = map[string]string{budget.StandardService: "ON_DEMAND", "priority": "ON_DEMAND_PRIORITY", "flex": "ON_DEMAND_FLEX"}

// usageOf puts disjoint buckets together the way Google reports them. Sides that are not known are left out.
func usageOf(u *wire.Usage) object {
	usage := make(object)
	if u == nil {
		return usage
	}
	if u.Unknown&budget.InputSide == 0 {
		usage["promptTokenCount"], usage["cachedContentTokenCount"] = u.InputTokens(), u.CacheRead
		usage["promptTokensDetails"] = audio(u.AudioInput)
		if written := u.CacheWrite5m + u.CacheWrite1h; written > 0 { // which Google does not have
			usage["prompt_tokens_details"] = object{"cache_write_tokens": written, "cache_creation": object{"ephemeral_1h_input_tokens": u.CacheWrite1h}}
		}
	}
	if u.Unknown&budget.OutputSide == 0 {
		usage["candidatesTokenCount"], usage["thoughtsTokenCount"] = u.Output+u.AudioOutput-u.Reasoning, u.Reasoning
		usage["candidatesTokensDetails"] = audio(u.AudioOutput)
	}
	if u.Unknown == 0 {
		usage["totalTokenCount"] = u.InputTokens() + u.Output + u.AudioOutput
	}
	if word, ok := trafficTypes[u.Tier.Service]; ok {
		usage["trafficType"] = word
	} else if u.Tier.Service != "" {
		usage["service_tier"] = u.Tier.Service
	}
	figures.Extras(usage, u)
	return usage
}

// audio is the part of a figure that is audio, by its modality.
func audio(n int64) []object {
	if n == 0 {
		return []object{}
	}
	return []object{{"modality": "AUDIO", "tokenCount": n}}
}

// WriteError puts the error of a call whose answer is a list into one.
func (c call) WriteError(e *wire.Error) []byte {
	body := reading.Marshal(errorOf(e))
	if c.listed() {
		return append(append([]byte{'['}, body...), ']')
	}
	return body
}

func errorOf(e *wire.Error) object {
	status := e.Status
	if status == 0 {
		status = 500
	}
	word := e.Code
	if word == "" {
		word = statusWord(status)
	}
	whole := object{"error": object{"code": status, "message": e.Message, "status": word}}
	if e.Answer != nil {
		if usage := usageOf(figures.Writable(e.Answer.Usage)); len(usage) > 0 {
			whole["usageMetadata"] = usage
		}
	}
	return whole
}
