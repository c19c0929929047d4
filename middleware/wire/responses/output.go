package responses

import (
	"cmp"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// output is what an answer says, in items: messages, reasoning, calls. What the provider's own servers do (a web search and
// what it found) is no part of what the model says.
type output struct{ items []*item }

// item is one of them, while its pieces come in.
type item struct {
	index int // in the output, -1 if nobody says
	id    string
	done  bool // it was said in full

	said      strings.Builder // texts, and refusals among them
	refusal   strings.Builder
	reasoning strings.Builder
	call      *reading.PartialCall
	logprobs  []json.RawMessage
}

// maxItems bounds the items of one answer, whose number comes from outside.
const maxItems = reading.MaxCalls

// outputOf reads the list of a response that is over.
func outputOf(list reading.Node) (o output) {
	if list.Kind() == '"' { // of a server that has no items
		o.add(0, "").said.WriteString(list.Text())
	}
	list.Elements(func(i int, v reading.Node) {
		if v.Kind() == '{' {
			o.add(i, "").read(v)
		}
	})
	return o
}

// add begins an item. Beyond the bound the last one goes on.
func (o *output) add(index int, id string) *item {
	if len(o.items) == maxItems {
		return o.items[maxItems-1]
	}
	it := &item{index: index, id: id}
	o.items = append(o.items, it)
	return it
}

// find returns the item that an event is about, nil if it is the first of it. Servers number the items, or name them, or
// neither: then it is the last.
func (o *output) find(index int, id string) *item {
	for i := len(o.items) - 1; i >= 0; i-- {
		it := o.items[i]
		if index >= 0 && it.index == index || index < 0 && (id == "" || it.id == id) {
			return it
		}
	}
	return nil
}

// whole takes an item that begins, or is said in full, and returns the text in it that is new. Where a server numbers all
// alike, what begins after a full one, and a call of another name, is another item.
func (o *output) whole(index int, v reading.Node, done bool) (added string) {
	one := item{id: v.Get("id").Text()}
	one.read(v)
	it := o.find(index, one.id)
	switch nameless := index < 0 && one.id == ""; {
	case it == nil, it.done && (nameless || !done), it.call != nil && one.call != nil && it.call.ID != one.call.ID:
		it = o.add(index, one.id)
	}
	it.done = it.done || done
	return it.become(&one)
}

// become takes what a later whole says, unless that is less, and returns the text that is new.
func (it *item) become(whole *item) (added string) {
	if is, was := whole.said.String(), it.said.String(); len(is) > len(was) {
		if rest, ok := strings.CutPrefix(is, was); ok {
			added = rest
		}
		replace(&it.said, is)
	}
	for _, p := range [][2]*strings.Builder{{&it.refusal, &whole.refusal}, {&it.reasoning, &whole.reasoning}} {
		if p[1].Len() > p[0].Len() {
			replace(p[0], p[1].String())
		}
	}
	if c := whole.call; c != nil && (it.call == nil || size(c) >= size(it.call)) {
		it.call = c
	}
	if whole.logprobs != nil {
		it.logprobs = whole.logprobs
	}
	return added
}

func replace(b *strings.Builder, text string) {
	b.Reset()
	b.WriteString(text)
}

func size(c *reading.PartialCall) int {
	return len(c.ID) + len(c.Name) + len(cmp.Or(c.Arguments.String(), c.Given))
}

// become takes the output of a response that is over, unless that is less than what came before it (some servers leave it
// empty at the end of a stream). It returns the text that is new.
func (o *output) become(whole *output) (added string) {
	var was, is wire.Response
	o.fill(&was)
	whole.fill(&is)
	if volume(&is) < volume(&was) {
		return ""
	}
	if len(whole.items) > 0 {
		o.items = whole.items
	}
	rest, _ := strings.CutPrefix(is.Text, was.Text)
	if len(rest) == len(is.Text) && was.Text != "" {
		return ""
	}
	return rest
}

func volume(r *wire.Response) int {
	n := len(r.Text) + len(r.Reasoning)
	for _, c := range r.ToolCalls {
		n += 1 + len(c.ID) + len(c.Name) + len(c.Arguments)
	}
	return n
}

// fill puts into r what is said.
func (o *output) fill(r *wire.Response) {
	var said, refusal, reasoning strings.Builder
	var calls []*reading.PartialCall
	var logprobs []json.RawMessage
	for _, it := range o.items {
		said.WriteString(it.said.String())
		refusal.WriteString(it.refusal.String())
		reasoning.WriteString(it.reasoning.String())
		if it.call != nil {
			calls = append(calls, it.call)
		}
		logprobs = append(logprobs, it.logprobs...)
	}
	r.Text, r.Refusal, r.Reasoning, r.ToolCalls = said.String(), refusal.String(), reasoning.String(), reading.WholeCalls(calls)
	if logprobs != nil {
		r.Logprobs = reading.Marshal(logprobs)
	}
}

// read takes a whole item.
func (it *item) read(v reading.Node) {
	switch kind := v.Get("type").Text(); kind {
	case "message", "":
		content := v.Get("content")
		if content.Kind() == '"' {
			it.said.WriteString(content.Text())
		}
		content.Elements(func(_ int, part reading.Node) { it.part(part) })
	case "reasoning":
		it.reasoning.WriteString(reading.Thought(v.Get("summary"), 0))
		it.reasoning.WriteString(reading.Thought(v.Get("content"), 0))
	case "function_call", "custom_tool_call":
		it.call = callOf(v.Get("name").Text(), v)
	default: // of a kind that the provider defines, for the client (local_shell_call)
		if v.Get("call_id") != nil && strings.HasSuffix(kind, "_call") {
			it.call = callOf(cmp.Or(v.Get("name").Text(), strings.TrimSuffix(kind, "_call")), v)
		}
	}
}

// callOf is a call of a tool of the client's.
func callOf(name string, v reading.Node) *reading.PartialCall {
	c := &reading.PartialCall{ID: v.Get("call_id").Text(), Name: name}
	for _, key := range []string{"arguments", "input", "action", "operation"} {
		switch given := v.Get(key); given.Kind() {
		case '"':
			c.Arguments.WriteString(given.Text())
			return c
		case '{', '[':
			c.Given = string(given)
			return c
		}
	}
	return c
}

// part takes a part of a message.
func (it *item) part(v reading.Node) {
	switch v.Get("type").Text() {
	case "output_text", "text", "":
		it.said.WriteString(v.Get("text").Text())
		v.Get("logprobs").Elements(func(_ int, one reading.Node) {
			if json.Valid(one) && utf8.Valid(one) {
				it.logprobs = append(it.logprobs, json.RawMessage(one))
			}
		})
	case "refusal":
		it.said.WriteString(v.Get("refusal").Text())
		it.refusal.WriteString(v.Get("refusal").Text())
	}
}
