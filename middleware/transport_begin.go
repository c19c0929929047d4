package middleware

import (
	"bytes"

	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

// beginning is what a body says of itself by its first bytes.
type beginning struct {
	bytes []byte // the first, without white space, until they tell
	known bool   // they did
}

// streamed reports whether the body is a stream, of which the next chunk is here: was is what it was taken for.
func (b *beginning) streamed(chunk []byte, was bool) (is bool) {
	const enough = 64
	if b.known {
		return was
	}
	b.bytes = bytes.TrimLeft(append(b.bytes, chunk[:min(len(chunk), enough)]...), " \t\r\n")
	is, b.known = sse.Begins(b.bytes, was)
	return is
}

// recognise takes the body for what it begins like, if its type says otherwise. It returns what the client did not see
// yet of the white space before it. In a frame of its own a stream begins as a plain answer does.
func (t *tap) recognise(chunk []byte) (kept []byte) {
	if t.opaque != nil || t.framed {
		return nil
	}
	switch was := t.stream != nil; {
	case t.begin.streamed(chunk, was) == was:
	case was:
		if t.hide {
			kept = bytes.Clone(t.events.Rest())
		}
		t.stream, t.hide = nil, false
	default:
		if t.opaque = guard(func() { t.stream = t.call.format.Stream() }); t.opaque == nil {
			t.follow(t.plain.Bytes(), nil)
		}
		t.plain = bytes.Buffer{}
	}
	return kept
}
