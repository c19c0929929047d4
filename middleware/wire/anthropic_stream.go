package wire

import (
	"encoding/json"
	"strings"
)

func (anthropic) Stream() Stream { return &anthropicStream{block: make(map[int]*partialCall)} }

type anthropicStream struct {
	answer Response
	text   strings.Builder
	usage  anthropicUsage
	calls  []*partialCall
	block  map[int]*partialCall // calls by the index of their content block
	final  bool                 // the final figures were seen
	done   bool
}

// anthropicEvent is any event: each has some of the fields.
type anthropicEvent struct {
	Type    string            `json:"type"`
	Index   int               `json:"index"`
	Message anthropicAnswer   `json:"message"`       // message_start
	Block   anthropicAnswered `json:"content_block"` // content_block_start
	Delta   struct {
		Type    string `json:"type"`
		Text    string `json:"text"`         // text_delta
		Partial string `json:"partial_json"` // input_json_delta
		Stop    string `json:"stop_reason"`  // message_delta
	} `json:"delta"`
	Usage json.RawMessage `json:"usage"` // message_delta
}

// Event goes by the type in the data: the event's name repeats it, and some gateways drop the name.
func (s *anthropicStream) Event(_ string, data []byte) (d Delta, hide bool, err error) {
	var e anthropicEvent
	if err := json.Unmarshal(data, &e); err != nil {
		return Delta{}, false, unreadable(data, err)
	}
	switch e.Type {
	case "message_start":
		s.answer.Model, s.answer.RequestID = e.Message.Model, word(e.Message.ID)
		s.usage.merge(e.Message.Usage) // the input; its output is that of the first token
	case "content_block_start":
		d.Text = e.Block.Text
		if e.Block.Type == "tool_use" {
			call := &partialCall{id: e.Block.ID, name: e.Block.Name}
			s.calls, s.block[e.Index] = append(s.calls, call), call
		}
	case "content_block_delta":
		d.Text = e.Delta.Text
		if call := s.block[e.Index]; call != nil {
			call.arguments.WriteString(e.Delta.Partial)
		}
	case "message_delta":
		s.usage.merge(e.Usage)
		if e.Delta.Stop != "" {
			s.answer.Finish = anthropicFinish(e.Delta.Stop)
			s.final = present(e.Usage)
		}
	case "message_stop":
		s.done = true
	case "error":
		failed := failure(200, data)
		failed.Answer = s.Response()
		return Delta{}, false, failed
	}
	s.text.WriteString(d.Text)
	return d, false, nil
}

func (s *anthropicStream) Done() bool { return s.done }

func (s *anthropicStream) Response() *Response {
	r := s.answer
	r.Text, r.ToolCalls = s.text.String(), whole(s.calls)
	if s.final {
		r.Usage = s.usage.usage()
	}
	return &r
}
