package middleware

import (
	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// outcome is what an answer books: the provider's word as far as it gave it and it can be true.
func outcome(req *Request, resp *Response) budget.Outcome {
	o := budget.Outcome{Served: resp.Model, RequestID: resp.RequestID}
	said := resp.Usage
	if said == nil {
		said = &wire.Usage{Unknown: budget.BothSides}
	}
	o.Billed, o.Tier, o.LeastCost = said.Billed, said.Tier, said.Least.Cost
	if !resp.Reported() || said.Unknown == budget.BothSides {
		o.Unknown, o.Reason = budget.BothSides, "answered without usage"
	} else {
		o.Usage, o.Unknown = said.Usage, unknown(resp)
		o.Assumed, o.Reason = said.Doubt != "", said.Doubt
	}
	if o.Unknown != 0 {
		o.Assumed, o.Delivered = true, max(evidence(req.Model, resp).Tokens, said.Least.Output)
		if o.Unknown == budget.BothSides && req.Count != nil {
			o.Delivered = max(o.Delivered, said.Least.Total-req.Count.Bound()) // beside the input that is held
		}
		if o.Reason == "" {
			o.Reason = missing[o.Unknown]
		}
	}
	return o
}

// failure is what a failed attempt books that may have been billed.
func failure(req *Request, e *wire.Error, reason string) budget.Outcome {
	o := budget.Outcome{Assumed: true, Unknown: budget.BothSides}
	if e.Answer != nil {
		o = outcome(req, e.Answer)
	}
	if o.RequestID == "" {
		o.RequestID = e.RequestID
	}
	o.Reason = reason
	return o
}

// missing says which sides of a usage an answer left out.
var missing = map[budget.Sides]string{
	budget.InputSide:  "answered without a possible number of input tokens",
	budget.OutputSide: "answered without a possible number of output tokens",
	budget.BothSides:  "answered without a possible usage",
}

// unknown are the sides of a usage that nobody said, or of which what was said cannot be: no prompt is of no tokens,
// and no text.
func unknown(resp *Response) budget.Sides {
	u := resp.Usage
	sides := u.Unknown
	if u.InputTokens() == 0 {
		sides |= budget.InputSide
	}
	if u.Output+u.AudioOutput == 0 && resp.Delivered() {
		sides |= budget.OutputSide
	}
	return sides
}
