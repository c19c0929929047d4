package wire

import (
	"encoding/json"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Request is one call of a model, whatever the provider. A middleware that changes one copies it first;
// the slices it holds are never changed in place.
type Request struct {
	Model       string
	Messages    []Message // system messages included, in order
	Tools       []Tool
	Schema      json.RawMessage // structured output: JSON Schema of the answer, or nil
	Temperature *float64
	Seed        *int64 // for answers that come again, as far as a provider can; a format that has none refuses it
	Stop        []string
	Choices     int // answers asked for; 0 is 1

	// MaxOutput is the output cap in tokens for each choice, 0 where none is asked for: no cap is not a cap
	// of nothing, which is [NoOutput]. MinOutput is the least cap worth sending: a budget may clamp
	// MaxOutput down to it. 0 forbids a clamp.
	MaxOutput, MinOutput int64

	// CapKey is the field of the body for the output cap, where a foreign one has none; empty is what the model's name
	// tells. Formats with one field pay no attention to it.
	CapKey string

	// Ceiling is the most output, in tokens over all choices, that was paid for: a stream that surely passes it is
	// cut. 0 is no ceiling. A strict budget sets it.
	Ceiling int64

	// Tier is the service tier and the region asked for: service_tier, speed and inference_geo, in the words of
	// package budget. Empty words leave it to the account.
	Tier budget.Tier

	// Stream asks for a stream though nobody listens: a long answer then shows that it comes, and one that goes on past
	// its cap can be cut. A server that refuses it is asked for a plain answer.
	Stream bool

	// OnDelta, if not nil, asks for a stream and is called with each piece of it, in order, by one
	// goroutine at a time, before Generate returns.
	OnDelta func(Delta)

	// CacheWrite says that the request asks the provider to write its prompt cache.
	CacheWrite bool

	// Count is the input as counted, nil until it was: a request is counted once however often it is tried.
	Count   *Count
	PaidFor *Request // what a budget sends this for, nil for nothing; see Paid

	// Known reports whether a name is that of a model with a price: an answer by it is booked by that name, also
	// where the request speaks of it. Nil knows none. It is safe for concurrent use.
	Known func(model string) bool

	// Body is what a foreign client sent, nil for a request built here.
	Body *Body
}

// NoOutput is the output cap of a request that wants no output at all.
const NoOutput = -1

// MaxChoices is the most answers that one request may ask for.
const MaxChoices = 1024

// Streams reports whether r, of no foreign body, asks for a stream.
func (r *Request) Streams() bool { return r.Stream || r.OnDelta != nil }
