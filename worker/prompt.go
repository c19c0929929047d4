package worker

import (
	"cmp"
	"context"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/count"
)

// Prompt sends each task's prompt to a model and returns the answer. Its Client is a chain with a budget;
// see [middleware.Chain].
type Prompt struct {
	Client      middleware.Client
	Model       string   // for tasks that name none
	System      string   // for tasks that have no instructions of their own
	MaxOutput   int64    // output cap in tokens, for tasks that name none; 0 is the chain's default
	MinOutput   int64    // least cap worth sending, for tasks that name none
	Temperature *float64 // nil is the provider's own default
	Stream      bool     // asks for streams ([wire.Request])

	// DefaultMaxOutput, Tier and Allowance are the chain's own ([middleware.BudgetOptions]), and so are Caps
	// ([middleware.Options]; nil bounds nothing): estimates use them.
	DefaultMaxOutput int64
	Tier             budget.Tier
	Caps             func(model string) middleware.Caps
	Allowance        func(model string) middleware.Allowance
}

var (
	_ Worker    = (*Prompt)(nil)
	_ Estimator = (*Prompt)(nil)
	_ Digester  = (*Prompt)(nil)
)

// Work asks the model once. An answer without a text and without a tool call is a [*NoOutputError].
func (p *Prompt) Work(ctx context.Context, t Task) (Result, error) {
	resp, err := p.Client.Generate(ctx, p.request(t))
	if err != nil {
		return Result{}, err
	}
	return ResultOf(resp)
}

// Estimate counts the request that Work would send.
func (p *Prompt) Estimate(ctx context.Context, t Task) (budget.Call, error) {
	req, err := count.Counted(ctx, p.request(t))
	if err != nil {
		return budget.Call{}, err
	}
	call, err := middleware.CallOf(req, p.DefaultMaxOutput)
	call.Tier = call.Tier.Or(p.Tier)
	if err == nil && p.Allowance != nil {
		middleware.Allow(&call, req, p.Allowance(req.Model))
	}
	return call, err
}

func (p *Prompt) request(t Task) *middleware.Request {
	req := &middleware.Request{}
	if t.Request != nil {
		*req = *t.Request
	} else {
		req.Messages = t.messages(cmp.Or(t.System, p.System))
		t.Parameters.put(req)
	}
	req.Model = cmp.Or(t.Model, req.Model, p.Model)
	req.MaxOutput = cmp.Or(t.MaxOutput, req.MaxOutput, p.MaxOutput)
	req.MinOutput = cmp.Or(t.MinOutput, req.MinOutput, p.MinOutput)
	if req.Temperature == nil {
		req.Temperature = p.Temperature
	}
	req.Stream = p.Stream
	if p.Caps != nil {
		req = p.Caps(req.Model).Or(middleware.Caps{Default: p.DefaultMaxOutput}).Apply(req)
	}
	return req
}
