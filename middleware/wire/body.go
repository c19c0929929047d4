package wire

import (
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Body is a foreign client's own body: the authority on everything that the budget need not change. It is never changed
// once it was read, so that copies of a request share it.
type Body struct {
	// Format is what the body is written in, and the only one that encodes it. Nil was read for counting alone.
	Format Format

	Bytes  []byte
	Stream bool // the client asked for a stream
	Usage  bool // the client asked for usage in the stream

	// Unasked leaves out the request for usage in the stream that Encode adds for a client which has none: the
	// server refuses it.
	Unasked bool

	// Unseen names what the request is charged for and nobody here can see (history that the provider
	// keeps, a document, a recording). Empty if all is seen. Its count has no bound. What a model brings by itself is
	// not in it.
	Unseen string

	// ServerTools are the tools that run at the provider: each is unseen, and may have a bound of its own. Beside is the first
	// thing that is unseen beside them.
	ServerTools []ServerTool
	Beside      string

	// Previous is the answer at its provider that the request goes on from, if that is all that is unseen beside tools; a
	// budget that booked the answer knows a bound. Kept says that the provider keeps the answer to this one.
	Previous string
	Kept     bool

	// Images are those in the body, for counting: their bytes stay in it.
	Images []Image

	// Addresses are where those images are which the body names by their address, without scheme and host: they are
	// signed often, and no error may repeat them.
	Addresses []string

	// Extra are the texts which stand under keys that the format does not have. They count as an estimate, since nobody
	// knows whether the model gets them.
	Extra []string

	// Hidden is the most tokens of what only the provider can read, such as signatures of thoughts, or renders in
	// a way that it does not document: a margin.
	Hidden int64
}

// ServerTool is a tool that runs at the provider, whose findings are input.
type ServerTool struct {
	Kind string // as the body has it: "web_search_20250305"
	Uses int64  // the most that the body allows in this call, 0 if it does not say

	// Fee is what each use costs by answers of the format, which tell how often it ran; 0 where they do not.
	Fee budget.NanoUSD
}

// Undated is the kind without the date of its version.
func (t ServerTool) Undated() string {
	const date = "_20250305"
	if n := len(t.Kind) - len(date); n > 0 && t.Kind[n] == '_' && strings.Trim(t.Kind[n+1:], "0123456789") == "" {
		return t.Kind[:n]
	}
	return t.Kind
}

// SearchFee is what one of Anthropic's web searches costs: $10 for a thousand, by its price list.
const SearchFee = budget.USD / 100

// Image is a picture, as far as counting needs it.
type Image struct {
	Width, Height int    // in pixels; 0 if the size is unknown, as behind an address
	Detail        string // "low", "high", ... as the request asks for it; empty if it does not
}
