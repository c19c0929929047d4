package middleware

import (
	"context"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// BudgetOptions configures [Budget]. The zero value is every default.
type BudgetOptions struct {
	// DefaultMaxOutput is the output cap, in tokens, of a request that asks for none; 0 is 1024. It is
	// sent: an answer without a cap could cost anything.
	DefaultMaxOutput int64
}

// defaultMaxOutput is the output cap of a request that asks for none.
const defaultMaxOutput = 1024

// Budget pays for each attempt: it reserves the counted input and the output cap in m, on all scopes of the
// context, sends the request with the cap that was granted, and settles what the answer reports. It must be
// the innermost middleware, so that every attempt is paid for by itself.
//
// What an outcome books:
//
//   - failed before a byte was sent, or refused with a status that is not billed: release
//   - answered with usage, whatever the status: settle exactly
//   - anything else (no usage, a cut stream, a lost connection): settle as assumed, at the hold
//
// A refusal of the budget is returned as it is (see [budget.Refused]); the request was not sent.
func Budget(m *budget.Manager, o BudgetOptions) Middleware {
	return func(next Client) Client {
		return &budgetClient{manager: m, options: o, next: next}
	}
}

type budgetClient struct {
	manager *budget.Manager
	options BudgetOptions
	next    Client
}

func (b *budgetClient) Generate(ctx context.Context, req *Request) (*Response, error) {
	req, err := counted(ctx, req)
	if err != nil {
		return nil, err
	}
	call := CallOf(req, b.options.DefaultMaxOutput)
	r, err := b.reserve(ctx, call)
	if err != nil {
		return nil, err
	}
	defer r.Close(ctx) // a panic below must not leak the hold

	sent := *req
	sent.MaxOutput = r.Output() / choices(req)
	r.Sent()
	resp, err := b.next.Generate(budget.WithReservation(ctx, r), &sent)
	if booked := b.book(ctx, r, resp, err); booked != nil {
		return nil, booked
	}
	if err != nil {
		return resp, err
	}
	answered := *resp
	answered.Charge = wire.Charge{
		Hold: r.Held(), Output: sent.MaxOutput, Clamped: r.Output() < call.MaxOutput,
		OverLimit: r.OverLimit(), Assumed: unreported(resp),
	}
	return &answered, nil
}

// reserve waits for money without a rate permit in hand: others can use it meanwhile.
func (b *budgetClient) reserve(ctx context.Context, c budget.Call) (budget.Reservation, error) {
	permit := permitFrom(ctx)
	if permit == nil {
		return b.manager.Reserve(ctx, c)
	}
	for {
		r, err := b.manager.TryReserve(ctx, c)
		if err == nil || !waitable(err) {
			return r, err
		}
		permit.giveBack()
		r, err = b.manager.Reserve(ctx, c)
		if err != nil || permit.tryTake() {
			return r, err
		}
		if err := r.Release(ctx, budget.NotSent); err != nil {
			return budget.Reservation{}, err
		}
		if err := permit.take(ctx); err != nil {
			return budget.Reservation{}, err
		}
	}
}

// book ends the reservation as the outcome demands.
func (b *budgetClient) book(ctx context.Context, r budget.Reservation, resp *Response, err error) error {
	if err == nil && resp == nil {
		panic("middleware: a client returned neither an answer nor an error")
	}
	if err != nil {
		return b.bookFailure(ctx, r, wire.AsError(err))
	}
	o := budget.Outcome{Served: resp.Model, Billed: resp.Billed, RequestID: resp.RequestID}
	if unreported(resp) {
		o.Assumed, o.Reason = true, "answered without usage"
	} else {
		o.Usage = *resp.Usage
	}
	return r.Settle(ctx, o)
}

// unreported reports whether the answer says nothing of its usage: zeros beside a text are no figures.
func unreported(resp *Response) bool {
	return resp.Usage == nil || (resp.Usage.IsZero() && (resp.Text != "" || len(resp.ToolCalls) > 0))
}

func (b *budgetClient) bookFailure(ctx context.Context, r budget.Reservation, e *wire.Error) error {
	o := budget.Outcome{RequestID: e.RequestID, Reason: string(e.Class)}
	if e.Status != 0 {
		o.Reason = fmt.Sprintf("%s, status %d", e.Class, e.Status)
	}
	switch {
	case e.Usage != nil:
		o.Usage = *e.Usage
	case !e.Sent:
		return r.Release(ctx, budget.NotSent)
	case e.Unbilled():
		return r.Release(ctx, budget.Unbilled(o.Reason))
	default:
		o.Assumed = true
	}
	return r.Settle(ctx, o)
}

// CallOf is what a request asks of the budget: its counted input with the margin, and its output cap over
// all choices. maxOutput is the cap where the request names none; 0 is 1024. The request is counted if it was
// not.
func CallOf(req *Request, maxOutput int64) budget.Call {
	count := req.Count
	if count == nil {
		n := wire.Count(req)
		count = &n
	}
	limit := req.MaxOutput
	if limit == 0 {
		limit = maxOutput
	}
	if limit == 0 {
		limit = defaultMaxOutput
	}
	least := req.MinOutput
	if least == 0 || least > limit {
		least = limit
	}
	n := choices(req)
	return budget.Call{
		Model: req.Model, Input: count.Bound(), Counted: count.Tokens,
		MinOutput: least * n, MaxOutput: limit * n,
		Bound: budget.Bound(count.Kind), CacheWrite: req.CacheWrite,
	}
}

// maxChoices bounds the product of choices and cap, far above what any provider takes.
const maxChoices = 1 << 10

func choices(req *Request) int64 { return int64(min(max(1, req.Choices), maxChoices)) }
