package middleware

import (
	"cmp"
	"context"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Reserver grants reservations: a *[budget.Manager], or whoever grants from elsewhere. A refusal is, or wraps,
// [budget.ErrRefused], as a *[budget.ExceededError] if the door is to tell clients figures; any other error fails the call
// and is tried again, as a lost connection is. The ID of a call is empty unless the context or a caller gives it one.
type Reserver interface {
	// Reserve waits for what may still return, as the reserver was made to. TryReserve never waits; it is asked first where
	// a rate permit is in hand, so that nobody waits for money with one.
	Reserve(ctx context.Context, c budget.Call) (budget.Reservation, error)
	TryReserve(ctx context.Context, c budget.Call) (budget.Reservation, error)
}

// BudgetOptions configures [Budget]. The zero value is every default.
type BudgetOptions struct {
	// DefaultMaxOutput is the output cap, in tokens, of a request that asks for none; 0 is 1024. It is
	// sent: an answer without a cap could cost anything.
	DefaultMaxOutput int64

	// Tier is what the account serves requests at that name no tier: what is held for from the first on. Empty words
	// are the standard, until an answer named a dearer one.
	Tier budget.Tier

	// Allowance is what is held for what a model's calls do not show; nil leaves that to the manager. It is safe for
	// concurrent use.
	Allowance func(model string) Allowance

	// Priced reports whether a model has a price: an answer by its name is booked by that name, also where the request
	// speaks of it. It is safe for concurrent use. Nil is the Priced method of the reserver, if it has one.
	Priced func(model string) bool
}

// Budget pays for each attempt: it reserves the counted input and the output cap with r, on all scopes of the
// context, sends the request with the cap that was granted, and settles what the answer reports. It must be
// the innermost middleware, so that every attempt is paid for by itself.
//
// What an outcome books:
//
//   - failed before a byte was sent, or refused in a way that is not billed: release; what failed because a
//     connection that was kept is closing is tried again at once, up to twice
//   - usage was reported, whatever the status: settle exactly; a side that was left out, or cannot be what
//     was said, is assumed at its share of the hold, the output at what was delivered if that is more
//   - anything else (no usage, a cut stream, a lost connection): settle as assumed, at the hold, and at
//     what was delivered if that is more
//
// A refusal of the budget is returned as it is (see [budget.ErrRefused]); the request was not sent.
func Budget(r Reserver, o BudgetOptions) Middleware {
	if p, ok := r.(interface{ Priced(model string) bool }); ok && o.Priced == nil {
		o.Priced = p.Priced
	}
	return func(next Client) Client {
		return &budgetClient{reserver: r, options: o, next: next, history: new(history)}
	}
}

type budgetClient struct {
	reserver Reserver
	options  BudgetOptions
	next     Client
	history  *history
}

func (b *budgetClient) Generate(ctx context.Context, req *Request) (*Response, error) {
	if err := unpaid(req, "a second Budget"); err != nil {
		return nil, err
	}
	req, err := count.Counted(ctx, b.history.bound(ctx, req))
	if err != nil {
		return nil, err
	}
	call, err := CallOf(req, b.options.DefaultMaxOutput)
	if err != nil {
		return nil, err
	}
	call.Tier = call.Tier.Or(b.options.Tier)
	if b.options.Allowance != nil {
		Allow(&call, req, b.options.Allowance(req.Model))
	}
	for range repeats - 1 {
		resp, err := b.attempt(ctx, req, call)
		if !unbegun(err) {
			return resp, err
		}
	}
	return b.attempt(ctx, req, call)
}

// attempt makes one attempt on one hold.
func (b *budgetClient) attempt(ctx context.Context, req *Request, call budget.Call) (*Response, error) {
	r, err := b.reserve(ctx, call)
	if err != nil {
		return nil, err
	}
	defer r.Close(ctx) // a panic below must not leak the hold
	if turnedBack(ctx) {
		return nil, b.turnBack(ctx, r)
	}

	sent := *req
	sent.MaxOutput, sent.Known, sent.PaidFor = capOf(req, r.Output()), b.options.Priced, req
	if r.Strict() {
		sent.Ceiling = r.Output()
	}
	r.Sent()
	resp, err := b.next.Generate(r.Context(ctx), &sent)
	if err != nil {
		endAttempt(ctx, err)
		if booked := bookFailure(ctx, r, &sent, wire.AsError(err)); booked != nil {
			return nil, booked
		}
		return resp, err
	}
	if resp == nil {
		panic("middleware: a client returned neither an answer nor an error")
	}
	o := outcome(&sent, resp)
	if err := r.Settle(ctx, o); err != nil {
		return nil, err
	}
	if !o.Assumed {
		b.history.note(ctx, req, resp)
	}
	resp.Charge = wire.Charge{
		Hold: r.Held(), Output: sent.MaxOutput, Clamped: r.Output() < call.MaxOutput,
		OverLimit: r.OverLimit(), Assumed: o.Assumed,
	}
	return resp, nil
}

// reserve waits for money without a rate permit in hand: others can use it meanwhile.
func (b *budgetClient) reserve(ctx context.Context, c budget.Call) (budget.Reservation, error) {
	permit := permitFrom(ctx)
	if permit == nil {
		return b.reserver.Reserve(ctx, c)
	}
	for {
		r, err := b.reserver.TryReserve(ctx, c)
		if err == nil || !waitable(err) {
			return r, err
		}
		permit.giveBack()
		r, err = b.reserver.Reserve(ctx, c)
		if err != nil || permit.tryTake() {
			return r, err
		}
		if err := r.Release(ctx, budget.NotSent); err != nil {
			return budget.Reservation{}, err
		}
		if err := permit.take(ctx, c.Model); err != nil {
			return budget.Reservation{}, err
		}
	}
}

// turnBack ends the reservation of a call whose provider was paused while it waited for money.
func (b *budgetClient) turnBack(ctx context.Context, r budget.Reservation) error {
	if permit := permitFrom(ctx); permit != nil {
		permit.giveBack()
	}
	return cmp.Or(r.Release(ctx, budget.NotSent), errTurnedBack)
}

// bookFailure ends the reservation of an attempt that failed.
func bookFailure(ctx context.Context, r budget.Reservation, req *Request, e *wire.Error) error {
	reason := string(e.Class)
	if e.Status != 0 {
		reason = fmt.Sprintf("%s, status %d", e.Class, e.Status)
	}
	switch {
	case !e.Unbilled():
		return r.Settle(ctx, failure(req, e, reason))
	case !e.MayHaveLeft():
		return r.Release(ctx, budget.NotSent)
	}
	return r.Release(ctx, reason)
}

// CallOf is what a request asks of the budget: its counted input with the margin, and its output cap over
// all choices. maxOutput is the cap where the request names none; 0 is 1024. The request is counted if it was
// not. An error is a *wire.Error of class Invalid: choices, a cap or an image that no call may have.
func CallOf(req *Request, maxOutput int64) (budget.Call, error) {
	n, limit := int64(max(1, req.Choices)), cmp.Or(req.MaxOutput, maxOutput, wire.DefaultMaxOutput)
	if limit == wire.NoOutput {
		limit = 0
	}
	switch {
	case n > wire.MaxChoices:
		return budget.Call{}, invalid("%d choices, more than the most, %d", n, wire.MaxChoices)
	case limit < 0 || req.MinOutput < 0:
		return budget.Call{}, invalid("an output cap of %d tokens", min(limit, req.MinOutput))
	case limit > budget.MaxOutput/n:
		return budget.Call{}, invalid("an output cap of %d tokens for each of %d choices, more than the most, %d in all", limit, n, budget.MaxOutput)
	}
	for i := range req.Messages {
		if wrong := wrongImage(&req.Messages[i]); wrong != "" {
			return budget.Call{}, invalid("%s", wrong)
		}
	}
	least := req.MinOutput
	if least == 0 || least > limit {
		least = limit
	}
	counted, err := count.Counted(context.Background(), req) // fails only if the context ends
	if err != nil {
		return budget.Call{}, err
	}
	input := counted.Count
	call := budget.Call{
		Model: req.Model, Input: input.Bound(), Counted: input.Tokens,
		MinOutput: least * n, MaxOutput: limit * n,
		Certainty: budget.Certainty(input.Certainty), CacheWrite: req.CacheWrite, Tier: req.Tier,
	}
	Allow(&call, req, Allowance{}) // which names what has no bound
	return call, nil
}

// wrongImage says what is wrong with an image of m, "" for nothing.
func wrongImage(m *wire.Message) string {
	for i := range m.Parts {
		if image := m.Parts[i].Image; image != nil {
			if wrong := image.Wrong(); wrong != "" {
				return wrong
			}
		}
	}
	return ""
}

func invalid(format string, args ...any) error {
	return &wire.Error{Class: wire.Invalid, Err: fmt.Errorf("the request asks for "+format, args...)}
}

// capOf is the output cap of each choice that the grant of a call pays for. What is left over by the division
// is not sent.
func capOf(req *Request, granted int64) int64 {
	if granted == 0 {
		return wire.NoOutput
	}
	return granted / int64(max(1, req.Choices))
}
