package openai

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// choice is one choice, while its pieces come in.
type choice struct {
	index     int
	text      strings.Builder
	refusal   strings.Builder
	reasoning strings.Builder
	calls     []*reading.PartialCall
	function  *reading.PartialCall // of the time before tools
	logprobs  logprobs
	finish    wire.Finish
	ended     string // finish in the server's word
	error     reading.Node
}

// read takes a piece of a choice and returns the text and the usage in it. whole says that it is no piece but all.
func (c *choice) read(v reading.Node, whole bool) (text string, usage reading.Node) {
	before := c.text.Len()
	started := before > 0 || len(c.calls) > 0
	v.Members(func(key string, v reading.Node) {
		switch key {
		case "delta":
			usage = v.Get("usage")
			c.message(v, false)
		case "message": // in a stream, of a server that cannot; or all of it again at its end
			if whole || !started {
				c.message(v, true)
			}
		case "text": // of the time before chats
			c.text.WriteString(v.Text())
		case "finish_reason":
			if reason := v.Text(); reason != "" && c.finish == "" {
				c.finish, c.ended = reading.FinishOf(reason), reason
			}
		case "logprobs":
			c.logprobs.add(v)
		case "usage":
			if v != nil {
				usage = v
			}
		case "error":
			if !v.Empty() {
				c.error = slices.Clone(v)
			}
		}
	})
	return c.text.String()[before:], usage
}

// message takes a message or a piece of one.
func (c *choice) message(v reading.Node, whole bool) {
	var p piece
	v.Members(func(key string, v reading.Node) {
		switch key {
		case "content":
			p.content(v, 0)
		case "refusal":
			p.refusal += v.Text()
		case "audio":
			p.transcript += v.Get("transcript").Text()
		case "reasoning_content", "reasoning", "thinking", "reasoning_details":
			p.told = longer(p.told, reading.Thought(v, 0)) // the same under several keys, for clients of several kinds
		case "tool_calls":
			v.Elements(func(_ int, call reading.Node) { c.call(call, whole) })
		case "function_call":
			if v.Kind() == '{' {
				if c.function == nil {
					c.function = &reading.PartialCall{}
					c.calls = append(c.calls, c.function)
				}
				c.function.Add(v)
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
func (c *choice) call(piece reading.Node, whole bool) {
	if piece.Kind() != '{' {
		return
	}
	var p reading.PartialCall
	var index reading.Node
	piece.Members(func(key string, v reading.Node) {
		switch key {
		case "id":
			p.ID = v.Text()
		case "index":
			index = v
		case "function", "custom":
			p.Add(v)
		}
	})
	i := len(c.calls) - 1
	if n, ok := index.Integer(); ok && !whole {
		i = int(n)
	} else if whole || p.ID != "" || i < 0 {
		i = len(c.calls)
	}
	if i < 0 || i >= reading.MaxCalls {
		return
	}
	for len(c.calls) <= i {
		c.calls = append(c.calls, &reading.PartialCall{})
	}
	c.calls[i].Join(&p)
}

// choice is what is known of the choice.
func (c *choice) choice() wire.Choice {
	out := wire.Choice{
		Index: c.index, Text: c.text.String(), Refusal: c.refusal.String(), Reasoning: c.reasoning.String(),
		ToolCalls: reading.WholeCalls(c.calls), Logprobs: c.logprobs.raw(), Finish: c.finish,
	}
	if out.Refusal != "" {
		out.Finish = wire.FinishFilter
	}
	return out
}

// piece is what one message says.
type piece struct {
	text, refusal, reasoning string
	told                     string // reasoning beside the content
	transcript               string // of speech
}

// content takes what a message says: a string, or a list of parts.
func (p *piece) content(v reading.Node, depth int) {
	switch {
	case depth > reading.MaxNested || v == nil:
	case v.Kind() == '[':
		var text, refusal, reasoning strings.Builder
		v.Elements(func(_ int, part reading.Node) {
			var one piece
			one.content(part, depth+1)
			text.WriteString(one.text)
			refusal.WriteString(one.refusal)
			reasoning.WriteString(one.reasoning)
		})
		p.text, p.refusal, p.reasoning = text.String(), p.refusal+refusal.String(), reasoning.String()
	case v.Kind() == '{':
		p.part(v)
	default:
		p.text = v.Text()
	}
}

// part takes a part of a message: a text, a refusal, or what the model thought. Others (references, images) say nothing.
func (p *piece) part(v reading.Node) {
	switch v.Get("type").Text() {
	case "refusal":
		p.refusal += v.Get("refusal").Text()
	case "thinking", "reasoning":
		p.reasoning = reading.Thought(v, 0)
	case "", "text", "output_text":
		text := v.Get("text")
		if text.Kind() == '{' {
			text = text.Get("value")
		}
		p.text = text.Text()
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
	last   reading.Node
	lists  map[string][]json.RawMessage
}

func (l *logprobs) add(v reading.Node) {
	if v.Empty() || !json.Valid(v) || !utf8.Valid(v) {
		return
	}
	l.last = slices.Clone(v)
	l.pieces++
	for _, key := range []string{"content", "refusal"} {
		l.last.Get(key).Elements(func(_ int, one reading.Node) {
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
	return reading.Marshal(l.lists)
}
