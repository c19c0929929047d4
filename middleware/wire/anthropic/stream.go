package anthropic

import (
	"bytes"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
)

func (format) Stream() wire.Stream { return &stream{reader: newReader()} }

type stream struct {
	*reader
	told   bool // the output in figures of its own
	failed bool // by an error with figures
	done   bool
}

// Event goes by the type in the data: the event's name repeats it, and some gateways drop the name.
func (s *stream) Event(name string, data []byte) (d wire.Delta, hide bool, err error) {
	top, object := reading.NodeOf(bytes.TrimSpace(data))
	switch {
	case len(top) == 0 || string(top) == "null": // keeps the connection alive
		return wire.Delta{}, false, nil
	case string(top) == "[DONE]": // of a gateway
		s.end()
		return wire.Delta{}, false, nil
	case !object:
		return wire.Delta{}, false, refusal.Answered(refusal.NoObject(data), s.Response())
	}
	kind := top.Get("type").Text()
	if kind == "" {
		kind = name
	}
	d.Text = s.event(kind, top)
	switch {
	case kind == "error":
		return d, false, refusal.Answered(refusal.Of(200, top), s.Response())
	case kind == "message_delta" && s.answer.Finish == wire.FinishError:
		return d, false, refusal.Answered(refusal.EndedBadly(s.ended), s.Response())
	}
	return d, false, nil
}

// event takes an event and returns the text in it.
func (s *stream) event(kind string, top reading.Node) (text string) {
	var f figures.Report
	switch kind {
	case "message_start":
		s.message(top.Get("message"), &f)
		s.first, f.Output = f.Output.N, figures.Figure{} // its output is that of the first token
	case "content_block_start":
		text = s.start(s.index(top), top.Get("content_block"))
	case "content_block_delta":
		text = s.delta(s.index(top), top.Get("delta"))
	case "message_delta":
		top.Get("delta").Members(func(key string, v reading.Node) {
			s.stop(key, v)
			s.usage(key, v, &f) // as the reference had it once, and servers after it (fumito-ito/AnthropicSwiftSDK#7)
		})
	case "message_stop":
		s.end()
	}
	top.Members(func(key string, v reading.Node) { s.usage(key, v, &f) })
	s.meter.Add(&f)
	told := f.Output.Known || f.Completion.Known
	s.told, s.failed = s.told || told, s.failed || told && kind == "error"
	s.final = s.told && (s.done || s.failed || s.answer.Finish != "")
	return text
}

// index is that of the event's content block.
func (s *stream) index(top reading.Node) int {
	n, _ := top.Get("index").Integer()
	return int(n)
}

// delta takes a piece of a content block and returns the text in it.
func (s *stream) delta(index int, v reading.Node) (text string) {
	v.Members(func(key string, v reading.Node) {
		switch key {
		case "text":
			text = v.Text()
			s.text.WriteString(text)
		case "thinking":
			s.reasoning.WriteString(v.Text())
		case "partial_json":
			if call := s.block[index]; call != nil {
				call.Arguments.WriteString(v.Text())
			}
		}
	})
	return text
}

func (s *stream) end() {
	s.done, s.final = true, s.told
}

func (s *stream) Done() bool { return s.done }

func (s *stream) Response() *wire.Response {
	r := s.response()
	if cost := s.meter.Billed(); s.done && cost != nil { // also where the figures are not final
		if r.Usage == nil {
			r.Usage = &wire.Usage{Unknown: budget.BothSides}
		}
		r.Usage.Billed, r.Usage.Least.Cost = cost, 0
	}
	return r
}
