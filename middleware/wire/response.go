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

	// Usage is what the provider reported, nil if that is nothing. Unknown are the sides of it that the
	// provider left out, or of which it said what cannot be (no input, no output beside a text); they are
	// zero in Usage.
	Usage   *budget.Usage
	Unknown budget.Sides

	// Least is what was surely used of the sides that are Unknown, or of both where Usage is nil.
	Least Least

	// Doubt says why Usage, though it is whole, is not taken for exact; "" if it is.
	Doubt string

	Tier   budget.Tier     // how it was served, where it says so
	Billed *budget.NanoUSD // the cost that the provider stated, nil if none

	// Charge is what the budget booked for the attempt; zero without a budget in the chain.
	Charge Charge
}

// Least are figures of tokens that are no whole: no less was used.
type Least struct {
	Output int64          // a running figure, or a part such as the reasoning
	Total  int64          // of input and output together, where neither was said
	Cost   budget.NanoUSD // that was stated while more could follow
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
	return r.Usage != nil && !r.Usage.IsZero() || r.Billed != nil && *r.Billed > 0 || r.Least != Least{}
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
