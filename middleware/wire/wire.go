// Package wire holds the providers' wire formats: what a request asks for, what an answer or an event of a
// stream reports as usage, and which answers cost nothing. It is pure: no network, no clock, and no state but the bounded memory of [Count].
//
// Each format is one file and one [Format] value. A client encodes a [Request] and decodes the answer:
//
//	body, err := openai.Format.Encode(&wire.Request{Model: "gpt-4o", Messages: wire.Prompt("Say hello")})
//	...
//	resp, err := openai.Format.Decode(answer)
//
// The door parses a foreign client's body instead and keeps it as the authority: Encode of a request that
// was parsed changes only what had to change. [Count] counts the input of either. Requests to Gemini are read
// for counting only, by [ParseGemini], and [ParseAny] reads for counting what may be any shape.
package wire

import (
	"encoding/json"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// The roles of messages.
const (
	System    = "system"
	User      = "user"
	Assistant = "assistant"
	ToolRole  = "tool"
)

// Message is one turn of a conversation.
type Message struct {
	Role       string     `json:"role"`
	Name       string     `json:"name,omitempty"`
	Content    string     `json:"content"`
	ToolCalls  []ToolCall `json:"tool_calls,omitempty"`   // of an assistant's message
	ToolCallID string     `json:"tool_call_id,omitempty"` // of a tool's answer
}

// Prompt returns the messages of a conversation with one user message.
func Prompt(text string) []Message { return []Message{{Role: User, Content: text}} }

// Tool is a function that the model may call.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"` // JSON Schema of its arguments
}

// ToolCall is a call that the model asks for.
type ToolCall struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"` // JSON, as the model wrote it
}

// Request is one call of a model, whatever the provider. A middleware that changes one copies it first;
// the slices it holds are never changed in place.
type Request struct {
	Model       string
	Messages    []Message // system messages included, in order
	Tools       []Tool
	Schema      json.RawMessage // structured output: JSON Schema of the answer, or nil
	Temperature *float64
	Stop        []string
	Choices     int // answers asked for; 0 is 1

	// MaxOutput is the output cap in tokens for each choice, 0 where none is asked for: no cap is not a cap
	// of nothing, which is [NoOutput]. MinOutput is the least cap worth sending: a budget may clamp
	// MaxOutput down to it. 0 forbids a clamp.
	MaxOutput, MinOutput int64

	// Ceiling is the most output, in tokens over all choices, that was paid for: a stream that surely passes it is
	// cut. 0 is no ceiling. A strict budget sets it.
	Ceiling int64

	// Tier is the service tier and the region asked for: service_tier, speed and inference_geo, in the words of
	// package budget. Empty words leave it to the account.
	Tier budget.Tier

	// OnDelta, if not nil, asks for a stream and is called with each piece of it, in order, by one
	// goroutine at a time, before Generate returns.
	OnDelta func(Delta)

	// CacheWrite says that the request asks the provider to write its prompt cache.
	CacheWrite bool

	// Unseen names what the request is charged for and nobody here can see (history that the provider
	// keeps, a document, a recording). Empty if all is seen. Its count has no bound. What a model brings by itself is
	// not in it: see Uncounted.
	Unseen string

	// Images are those of a body that was parsed, for counting: their bytes stay in Raw. A request built here
	// has none.
	Images []Image

	// Addresses are where those images are which a body names by their address, without scheme and host: they are
	// signed often, and no error may repeat them.
	Addresses []string

	// Extra are the texts of a body that was parsed which stand under keys that its format does not have. They
	// count as an estimate, since nobody knows whether the model gets them.
	Extra []string

	// Hidden is the most tokens of what only the provider can read, such as signatures of thoughts, or renders in
	// a way that it does not document: a margin.
	Hidden int64

	// Count is the input as counted, nil until it was: a request is counted once however often it is tried.
	Count   *tokenizer.Count
	CountOf Extent   // what Counted made Count of; zero if somebody else did
	PaidFor *Request // what a budget sends this for, nil for nothing; see Paid

	// Known reports whether a name is that of a model with a price: an answer by it is booked by that name, also
	// where the request speaks of it. Nil knows none. It is safe for concurrent use.
	Known func(model string) bool

	// Raw is the body that a foreign client sent, nil for a request built here.
	Raw *Raw
}

// NoOutput is the output cap of a request that wants no output at all.
const NoOutput = -1

// MaxChoices is the most answers that one request may ask for.
const MaxChoices = 1024

// Raw is a foreign client's own body: the authority on everything that the budget need not change.
type Raw struct {
	Body   []byte
	Stream bool // the client asked for a stream
	Usage  bool // the client asked for usage in the stream

	// Unasked leaves out the request for usage in the stream that Encode adds for a client which has none: the
	// server refuses it.
	Unasked bool
}

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

// Delta is a piece of a streamed answer.
type Delta struct {
	Text string
}

// Format is one provider's wire format. Its methods are pure and safe for concurrent use.
type Format interface {
	// Name is the word for the format in configuration: "openai", "anthropic".
	Name() string

	// Path is where requests go, below the provider's base URL.
	Path() string

	// Header returns the headers that a request needs, the key among them; key may be empty.
	Header(key string) map[string]string

	// Parse reads a foreign client's body. The result has Raw set.
	Parse(body []byte) (*Request, error)

	// Encode writes the body of a request. It asks for a stream if OnDelta is set (with Raw: if the client
	// asked for one), and then always for usage in it. With Raw, everything stays as the client wrote it
	// but these: the output cap, which is lowered to MaxOutput or added; the request for usage; and the
	// model, where a middleware chose another.
	Encode(r *Request) ([]byte, error)

	// Decode reads the body of a plain answer with status 200. A body that is no answer, or a cut one, is an *Error
	// of class Garbled; its Answer is what could be read.
	Decode(body []byte) (*Response, error)

	// DecodeError reads the body of an answer with another status: class, code, message, usage.
	// It never fails: what cannot be read is classed by status alone.
	DecodeError(status int, body []byte) *Error

	// Stream returns a reader for one streamed answer.
	Stream() Stream

	// Refusal is the body of an error answer in this format, for a call that the budget refused.
	Refusal(message string) []byte
}

// Stream reads the events of one streamed answer, in order. It is used by one goroutine.
type Stream interface {
	// Event reads one server-sent event. hide says that the event exists only because usage was asked
	// for on the client's behalf. An error in the stream is an *Error whose Answer is what came before. Usage may
	// follow it: later events can still be read, and Response then tells it.
	Event(name string, data []byte) (d Delta, hide bool, err error)

	// Done reports whether the terminal event was seen: nothing that matters follows.
	Done() bool

	// Response is what is known so far, also after an error. Until the provider has reported all of its usage
	// the output is unknown.
	Response() *Response
}
