package wire

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

func (openai) Stream() Stream { return &openaiStream{finished: make(map[int]bool)} }

type openaiStream struct {
	answer Response
	text   strings.Builder
	calls  []*partialCall
	done   bool

	// Some servers report running figures in every event. They are whole when every answer that was begun
	// has finished.
	usage    *budget.Usage
	billed   *budget.NanoUSD
	whole    bool
	finished map[int]bool // by index of the answer
}

func (s *openaiStream) Event(_ string, data []byte) (d Delta, hide bool, err error) {
	if bytes.Equal(bytes.TrimSpace(data), []byte("[DONE]")) {
		s.done = true
		return Delta{}, false, nil
	}
	var a openaiAnswer
	if err := json.Unmarshal(data, &a); err != nil {
		return Delta{}, false, unreadable(data, err)
	}
	if present(a.Error) {
		e := failure(200, data)
		e.Answer = s.Response()
		return Delta{}, false, e
	}
	if a.Model != "" {
		s.answer.Model = a.Model
	}
	if id := word(a.ID); id != "" {
		s.answer.RequestID = id
	}
	for _, c := range a.Choices {
		s.finished[c.Index] = s.finished[c.Index] || c.Finish != ""
		if c.Index == 0 {
			d.Text += s.first(c.Delta, c.Finish)
		}
	}
	usage, billed := openaiUsage(a.Usage)
	if usage != nil {
		s.usage, s.billed = usage, billed // the last value counts, never the sum
		s.whole = len(a.Choices) == 0 || s.allFinished()
	}
	return d, usage != nil && len(a.Choices) == 0, nil
}

// first takes a piece of the first answer and returns its text.
func (s *openaiStream) first(c openaiContent, finish string) string {
	if finish != "" && s.answer.Finish == "" {
		s.answer.Finish = openaiFinish(finish)
	}
	if c.Refusal != "" {
		s.answer.Finish = FinishFilter
	}
	for _, call := range c.ToolCalls {
		s.call(call)
	}
	s.text.WriteString(c.Content)
	s.text.WriteString(c.Refusal)
	return c.Content + c.Refusal
}

// call adds a piece of a tool call. Pieces are joined by index; a server that gives none sends calls one
// after the other, each beginning with its id.
func (s *openaiStream) call(piece openaiToolCall) {
	const most = 1024 // calls in one answer; an index is a number from outside
	i := len(s.calls) - 1
	switch {
	case piece.Index != nil:
		i = *piece.Index
	case piece.ID != "" || i < 0:
		i = len(s.calls)
	}
	if i < 0 || i >= most {
		return
	}
	for len(s.calls) <= i {
		s.calls = append(s.calls, &partialCall{})
	}
	call := s.calls[i]
	if piece.ID != "" {
		call.id = piece.ID
	}
	call.name += piece.Function.Name
	call.arguments.WriteString(piece.Function.Arguments)
}

func (s *openaiStream) allFinished() bool {
	for _, finished := range s.finished {
		if !finished {
			return false
		}
	}
	return true
}

func (s *openaiStream) Done() bool { return s.done }

func (s *openaiStream) Response() *Response {
	r := s.answer
	r.Text, r.ToolCalls = s.text.String(), whole(s.calls)
	if s.usage != nil && (s.done || s.whole) {
		r.Usage, r.Billed = s.usage, s.billed
	}
	return &r
}
