package wire

import (
	"encoding/json"
	"math/big"
	"strconv"

	"github.com/orchestrate-go/orchestrate/budget"
)

type openaiAnswer struct {
	ID      string `json:"id"`
	Model   string `json:"model"`
	Choices []struct {
		Index   int           `json:"index"`
		Message openaiContent `json:"message"` // of a whole answer
		Delta   openaiContent `json:"delta"`   // of a piece of one
		Finish  string        `json:"finish_reason"`
	} `json:"choices"`
	Usage json.RawMessage `json:"usage"`
	Error json.RawMessage `json:"error"`
}

type openaiContent struct {
	Content   string           `json:"content"`
	Refusal   string           `json:"refusal"`
	ToolCalls []openaiToolCall `json:"tool_calls"`
}

func (openai) Decode(body []byte) (*Response, error) {
	var a openaiAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, unreadable(body, err)
	}
	if present(a.Error) { // some gateways answer 200 with an error in it
		e := failure(200, body)
		usage, billed := openaiUsage(a.Usage)
		e.Answer = &Response{Usage: usage, Billed: billed}
		return nil, e
	}
	usage, billed := openaiUsage(a.Usage)
	if len(a.Choices) == 0 {
		return nil, garbled("no choices", usage)
	}
	first := a.Choices[0]
	r := &Response{
		Text: first.Message.Content, Finish: openaiFinish(first.Finish), Model: a.Model,
		Usage: usage, Billed: billed, RequestID: word(a.ID),
	}
	if first.Message.Refusal != "" {
		r.Text, r.Finish = first.Message.Refusal, FinishFilter
	}
	for _, c := range first.Message.ToolCalls {
		r.ToolCalls = append(r.ToolCalls, ToolCall{c.ID, c.Function.Name, c.Function.Arguments})
	}
	return r, nil
}

func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

func openaiFinish(word string) Finish {
	if word == "function_call" {
		return FinishTools
	}
	return Finish(word) // the names of the other reasons are OpenAI's own
}

// openaiUsage takes the overlapping figures apart. prompt_tokens includes cached and audio tokens,
// completion_tokens includes reasoning and audio, so that the buckets add up to the two totals. Where
// total_tokens is more than both (Grok, and Gemini behind this format, leave reasoning out of
// completion_tokens), the difference is output.
//
// Usage that cannot be right is unknown, not zero: the answer itself may be fine.
func openaiUsage(raw json.RawMessage) (*budget.Usage, *budget.NanoUSD) {
	var u struct {
		Prompt     *int64 `json:"prompt_tokens"`
		Completion *int64 `json:"completion_tokens"`
		Total      int64  `json:"total_tokens"`
		In         struct {
			Cached     int64 `json:"cached_tokens"`
			CacheWrite int64 `json:"cache_write_tokens"` // OpenRouter
			Audio      int64 `json:"audio_tokens"`
		} `json:"prompt_tokens_details"`
		Out struct {
			Reasoning int64 `json:"reasoning_tokens"`
			Audio     int64 `json:"audio_tokens"`
		} `json:"completion_tokens_details"`
		CacheHit int64           `json:"prompt_cache_hit_tokens"` // DeepSeek
		Cost     json.RawMessage `json:"cost"`                    // OpenRouter, in US dollars
		OwnKey   bool            `json:"is_byok"`                 // then cost is OpenRouter's fee alone
	}
	if !present(raw) || json.Unmarshal(raw, &u) != nil || u.Prompt == nil || u.Completion == nil {
		return nil, nil
	}
	prompt, completion := *u.Prompt, *u.Completion
	if !plausible(prompt, completion, u.Total, u.In.Cached, u.In.CacheWrite, u.In.Audio, u.Out.Reasoning,
		u.Out.Audio, u.CacheHit) {
		return nil, nil
	}
	completion = max(completion, u.Total-prompt)
	var out budget.Usage
	out.Input = prompt
	take := func(bucket *int64, from *int64, n int64) {
		*bucket = min(n, *from)
		*from -= *bucket
	}
	take(&out.CacheRead, &out.Input, max(u.In.Cached, u.CacheHit))
	take(&out.CacheWrite5m, &out.Input, u.In.CacheWrite)
	take(&out.AudioInput, &out.Input, u.In.Audio)
	out.Output = completion
	take(&out.AudioOutput, &out.Output, u.Out.Audio)
	out.Reasoning = min(u.Out.Reasoning, out.Output)
	if u.OwnKey {
		return &out, nil
	}
	return &out, dollars(u.Cost)
}

// plausible reports whether every figure can be a number of tokens.
func plausible(figures ...int64) bool {
	for _, n := range figures {
		if n < 0 || n > budget.MaxTokens {
			return false
		}
	}
	return true
}

// dollars reads a JSON number of US dollars and rounds it up to a nano-USD; nil if it is none.
func dollars(raw json.RawMessage) *budget.NanoUSD {
	const most, least = 1e9, 1e-15
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || !(f >= 0 && f <= most) {
		return nil
	}
	var cost budget.NanoUSD
	if f >= least { // so that no exponent makes the exact number a long one
		exact, _ := new(big.Rat).SetString(string(raw))
		exact.Mul(exact, new(big.Rat).SetInt64(int64(budget.USD)))
		up := new(big.Int).Add(exact.Num(), new(big.Int).Sub(exact.Denom(), big.NewInt(1)))
		cost = budget.NanoUSD(up.Div(up, exact.Denom()).Int64())
	}
	return &cost
}
