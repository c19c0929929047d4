package middleware

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// RetryOptions configures [Retry]. The zero value is every default.
type RetryOptions struct {
	Attempts int           // at most, the first included; 0 is 3, 1 is no retry
	Initial  time.Duration // delay before the second attempt, doubled for each further one; 0 is 500 ms
	Max      time.Duration // the longest delay, also where the provider asks for more; 0 is 30 s
	Gates    *Gates        // whose Stop ends the delays, too; nil is none
}

func (o RetryOptions) withDefaults() RetryOptions {
	if o.Attempts == 0 {
		o.Attempts = 3
	}
	if o.Initial == 0 {
		o.Initial = 500 * time.Millisecond
	}
	if o.Max == 0 {
		o.Max = 30 * time.Second
	}
	return o
}

// Retry repeats attempts that failed for a reason that may pass: no connection, a rate limit, a failing
// provider, a connection that broke. It waits as long as the provider asks, or else exponentially with
// jitter; a provider that asks for more than Max ends the attempts, for nobody should sit out an hour in
// silence; with [Gates.Pause] inside it, providers that are paused are waited for there, and use up no
// attempts. It never repeats a refusal of the budget, a call whose provider is paused for too long, a wrong request or key, an answer that was garbled
// (it was billed, and would be again), or a stream of which a delta was passed on.
func Retry(o RetryOptions) Middleware {
	o = o.withDefaults()
	return func(next Client) Client {
		return ClientFunc(func(ctx context.Context, req *Request) (*Response, error) {
			if err := unpaid(req, "Retry"); err != nil {
				return nil, err
			}
			return retry(ctx, next, req, o)
		})
	}
}

func retry(ctx context.Context, next Client, req *Request, o RetryOptions) (*Response, error) {
	req, started := watch(req)
	delays := &backoff.ExponentialBackOff{
		InitialInterval: o.Initial, RandomizationFactor: 0.25, Multiplier: 2, MaxInterval: o.Max,
	}
	delays.Reset()
	for attempt := 1; ; attempt++ {
		resp, err := next.Generate(ctx, req)
		if err == nil || attempt >= o.Attempts || *started || !Retryable(err) || ctx.Err() != nil {
			return resp, err
		}
		delay := delays.NextBackOff()
		if asked := wire.AsError(err).RetryAfter; asked > o.Max {
			return resp, err
		} else if asked > 0 {
			delay = asked
		}
		switch pause(ctx, delay, o.Gates.ended()) {
		case aborted:
			return resp, err
		case stopped:
			return nil, stoppedError(req.Model, wire.AsError(err))
		}
	}
}

// watch returns req with a note of whether a delta of its answer was passed on: repeating it would say that twice.
func watch(req *Request) (*Request, *bool) {
	started := new(bool)
	pass := req.OnDelta
	if pass == nil {
		return req, started
	}
	watched := *req
	watched.OnDelta = func(d Delta) {
		*started = true
		pass(d)
	}
	return &watched, started
}

// Retryable reports whether repeating an attempt that failed with err may help.
func Retryable(err error) bool {
	if paused := new(wire.PausedError); errors.Is(err, budget.ErrRefused) || errors.As(err, &paused) {
		return false
	}
	e := wire.AsError(err)
	switch e.Class {
	case wire.Unreachable, wire.RateLimit, wire.Server, wire.Lost:
		return !e.Started
	}
	return false
}

// How a pause ends.
type pauseEnd int

const (
	over    pauseEnd = iota
	aborted          // ctx ended first
	stopped          // stop was closed first
)

// pause waits for d.
func pause(ctx context.Context, d time.Duration, stop <-chan struct{}) pauseEnd {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		wire.Waited(ctx, d)
		return over
	case <-ctx.Done():
		return aborted
	case <-stop:
		return stopped
	}
}
