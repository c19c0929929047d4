package wire

import "bytes"

func (anthropic) Stream() Stream { return &anthropicStream{anthropicReader: newAnthropicReader()} }

type anthropicStream struct {
	*anthropicReader
	told   bool // the output in figures of its own
	failed bool // by an error with figures
	done   bool
}

// Event goes by the type in the data: the event's name repeats it, and some gateways drop the name.
func (s *anthropicStream) Event(name string, data []byte) (d Delta, hide bool, err error) {
	top, object := nodeOf(bytes.TrimSpace(data))
	switch {
	case len(top) == 0 || string(top) == "null": // keeps the connection alive
		return Delta{}, false, nil
	case string(top) == "[DONE]": // of a gateway
		s.end()
		return Delta{}, false, nil
	case !object:
		return Delta{}, false, answered(noObject(data), s.Response())
	}
	kind := top.get("type").text()
	if kind == "" {
		kind = name
	}
	d.Text = s.event(kind, top)
	switch {
	case kind == "error":
		return d, false, answered(failure(200, top), s.Response())
	case kind == "message_delta" && s.answer.Finish == finishError:
		return d, false, answered(endedBadly(s.ended), s.Response())
	}
	return d, false, nil
}

// event takes an event and returns the text in it.
func (s *anthropicStream) event(kind string, top node) (text string) {
	var f figures
	switch kind {
	case "message_start":
		s.message(top.get("message"), &f)
		s.first, f.output = f.output.n, figure{} // its output is that of the first token
	case "content_block_start":
		text = s.start(s.index(top), top.get("content_block"))
	case "content_block_delta":
		text = s.delta(s.index(top), top.get("delta"))
	case "message_delta":
		top.get("delta").members(func(key string, v node) {
			s.stop(key, v)
			s.usage(key, v, &f) // as the reference had it once, and servers after it (fumito-ito/AnthropicSwiftSDK#7)
		})
	case "message_stop":
		s.end()
	}
	top.members(func(key string, v node) { s.usage(key, v, &f) })
	s.meter.add(&f)
	told := f.output.known || f.completion.known
	s.told, s.failed = s.told || told, s.failed || told && kind == "error"
	s.final = s.told && (s.done || s.failed || s.answer.Finish != "")
	return text
}

// index is that of the event's content block.
func (s *anthropicStream) index(top node) int {
	n, _ := top.get("index").integer()
	return int(n)
}

// delta takes a piece of a content block and returns the text in it.
func (s *anthropicStream) delta(index int, v node) (text string) {
	v.members(func(key string, v node) {
		switch key {
		case "text":
			text = v.text()
			s.text.WriteString(text)
		case "thinking":
			s.reasoning.WriteString(v.text())
		case "partial_json":
			if call := s.block[index]; call != nil {
				call.arguments.WriteString(v.text())
			}
		}
	})
	return text
}

func (s *anthropicStream) end() {
	s.done, s.final = true, s.told
}

func (s *anthropicStream) Done() bool { return s.done }

func (s *anthropicStream) Response() *Response {
	r := s.response()
	if s.done {
		r.Billed, r.Least.Cost = s.meter.billed(), 0
	}
	return r
}
