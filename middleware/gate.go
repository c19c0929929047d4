package middleware

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// gate is a shut one: there is none for what may be called.
type gate struct {
	wire.Pause
	cause  *wire.Error
	told   bool      // Until is the provider's own word
	since  time.Time // when it was shut, and has not been open again
	ahead  time.Time // until when the others wait for the call that has gone ahead; zero if there is none
	first  waiting   // that was refused
	others bool      // were refused, too
	delays *backoff.ExponentialBackOff
}

// opens is when the next call may go ahead.
func (g *gate) opens() time.Time {
	if g.ahead.After(g.Until) {
		return g.ahead
	}
	return g.Until
}

// wears is until when callers wait at the gate: one that has been shut for as long as each of them may wait
// need not cost the next one as much again. That a single task is refused is no reason: it may ask for too
// much at once.
func (g *gate) wears(own time.Time, patience time.Duration) time.Time {
	if worn := g.since.Add(patience); g.others && worn.Before(own) {
		return worn
	}
	return own
}

func (g *gate) refusal(now time.Time, stopped bool) *wire.PausedError {
	e := &wire.PausedError{Pause: g.Pause, Cause: g.cause, Stopped: stopped}
	if g.told && g.Until.After(now) {
		e.NotBefore = g.Until
	}
	return e
}

// close shuts the gate again after a call that went ahead: for as long as the provider asks, or else for
// longer each time. Nobody is asked again at once, however often they ask for no more than that.
func (g *gate) close(e *wire.Error, o GateOptions) {
	first, delay := g.cause == nil, g.delays.NextBackOff()
	if asked := e.RetryAfter; asked > 0 && first {
		delay = asked
	} else if asked > 0 {
		delay = max(asked, o.Initial)
	}
	g.ahead = time.Time{}
	g.until(e, delay)
}

// until notes how long the pause lasts from now on, and why.
func (g *gate) until(e *wire.Error, delay time.Duration) {
	g.cause, g.told, g.Until = e, e.RetryAfter > 0, time.Now().Add(delay)
	g.Reason = strings.TrimPrefix(e.Error(), "provider: ")
}

// providerGates are the gates of one provider.
type providerGates struct {
	name     string
	answered bool             // at least once
	whole    *gate            // of all calls; nil is open
	models   map[string]*gate // of one model each; those that are shut
}

// of are the gates that a call of a model finds shut.
func (p *providerGates) of(model string) (gates []*gate) {
	if p.whole != nil {
		gates = append(gates, p.whole)
	}
	if g := p.models[model]; g != nil {
		gates = append(gates, g)
	}
	return gates
}

// shut returns the gate that a call of a model must wait at, the one that is shut for the longest; nil if it
// may go ahead.
func (p *providerGates) shut(model string, now time.Time) (at *gate) {
	for _, g := range p.of(model) {
		if g.opens().After(now) && (at == nil || g.opens().After(at.opens())) {
			at = g
		}
	}
	return at
}

// admit lets a call through. Where gates were shut it is the one that goes ahead. Refusals come soon: if it is
// not over by until, the next one may go, too.
func (p *providerGates) admit(model string, until time.Time) *pass {
	ahead := &pass{provider: p, model: model, through: p.of(model)}
	for _, g := range ahead.through {
		g.ahead = until
	}
	return ahead
}

// open opens a gate for everybody.
func (p *providerGates) open(g *gate) {
	switch g {
	case p.whole:
		p.whole = nil
	case p.models[g.Model]:
		delete(p.models, g.Model)
	}
}

// pass is one attempt's leave to call the provider.
type pass struct {
	gates    *Gates
	provider *providerGates
	model    string
	through  []*gate // shut gates that it goes ahead through
	ended    bool    // the end of the attempt was noted

	refusal *wire.PausedError // of its call, if that may not wait; nil if the attempt did not pause the provider
}

type passKey struct{}

// errTurnedBack is the error of a call that was not sent: while it waited for a permit or for money, its
// provider was paused.
var errTurnedBack = errors.New("middleware: the provider was paused before the call was sent")

// turnedBack reports whether the provider was paused since the attempt of ctx passed the gates.
func turnedBack(ctx context.Context) bool {
	p, _ := ctx.Value(passKey{}).(*pass)
	if p == nil {
		return false
	}
	p.gates.mu.Lock()
	defer p.gates.mu.Unlock()
	return slices.ContainsFunc(p.provider.of(p.model), func(g *gate) bool { return !slices.Contains(p.through, g) })
}
