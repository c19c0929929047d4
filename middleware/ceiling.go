package middleware

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// evidence counts the output that an answer brought, over all its choices, reasoning that was told included: no
// less was generated. Providers render tool calls in ways of their own, so those have a margin of a half.
func evidence(model string, resp *Response) (sum tokenizer.Count) {
	counter := tokenizer.For(model)
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

// ceiling watches how much of a stream was delivered.
type ceiling struct {
	read, next int64 // bytes of the stream so far, and how many make the next count due
}

// passed reports whether a stream has surely delivered more than its request's ceiling, once n more bytes were read.
// It counts when the stream has doubled, for counting each event would take time in proportion to the square of
// the answer; so a stream is found out before it is twice as long as it may be.
func (c *ceiling) passed(n int, req *Request, so func() *Response) bool {
	c.read += int64(n)
	// No text has more tokens than bytes, and no stream fewer bytes than its text.
	if req.Ceiling <= 0 || c.read <= max(c.next, req.Ceiling) {
		return false
	}
	c.next = 2 * c.read
	return least(evidence(req.Model, so())) > req.Ceiling
}

// least is what a count surely is of: as its margin says by which factor it may be too low, it may be too high by the
// same. Taken off as it is, the margin of a model that is not known would leave nothing.
func least(c tokenizer.Count) int64 {
	if c.Tokens <= 0 {
		return 0
	}
	return int64(float64(c.Tokens) * float64(c.Tokens) / float64(c.Bound()))
}

// errPassed is how a stream ends that went on past the ceiling.
func errPassed(req *Request, so *Response) error {
	return &wire.Error{
		Class: wire.Garbled, Answer: so,
		Message: fmt.Sprintf("the answer went on past its output cap, %d tokens in all, and was cut", req.Ceiling),
	}
}
