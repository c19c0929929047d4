package responses

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
)

func (format) Stream() wire.Stream { return &stream{reader: new(reader)} }

type stream struct {
	*reader
	done bool
}

// Event goes by the type in the data: the event's name repeats it, and some gateways drop the name.
func (s *stream) Event(name string, data []byte) (d wire.Delta, hide bool, err error) {
	top, object := reading.NodeOf(bytes.TrimSpace(data))
	switch {
	case len(top) == 0 || string(top) == "null": // keeps the connection alive
		return wire.Delta{}, false, nil
	case string(top) == "[DONE]": // of a gateway
		s.done, s.final = true, s.final || !s.broken()
		return wire.Delta{}, false, nil
	case !object:
		return wire.Delta{}, false, refusal.Answered(refusal.NoObject(data), s.Response())
	}
	kind := top.Get("type").Text()
	if kind == "" {
		kind = name
	}
	before := s.broken()
	d.Text = s.event(kind, top)
	if !before && s.broken() {
		return d, false, refusal.Answered(s.failure(), s.Response())
	}
	return d, false, nil
}

// event takes an event and returns the text in it.
func (s *stream) event(kind string, top reading.Node) (text string) {
	response := top.Get("response")
	switch kind {
	case "response.completed", "response.incomplete", "response.failed":
		s.done = kind != "response.failed" // after which figures may come
		return s.end(response, strings.TrimPrefix(kind, "response."))
	case "response.output_item.added", "response.output_item.done":
		return s.said.whole(indexOf(top), top.Get("item"), kind == "response.output_item.done")
	case "error":
		s.fail(top)
	case "":
		if top.Get("output") != nil { // a server that cannot stream
			s.done = true
			return s.end(top, "")
		}
	}
	if strings.HasSuffix(kind, ".delta") {
		text = s.delta(kind, top)
	}
	if e := top.Get("error"); !e.Empty() {
		s.fail(top)
		s.running(e)
	}
	s.running(top)
	s.running(response)
	s.answer.RequestID = cmp.Or(reading.Word(response.Get("id").Text()), s.answer.RequestID)
	s.answer.Model = cmp.Or(response.Get("model").Text(), s.answer.Model)
	return text
}

// running takes the figures of a response on its way. Its tier is what was asked for, and its status that it goes on. After
// a failure the figures are the last.
func (s *stream) running(from reading.Node) {
	usage := from.Get("usage")
	if usage == nil {
		return
	}
	var f figures.Report
	f.Say(usage)
	s.meter.Add(&f)
	s.final = s.final || s.broken()
}

// indexOf is the place in the output of the item that an event is about, -1 where it does not say.
func indexOf(top reading.Node) int {
	n, ok := top.Get("output_index").Integer()
	if !ok || n < 0 {
		return -1
	}
	return int(n)
}

// delta takes a piece of an item and returns the text in it. What it is a piece of is in the event's type.
func (s *stream) delta(kind string, top reading.Node) (text string) {
	piece := top.Get("delta")
	if piece.Kind() == '{' {
		piece = piece.Get("text")
	}
	said := piece.Text()
	index, id := indexOf(top), top.Get("item_id").Text()
	it := s.said.find(index, id)
	if it == nil {
		it = s.said.add(index, id)
	}
	switch kind {
	case "response.output_text.delta", "response.text.delta":
		it.said.WriteString(said)
		return said
	case "response.refusal.delta":
		it.said.WriteString(said)
		it.refusal.WriteString(said)
		return said
	case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta":
		if it.call == nil {
			it.call = &reading.PartialCall{ID: top.Get("call_id").Text()}
		}
		it.call.Arguments.WriteString(said)
	default:
		if strings.HasPrefix(kind, "response.reasoning") {
			it.reasoning.WriteString(said)
		}
	}
	return ""
}

func (s *stream) Done() bool { return s.done }

func (s *stream) Response() *wire.Response { return s.response() }
