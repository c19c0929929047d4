package gemini

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// candidate is one of the answers to a request, while it comes in.
type candidate struct {
	index          int
	text, thoughts strings.Builder
	calls          []*reading.PartialCall
	refusal        string
	logprobs       reading.Node
	finish         wire.Finish
}

// read takes a candidate, or a piece of one, and returns the text in it.
func (c *candidate) read(v reading.Node) (text string) {
	v.Members(func(key string, v reading.Node) {
		switch key {
		case "content":
			v.Get("parts").Elements(func(_ int, part reading.Node) { text += c.part(part) })
		case "finishReason":
			if reason := v.Text(); reason != "" && reason != "FINISH_REASON_UNSPECIFIED" {
				c.finish = reading.FinishOf(reason)
			}
		case "finishMessage":
			c.refusal = v.Text()
		case "logprobsResult":
			if json.Valid(v) {
				c.logprobs = slices.Clone(v)
			}
		}
	})
	c.text.WriteString(text)
	return text
}

// part takes a part and returns the text in it. What the provider's own servers run and find is no part of what the model
// says.
func (c *candidate) part(v reading.Node) (text string) {
	thought := string(v.Get("thought")) == "true"
	v.Members(func(key string, v reading.Node) {
		switch {
		case key == "text" && thought:
			c.thoughts.WriteString(v.Text())
		case key == "text":
			text = v.Text()
		case key == "functionCall":
			c.call(v)
		}
	})
	return text
}

// call takes a function call. One that is streamed is named in its first piece, and its later ones bring arguments alone,
// each with its place (Vertex AI, streamFunctionCallArguments).
func (c *candidate) call(v reading.Node) {
	name, id := v.Get("name").Text(), v.Get("id").Text()
	pieces := v.Get("partialArgs")
	if n := len(c.calls); name == "" && id == "" && n > 0 {
		c.calls[n-1].Arguments.Write(pieces)
		return
	}
	if len(c.calls) == reading.MaxCalls {
		return
	}
	call := &reading.PartialCall{ID: id, Name: name, Given: string(v.Get("args"))}
	call.Arguments.Write(pieces)
	c.calls = append(c.calls, call)
}

// choice is what is known so far. Google says STOP of calls, too.
func (c *candidate) choice() wire.Choice {
	finish, refusal := c.finish, ""
	if finish == wire.FinishStop && len(c.calls) > 0 {
		finish = wire.FinishTools
	}
	if finish == wire.FinishFilter {
		refusal = c.refusal
	}
	return wire.Choice{
		Index: c.index, Text: c.text.String(), ToolCalls: reading.WholeCalls(c.calls), Refusal: refusal,
		Reasoning: c.thoughts.String(), Logprobs: json.RawMessage(c.logprobs), Finish: finish,
	}
}
