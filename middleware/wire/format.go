package wire

import "net/url"

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

	// WriteAnswer writes a plain answer with status 200 that Decode reads as r, but for a doubt, which is no word of any
	// format: a usage in doubt is left out. It fails on what the format has no place for, such as several choices.
	WriteAnswer(r *Response) ([]byte, error)

	// WriteError writes the body of an answer with the status of e, which DecodeError reads as e. The names of the
	// attempt and the wait are the header's.
	WriteError(e *Error) []byte

	// Writer returns a writer of one streamed answer. usage says whether its reader asked for the usage; formats that
	// always tell it do not ask.
	Writer(usage bool) Writer

	// Refusal is the answer of a call that was refused before any provider got it, in this format's words for the
	// status.
	Refusal(r Refusal) (status int, body []byte)
}

// Addressed is a Format whose requests say in their address what others say in their body.
type Addressed interface {
	Format

	// Address is where a request that was built here goes, below the provider's base URL, in place of Path. It fails on a
	// model whose name no address can have.
	Address(r *Request) (path string, query url.Values, err error)
}

// Writer writes one streamed answer as events, each with the blank line after it. It is used by one goroutine: Begin, any
// number of Pieces, then End or Fail.
type Writer interface {
	// Begin writes what comes before the first piece. Of r it needs the model and the names, and the usage as far as it
	// is known.
	Begin(r *Response) []byte

	// Piece writes more of a choice: the texts that c has, and whole tool calls. A format with one choice writes the first.
	Piece(c Choice) []byte

	// End writes what comes last: why the choices of r ended, and what was used.
	End(r *Response) []byte

	// Fail writes that the answer failed, in place of an end.
	Fail(e *Error) []byte
}

// WriteStream writes a whole answer as the events of a stream.
func WriteStream(w Writer, r *Response) []byte {
	out := w.Begin(r)
	for _, c := range r.All() {
		out = append(out, w.Piece(c)...)
	}
	return append(out, w.End(r)...)
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
