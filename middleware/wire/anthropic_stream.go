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
	top, object := NodeOf(bytes.TrimSpace(data))
	switch {
	case len(top) == 0 || string(top) == "null": // keeps the connection alive
		return Delta{}, false, nil
	case string(top) == "[DONE]": // of a gateway
		s.end()
		return Delta{}, false, nil
	case !object:
		return Delta{}, false, Answered(NoObject(data), s.Response())
	}
	kind := top.Get("type").Text()
	if kind == "" {
		kind = name
	}
	d.Text = s.event(kind, top)
	switch {
	case kind == "error":
		return d, false, Answered(Failure(200, top), s.Response())
	case kind == "message_delta" && s.answer.Finish == FinishError:
		return d, false, Answered(EndedBadly(s.ended), s.Response())
	}
	return d, false, nil
}

// event takes an event and returns the text in it.
func (s *anthropicStream) event(kind string, top Node) (text string) {
	var f Report
	switch kind {
	case "message_start":
		s.message(top.Get("message"), &f)
		s.first, f.Output = f.Output.N, Figure{} // its output is that of the first token
	case "content_block_start":
		text = s.start(s.index(top), top.Get("content_block"))
	case "content_block_delta":
		text = s.delta(s.index(top), top.Get("delta"))
	case "message_delta":
		top.Get("delta").Members(func(key string, v Node) {
			s.stop(key, v)
			s.usage(key, v, &f) // as the reference had it once, and servers after it (fumito-ito/AnthropicSwiftSDK#7)
		})
	case "message_stop":
		s.end()
	}
	top.Members(func(key string, v Node) { s.usage(key, v, &f) })
	s.meter.Add(&f)
	told := f.Output.Known || f.Completion.Known
	s.told, s.failed = s.told || told, s.failed || told && kind == "error"
	s.final = s.told && (s.done || s.failed || s.answer.Finish != "")
	return text
}

// index is that of the event's content block.
func (s *anthropicStream) index(top Node) int {
	n, _ := top.Get("index").Integer()
	return int(n)
}

// delta takes a piece of a content block and returns the text in it.
func (s *anthropicStream) delta(index int, v Node) (text string) {
	v.Members(func(key string, v Node) {
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

func (s *anthropicStream) end() {
	s.done, s.final = true, s.told
}

func (s *anthropicStream) Done() bool { return s.done }

func (s *anthropicStream) Response() *Response {
	r := s.response()
	if s.done {
		r.Billed, r.Least.Cost = s.meter.Billed(), 0
	}
	return r
}
