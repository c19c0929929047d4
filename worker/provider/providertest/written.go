package providertest

import (
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

// response is the answer to r; all choices say the same.
func (a Answer) response(r *wire.Request) *wire.Response {
	resp := &wire.Response{Text: a.Text, ToolCalls: a.ToolCalls, Finish: a.Finish, Model: a.Model, RequestID: "answer-1"}
	if a.Usage != nil {
		resp.Usage = &wire.Usage{Usage: *a.Usage}
	}
	for i := range r.Choices {
		if r.Choices > 1 {
			resp.Choices = append(resp.Choices, wire.Choice{Index: i, Text: a.Text, ToolCalls: a.ToolCalls, Finish: a.Finish})
		}
	}
	return resp
}

// plain is the body of an answer in a format. It panics on one that the format has no place for.
func plain(f wire.Format, r *wire.Request, a Answer) string {
	body, err := f.WriteAnswer(a.response(r))
	if err != nil {
		panic(err)
	}
	return string(body)
}

// pieces are the events of a stream: before, with and after its text.
type pieces struct {
	mediaType       string
	open, text, end []string
}

// streamed is an answer as a stream, word by word.
func streamed(f wire.Format, r *wire.Request, a Answer) pieces {
	resp := a.response(r)
	w := f.Writer(r.Body.Usage)
	p, end := pieces{mediaType: "text/event-stream"}, "\n\n"
	if _, lines := f.Stream().(sse.Framed); lines {
		p.mediaType, end = "application/x-ndjson", "\n"
	}
	p.open = eventsOf(w.Begin(resp), end)
	for _, c := range resp.All() {
		for _, word := range strings.SplitAfter(c.Text, " ") {
			p.text = append(p.text, string(w.Piece(wire.Choice{Index: c.Index, Text: word})))
		}
		if c.ToolCalls != nil {
			p.text = append(p.text, string(w.Piece(wire.Choice{Index: c.Index, ToolCalls: c.ToolCalls})))
		}
	}
	p.end = eventsOf(w.End(resp), end)
	return p
}

// eventsOf takes events apart that end so.
func eventsOf(stream []byte, end string) (events []string) {
	for event := range strings.SplitAfterSeq(string(stream), end) {
		if event != "" {
			events = append(events, event)
		}
	}
	return events
}

// failure is the body of an error. Its code is the format's usual one of the status where a names none.
func failure(f wire.Format, status int, a Answer) string {
	return string(f.WriteError(&wire.Error{Status: status, Code: a.Code, Message: a.Message}))
}
