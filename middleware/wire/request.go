package wire

import (
	"encoding/json"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

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

	// CapKey is the field of the body for the output cap, where a foreign one has none; empty is what the model's name
	// tells. Formats with one field pay no attention to it.
	CapKey string

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

// Image is a picture in a parsed request, as far as counting needs it: its bytes stay in the body.
type Image struct {
	Width, Height int    // in pixels; 0 if the size is unknown, as behind an address
	Detail        string // "low", "high", ... as the request asks for it; empty if it does not
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
