// Package count counts the input tokens of requests, whatever they were built or read from. It is pure but for
// its bounded memory of what was counted.
//
// Beside its texts a request counts, with "+n" for a margin:
//
//	                        once     message  tools    tool  call  schema  of JSON
//	OpenAI                  3        3        12+16    10    8     +64     +1/4
//	OpenAI, reasoning       3+16     3+1      12+64    10    8     +64     +1/4
//	OpenAI, gpt-oss         3+128    3+2      12+64    10    8     +64     +1/4
//	Anthropic               4+8      4+4      496+308  12    12    +400    +1/4
//	Gemini                  1+8      1+4      16+240   12    8     +128    +1/2
//	all others              4+48     5+4      64+448   12    12    +400    +1/2
//
// A message's role and name count as texts, a name with one more; of the role "function", OpenAI's has 2 fewer, which
// are margin from GPT-4o on; identifiers of calls are margin. Tools are
// once for all of them, and a schema of structured output counts as a tool besides its own margin. JSON is the
// texts of tools, calls and schemas, which providers render in their own ways; there, 2 more are margin for
// each element of a list. A text under a key that the format does not have counts as JSON and a message with one
// more of margin. Images count by their model's rule: as an estimate where their size is known, else as
// the most that the rule allows; one that has no limit leaves the count without a basis.
//
// A request is counted once: a middleware keeps the result in its copy's Count. The same conversation with
// more at its end costs only what is new, because what messages and tools count is remembered for the
// process: about the last 14,000 of them, and never more than 28,672 in 3 MB, by hash and without their texts.
package count

import (
	"context"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// remembered is what [Of] remembers.
var remembered = newMemo()

// Of returns the input tokens of r, with everything that its provider adds around the texts. It is as
// sure as the least sure part: exact for texts to OpenAI's documented models, an estimate with a margin
// for tools, structured output and the other families, and no basis for anything ([tokenizer.None]) if
// [Uncounted] names something that is charged for and cannot be seen.
// It is safe for concurrent use.
func Of(r *wire.Request) tokenizer.Count {
	n, _ := OfContext(context.Background(), r) // fails only if the context ends
	return n
}

// OfContext is Of, but gives up soon after ctx ends, however long the request is. The error is then ctx's cause,
// and the count is zero.
func OfContext(ctx context.Context, r *wire.Request) (tokenizer.Count, error) {
	n := count(ctx, r, remembered)
	if ctx.Err() != nil {
		return tokenizer.Count{}, context.Cause(ctx)
	}
	return n, nil
}

// count returns what r counts, or anything once ctx has ended.
func count(ctx context.Context, r *wire.Request, m *memo) tokenizer.Count {
	model := models.Of(r.Model)
	t := tally{ctx, model.Counter(), model.Overhead(), m}
	sum := t.fixed(t.shape.Request, t.shape.RequestMargin)
	for i := range r.Messages {
		sum = sum.Add(t.part((*message)(&r.Messages[i])))
	}
	if len(r.Tools) > 0 {
		sum = sum.Add(t.fixed(t.shape.Tools, t.shape.ToolsMargin))
	}
	for i := range r.Tools {
		sum = sum.Add(t.part((*tool)(&r.Tools[i])))
	}
	if r.Schema != nil {
		sum = sum.Add(t.part(&tool{Schema: r.Schema})).Add(t.fixed(0, t.shape.SchemaMargin))
	}
	if r.Body != nil {
		sum = sum.Add(t.body(r.Body))
	}
	for _, i := range pictures(r) {
		sum = sum.Add(t.image(model.Images(), i))
	}
	if Uncounted(r) != "" {
		sum.Certainty = tokenizer.None
	}
	return sum
}

// body counts the texts and the margin that a foreign body has besides messages, tools and a schema.
func (t tally) body(b *wire.Body) tokenizer.Count {
	sum := t.fixed(0, b.Hidden)
	for _, text := range b.Extra {
		sum = sum.Add(t.part((*extraText)(&text)))
	}
	return sum
}
