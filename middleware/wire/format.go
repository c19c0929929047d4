package wire

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

	// Parse reads a foreign client's body. The result has a Body of this format.
	Parse(body []byte) (*Request, error)

	// Encode writes the body of a request. It asks for a stream if OnDelta is set (with a Body: if the client
	// asked for one), and then always for usage in it. With a Body, everything stays as the client wrote it
	// but these: the output cap, which is lowered to MaxOutput or added, and what of it goes to thinking; the request for usage; and the
	// model, where a middleware chose another. A Body of another format is refused.
	Encode(r *Request) ([]byte, error)

	// Decode reads the body of a plain answer with status 200. A body that is no answer, or a cut one, is an *Error
	// of class Garbled; its Answer is what could be read.
	Decode(body []byte) (*Response, error)

	// DecodeError reads the body of an answer with another status: class, code, message, usage.
	// It never fails: what cannot be read is classed by status alone.
	DecodeError(status int, body []byte) *Error

	// Stream returns a reader for one streamed answer.
	Stream() Stream

	// Refusal is the answer of a call that was refused before any provider got it, in this format's words for the
	// status.
	Refusal(r Refusal) (status int, body []byte)
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
