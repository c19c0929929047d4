package middleware

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// word is what the end of an attempt says of its provider.
type word int

const (
	silent      word = iota
	answering        // it takes calls
	faulty           // it fails, and says nothing of being overloaded
	tooFast          // it takes no calls of this model for now
	down             // it takes no calls for now
	unreachable      // there is no connection
)

// says reads what err, that of an attempt under ctx, says of the provider. An answer of 503 or 529, or
// another failure with which the provider asks for a pause, is meant for all calls, one of 429 for those of
// its model. A call that took too long is no lost connection.
func says(ctx context.Context, err error) word {
	if err == nil {
		return answering
	}
	e, own, paused := wire.AsError(err), new(wire.Error), new(wire.PausedError)
	gaveUp := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	switch {
	case ctx.Err() != nil || errors.Is(err, budget.ErrRefused) || errors.Is(err, errTurnedBack) || errors.As(err, &paused):
		return silent
	case e.Class == wire.Unreachable && !errors.Is(err, context.Canceled):
		return unreachable
	case e.Class == wire.RateLimit:
		return tooFast
	case !errors.As(err, &own) || !e.Sent:
		return silent
	case e.Class == wire.Lost && !gaveUp, e.Class == wire.Server && pausing(e):
		return down
	case e.Class == wire.Lost || e.Class == wire.Server:
		return faulty
	}
	return answering
}

// pausing reports whether a provider that fails with e says that it is overloaded, or asks for a pause.
// Anthropic says the first with status 529, or in a stream without any.
func pausing(e *wire.Error) bool {
	return e.Status == 503 || e.Status == 529 || e.Code == "overloaded_error" || e.RetryAfter > 0
}

// endAttempt notes that the attempt of ctx failed before its hold returns: who waits for that must find the
// gate shut.
func endAttempt(ctx context.Context, err error) {
	if p, _ := ctx.Value(passKey{}).(*pass); p != nil {
		p.gates.leave(ctx, p, says(ctx, err), err)
	}
}

// leave notes what the end of an attempt says of its provider, once.
func (g *Gates) leave(ctx context.Context, p *pass, said word, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.ended {
		return
	}
	p.ended = true
	provider, e := p.provider, wire.AsError(err)
	if said != silent && (e == nil || e.Status != 0) {
		provider.answered = true
	}
	if said == unreachable {
		if said = down; !provider.answered {
			said = silent
		}
	}
	for _, shut := range p.through {
		shut.ahead = time.Time{}
		switch whole := shut == provider.whole; {
		case said == answering || said == tooFast && whole:
			provider.open(shut)
		case said == faulty && whole:
			shut.close(e, g.options)
		}
	}
	switch said {
	case tooFast:
		provider.models[p.model] = g.pause(ctx, p, provider.models[p.model], wire.Pause{Provider: provider.name, Model: p.model}, e)
	case down:
		provider.whole = g.pause(ctx, p, provider.whole, wire.Pause{Provider: provider.name}, e)
	}
	if p.refusal != nil || len(p.through) > 0 {
		g.change()
	}
}

// pause shuts a gate, which is nil or shut already. An attempt that was under way when it was shut can only
// make the pause longer. g is locked.
func (g *Gates) pause(ctx context.Context, p *pass, at *gate, what wire.Pause, e *wire.Error) *gate {
	who := waitingAs(ctx)
	switch now := time.Now(); {
	case at == nil:
		at = &gate{Pause: what, since: now, first: who, delays: &backoff.ExponentialBackOff{
			InitialInterval: g.options.Initial, RandomizationFactor: 0.25, Multiplier: 2, MaxInterval: g.options.Max,
		}}
		at.delays.Reset()
		at.close(e, g.options)
	case slices.Contains(p.through, at):
		at.close(e, g.options)
	case e.RetryAfter > 0 && now.Add(e.RetryAfter).After(at.Until):
		at.until(e, e.RetryAfter)
	}
	at.others = at.others || who != at.first || who.task == ""
	p.refusal = at.refusal(time.Now(), g.stopped)
	return at
}
