package middleware

import (
	"context"
	"errors"
	"time"

	"golang.org/x/time/rate"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Rates is how fast a provider may be called. Zero is unlimited.
type Rates struct {
	RequestsPerMinute int64
	TokensPerMinute   int64 // counted input plus output cap
}

// RateLimit lets attempts through at these rates, in order of arrival. Each rate is a bucket that holds one
// minute's worth and refills continuously, as the providers describe their own limits. A request larger
// than a whole minute's tokens waits for a full bucket. All clients wrapped by the same Middleware value
// share the buckets.
func RateLimit(rates Rates) Middleware {
	requests, tokens := bucket(rates.RequestsPerMinute), bucket(rates.TokensPerMinute)
	if requests == nil && tokens == nil {
		return func(next Client) Client { return next }
	}
	return func(next Client) Client {
		return ClientFunc(func(ctx context.Context, req *Request) (*Response, error) {
			req, err := count.Counted(ctx, req)
			if err != nil {
				return nil, err
			}
			call, err := CallOf(req, 0)
			if err != nil {
				return nil, err
			}
			p := &permit{requests: requests, tokens: tokens, size: call.Input + call.MaxOutput}
			if err := p.take(ctx, req.Model); err != nil {
				return nil, err
			}
			if turnedBack(ctx) {
				p.giveBack()
				return nil, errTurnedBack
			}
			return next.Generate(context.WithValue(ctx, permitKey{}, p), req)
		})
	}
}

func bucket(perMinute int64) *rate.Limiter {
	if perMinute <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(float64(perMinute)/60), int(perMinute))
}

// permit is one attempt's leave to be sent now.
type permit struct {
	requests, tokens *rate.Limiter // nil is unlimited
	size             int64         // in tokens
}

type permitKey struct{}

func permitFrom(ctx context.Context) *permit {
	p, _ := ctx.Value(permitKey{}).(*permit)
	return p
}

// take waits for the permit. It fails only when ctx ends or the gates are stopped first, and takes nothing then.
func (p *permit) take(ctx context.Context, model string) error {
	now := time.Now()
	wait, cancel := p.reserve(now)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		wire.Waited(ctx, wait)
		return nil
	case <-ctx.Done():
		cancel()
		return context.Cause(ctx)
	case <-gatesOf(ctx).ended():
		cancel()
		return stoppedError(model, &wire.Error{Class: wire.RateLimit, Message: "the rates that are set are used up for now"})
	}
}

// tryTake takes the permit if that needs no wait.
func (p *permit) tryTake() bool {
	wait, cancel := p.reserve(time.Now())
	if wait > 0 {
		cancel()
		return false
	}
	return true
}

// reserve takes a place in both buckets and says how long to wait for it.
func (p *permit) reserve(now time.Time) (wait time.Duration, cancel func()) {
	var taken []*rate.Reservation
	for limiter, n := range p.parts {
		r := limiter.ReserveN(now, n)
		taken = append(taken, r)
		wait = max(wait, r.DelayFrom(now))
	}
	return wait, func() {
		for _, r := range taken {
			r.CancelAt(now)
		}
	}
}

// giveBack returns a permit that was taken and not used. The limiter's own Cancel does nothing for a
// reservation whose time has come, so the tokens are put back as a negative take; the limiter itself caps
// the bucket at its next refill.
func (p *permit) giveBack() {
	for limiter, n := range p.parts {
		limiter.AllowN(time.Now(), -n)
	}
}

// parts yields the limiters and what the permit takes from each: at most a full bucket.
func (p *permit) parts(yield func(*rate.Limiter, int) bool) {
	if p.requests != nil && !yield(p.requests, 1) {
		return
	}
	if p.tokens != nil {
		yield(p.tokens, int(min(p.size, int64(p.tokens.Burst()))))
	}
}

// waitable reports whether err is a refusal that waiting could turn.
func waitable(err error) bool {
	var exceeded *budget.ExceededError
	return errors.As(err, &exceeded) && !exceeded.Final()
}
