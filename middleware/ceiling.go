package middleware

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// evidence counts the output that an answer brought, over all its choices, reasoning that was told included: no
// less was generated. Providers render tool calls in ways of their own, so those have a margin of a half.
func evidence(model string, resp *Response) (sum tokenizer.Count) {
	counter := models.Of(model).Counter()
	add := func(text string) (tokens int64) {
		if text == "" {
			return 0
		}
		n := counter.Count(text)
		sum = sum.Add(n)
		return n.Tokens
	}
	for _, c := range resp.All() {
		add(c.Text)
		add(c.Reasoning)
		if c.Refusal != c.Text {
			add(c.Refusal)
		}
		for _, call := range c.ToolCalls {
			sum.Margin += (add(call.Name) + add(call.Arguments)) / 2
		}
	}
	return sum
}

// Ceiling watches how much of one stream was delivered against [wire.Request.Ceiling]. Who reads a stream asks it, and
// cuts the stream at its word. The zero value is ready to use, by one goroutine.
type Ceiling struct {
	read, next int64 // bytes of the stream so far, and how many make the next count due
}

// Passed returns an error, a *wire.Error of class Garbled whose Answer is what came, if a stream which is not done has
// surely delivered more than the ceiling of req. It is called when the events in the n more bytes that were read
// have been given to the stream, so that usage among them counts.
//
// It counts when the stream has doubled, for counting each event would take time in proportion to the square of
// the answer; so a stream is found out before it is twice as long as it may be.
func (c *Ceiling) Passed(n int, req *Request, stream wire.Stream) error {
	c.read += int64(n)
	// No text has more tokens than bytes, and no stream fewer bytes than its text.
	if req.Ceiling <= 0 || c.read <= max(c.next, req.Ceiling) || stream.Done() {
		return nil
	}
	c.next = 2 * c.read
	answer := stream.Response()
	if least(evidence(req.Model, answer)) <= req.Ceiling {
		return nil
	}
	return &wire.Error{
		Class: wire.Garbled, Answer: answer,
		Message: fmt.Sprintf("the answer went on past its output cap, %d tokens in all, and was cut", req.Ceiling),
	}
}

// least is what a count surely is of: as its margin says by which factor it may be too low, it may be too high by the
// same. Taken off as it is, the margin of a model that is not known would leave nothing.
func least(c tokenizer.Count) int64 {
	if c.Tokens <= 0 {
		return 0
	}
	return int64(float64(c.Tokens) * float64(c.Tokens) / float64(c.Bound()))
}
