package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
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

	// Checks says that answers are held against the schemas of their tasks, and Repairs how often one that does not match is
	// asked for again, with what is wrong: each time is a call, held and charged as any other.
	Checks  bool
	Repairs int

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

// Work asks the model once, and again as far as Repairs goes. An answer without a text and without a tool call is a
// [*NoOutputError], one that does not match its schema a [*SchemaError]; one that the output cap cut is not held against it.
func (p *Prompt) Work(ctx context.Context, t Task) (Result, error) {
	req := p.request(t)
	result, err := p.ask(ctx, req)
	for range p.Repairs {
		wrong, ok := errors.AsType[*SchemaError](err)
		if !ok {
			break
		}
		req = repaired(req, result.Output, wrong)
		again, failed := p.ask(ctx, req)
		if errors.Is(failed, budget.ErrRefused) { // what was wrong is the reason; it was paid
			return result, fmt.Errorf("%w (the budget has no room to ask again)", wrong)
		}
		if result, err = again, failed; failed != nil && again.Output == "" {
			break
		}
	}
	return result, err
}

func (p *Prompt) ask(ctx context.Context, req *middleware.Request) (Result, error) {
	resp, err := p.Client.Generate(ctx, req)
	if err != nil {
		return Result{}, err
	}
	r, err := ResultOf(resp)
	if err != nil || !p.Checks || req.Schema == nil || req.Body != nil || r.Output == "" || r.Finish == wire.FinishLength {
		return r, err
	}
	r.Output, err = match(req.Schema, r.Output)
	return r, err
}

// repaired asks again, with the answer and what is wrong with it.
func repaired(req *middleware.Request, answer string, wrong *SchemaError) *middleware.Request {
	again := *req
	again.Count = nil
	again.Messages = append(slices.Clone(req.Messages), wire.Text(wire.Assistant, answer),
		wire.Text(wire.User, fmt.Sprintf("This does not match the schema: %s. Answer again, with JSON that matches it and nothing else.", wrong.Err)))
	return &again
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
