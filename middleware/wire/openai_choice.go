package wire

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// openaiChoice is one choice, while its pieces come in.
type openaiChoice struct {
	index     int
	text      strings.Builder
	refusal   strings.Builder
	reasoning strings.Builder
	calls     []*partialCall
	function  *partialCall // of the time before tools
	logprobs  logprobs
	finish    Finish
	ended     string // finish in the server's word
	error     node
}

// read takes a piece of a choice and returns the text and the usage in it. whole says that it is no piece but all.
func (c *openaiChoice) read(v node, whole bool) (text string, usage node) {
	before := c.text.Len()
	started := before > 0 || len(c.calls) > 0
	v.members(func(key string, v node) {
		switch key {
		case "delta":
			usage = v.get("usage")
			c.message(v, false)
		case "message": // in a stream, of a server that cannot; or all of it again at its end
			if whole || !started {
				c.message(v, true)
			}
		case "text": // of the time before chats
			c.text.WriteString(v.text())
		case "finish_reason":
			if reason := v.text(); reason != "" && c.finish == "" {
				c.finish, c.ended = finishOf(reason), reason
			}
		case "logprobs":
			c.logprobs.add(v)
		case "usage":
			if v != nil {
				usage = v
			}
		case "error":
			if !v.empty() {
				c.error = slices.Clone(v)
			}
		}
	})
	return c.text.String()[before:], usage
}

// message takes a message or a piece of one.
func (c *openaiChoice) message(v node, whole bool) {
	var p openaiPiece
	v.members(func(key string, v node) {
		switch key {
		case "content":
			p.content(v, 0)
		case "refusal":
			p.refusal += v.text()
		case "audio":
			p.transcript += v.get("transcript").text()
		case "reasoning_content", "reasoning", "thinking", "reasoning_details":
			p.told = longer(p.told, thought(v, 0)) // the same under several keys, for clients of several kinds
		case "tool_calls":
			v.elements(func(_ int, call node) { c.call(call, whole) })
		case "function_call":
			if v.kind() == '{' {
				if c.function == nil {
					c.function = &partialCall{}
					c.calls = append(c.calls, c.function)
				}
				c.function.add(v)
			}
		}
	})
	if p.text == "" {
		p.text = p.transcript
	}
	c.text.WriteString(p.text)
	c.text.WriteString(p.refusal)
	c.refusal.WriteString(p.refusal)
	c.reasoning.WriteString(longer(p.told, p.reasoning))
}

// call adds a tool call or a piece of one. Pieces are joined by index; a server that gives none sends calls one after the
// other, each beginning with its id.
func (c *openaiChoice) call(piece node, whole bool) {
	if piece.kind() != '{' {
		return
	}
	var p partialCall
	var index node
	piece.members(func(key string, v node) {
		switch key {
		case "id":
			p.id = v.text()
		case "index":
			index = v
		case "function", "custom":
			p.add(v)
		}
	})
	i := len(c.calls) - 1
	if n, ok := index.integer(); ok && !whole {
		i = int(n)
	} else if whole || p.id != "" || i < 0 {
		i = len(c.calls)
	}
	if i < 0 || i >= maxCalls {
		return
	}
	for len(c.calls) <= i {
		c.calls = append(c.calls, &partialCall{})
	}
	c.calls[i].join(&p)
}

// choice is what is known of the choice.
func (c *openaiChoice) choice() Choice {
	out := Choice{
		Index: c.index, Text: c.text.String(), Refusal: c.refusal.String(), Reasoning: c.reasoning.String(),
		ToolCalls: whole(c.calls), Logprobs: c.logprobs.raw(), Finish: c.finish,
	}
	if out.Refusal != "" {
		out.Finish = FinishFilter
	}
	return out
}

// openaiPiece is what one message says.
type openaiPiece struct {
	text, refusal, reasoning string
	told                     string // reasoning beside the content
	transcript               string // of speech
}

// content takes what a message says: a string, or a list of parts.
func (p *openaiPiece) content(v node, depth int) {
	switch {
	case depth > maxNested || v == nil:
	case v.kind() == '[':
		var text, refusal, reasoning strings.Builder
		v.elements(func(_ int, part node) {
			var one openaiPiece
			one.content(part, depth+1)
			text.WriteString(one.text)
			refusal.WriteString(one.refusal)
			reasoning.WriteString(one.reasoning)
		})
		p.text, p.refusal, p.reasoning = text.String(), p.refusal+refusal.String(), reasoning.String()
	case v.kind() == '{':
		p.part(v)
	default:
		p.text = v.text()
	}
}

// part takes a part of a message: a text, a refusal, or what the model thought. Others (references, images) say nothing.
func (p *openaiPiece) part(v node) {
	switch v.get("type").text() {
	case "refusal":
		p.refusal += v.get("refusal").text()
	case "thinking", "reasoning":
		p.reasoning = thought(v, 0)
	case "", "text", "output_text":
		text := v.get("text")
		if text.kind() == '{' {
			text = text.get("value")
		}
		p.text = text.text()
	}
}

func longer(a, b string) string {
	if len(b) > len(a) {
		return b
	}
	return a
}

// logprobs joins the log probabilities of a choice: two lists in each piece. What came in one piece, or has another
// shape, is kept as it last came.
type logprobs struct {
	pieces int
	last   node
	lists  map[string][]json.RawMessage
}

func (l *logprobs) add(v node) {
	if v.empty() || !json.Valid(v) || !utf8.Valid(v) {
		return
	}
	l.last = slices.Clone(v)
	l.pieces++
	for _, key := range []string{"content", "refusal"} {
		l.last.get(key).elements(func(_ int, one node) {
			if l.lists == nil {
				l.lists = make(map[string][]json.RawMessage)
			}
			l.lists[key] = append(l.lists[key], json.RawMessage(one))
		})
	}
}

// raw is all of it as JSON, nil if there is none.
func (l *logprobs) raw() json.RawMessage {
	if l.pieces <= 1 || l.lists == nil {
		return json.RawMessage(l.last)
	}
	return marshal(l.lists)
}
