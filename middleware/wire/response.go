package wire

import (
	"encoding/json"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Response is an answer, or what came of one.
type Response struct {
	// The first choice, and the whole answer where only one was asked for.
	Text      string
	ToolCalls []ToolCall
	Refusal   string          // why it does not answer; where that is in the model's own words, Text repeats them
	Reasoning string          // what it thought, where the provider tells
	Logprobs  json.RawMessage // as the provider gave them, nil if none
	Finish    Finish

	// Choices are all choices in order of index, the first included; nil where there is only one.
	Choices []Choice

	Model     string // that answered, as the provider names it
	RequestID string // the provider's name for this answer

	Usage *Usage // what the provider said that the answer used and cost, nil if that is nothing

	// Charge is what the budget booked for the attempt; zero without a budget in the chain.
	Charge Charge
}

// Choice is one of several answers to one request.
type Choice struct {
	Index     int             `json:"index"`
	Text      string          `json:"text,omitempty"`
	ToolCalls []ToolCall      `json:"tool_calls,omitempty"`
	Refusal   string          `json:"refusal,omitempty"`
	Reasoning string          `json:"reasoning,omitempty"`
	Logprobs  json.RawMessage `json:"logprobs,omitempty"`
	Finish    Finish          `json:"finish,omitempty"`
}

// All returns every choice, also of an answer with only one.
func (r *Response) All() []Choice {
	if r.Choices != nil {
		return r.Choices
	}
	return []Choice{{0, r.Text, r.ToolCalls, r.Refusal, r.Reasoning, r.Logprobs, r.Finish}}
}

// Reported reports whether the answer says anything of what it used or cost: zeros are no figures.
func (r *Response) Reported() bool {
	u := r.Usage
	return u != nil && (!u.IsZero() || u.Billed != nil && *u.Billed > 0 || u.Least != Least{})
}

// Delivered reports whether anything was delivered: text, a tool call, reasoning or a refusal, in any choice.
func (r *Response) Delivered() bool {
	return slices.ContainsFunc(r.All(), func(c Choice) bool {
		return c.Text != "" || len(c.ToolCalls) > 0 || c.Refusal != "" || c.Reasoning != ""
	})
}

// Charge says how the budget treated an answered attempt.
type Charge struct {
	Hold      budget.Amount // what the reservation held: the estimate
	Output    int64         // the output cap granted
	Clamped   bool          // the cap is below what was asked for
	OverLimit bool          // soft mode admitted it over a limit
	Assumed   bool          // settled without the provider's figures
}
