package middleware

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// GateOptions configures [NewGates]. The zero value is every default.
type GateOptions struct {
	// Patience is the longest that a task waits at gates, all its calls together; 0 is 10 minutes, less
	// than 0 is no wait at all. A call that is charged to no task has it for each attempt.
	Patience time.Duration

	// A provider that does not say how long to wait is asked again after Initial, doubled for each
	// time that it refused again, up to Max, with jitter; 0 is 500 ms and 30 s.
	Initial, Max time.Duration
}

// Gates pause providers. A provider that is overloaded or cannot be reached is left alone by all its
// callers, and one that finds a model called too fast by all callers of that model; when the pause is over
// one call goes ahead, and the others follow once it was answered. There is one value for all providers of
// a program. Its methods may be called from many goroutines at once.
type Gates struct {
	options GateOptions

	mu        sync.Mutex
	providers map[string]*providerGates
	waited    map[waiting]time.Duration
	changed   chan struct{} // closed and made anew with each change
	stopped   bool
	stop      chan struct{} // closed with stopped
}

// waiting names a task that has waited at a gate.
type waiting struct{ run, task string }

// NewGates returns gates that are all open.
func NewGates(o GateOptions) *Gates {
	switch {
	case o.Patience == 0:
		o.Patience = 10 * time.Minute
	case o.Patience < 0:
		o.Patience = 0
	}
	o.Initial, o.Max = cmp.Or(o.Initial, 500*time.Millisecond), cmp.Or(o.Max, 30*time.Second)
	return &Gates{
		options: o, providers: make(map[string]*providerGates), waited: make(map[waiting]time.Duration), changed: make(chan struct{}),
		stop: make(chan struct{}),
	}
}

// Pause holds calls back while their provider, or the model they ask of it, is paused. Its place is inside
// [Retry] and outside [RateLimit] and [Budget]: who waits at a gate has neither a permit nor a hold.
//
// An attempt that pauses the provider is repeated here if it surely cost nothing, and so uses up none of
// Retry's; one that may have been billed is Retry's to repeat. A provider that cannot be reached and never
// has answered is not waited for. A call that would have to wait for longer than it may fails with a
// [*wire.PausedError].
func (g *Gates) Pause(name string) Middleware {
	g.mu.Lock()
	defer g.mu.Unlock()
	provider := g.providers[name]
	if provider == nil {
		provider = &providerGates{name: name, models: make(map[string]*gate)}
		g.providers[name] = provider
	}
	return func(next Client) Client {
		return ClientFunc(func(ctx context.Context, req *Request) (*Response, error) {
			return g.generate(ctx, provider, next, req)
		})
	}
}

func (g *Gates) generate(ctx context.Context, provider *providerGates, next Client, req *Request) (*Response, error) {
	req, started := watch(req)
	var waited time.Duration // of a call that is charged to no task
	for {
		p, err := g.enter(ctx, provider, req.Model, &waited)
		if err != nil {
			return nil, err
		}
		resp, err := g.attempt(ctx, p, next, req)
		if errors.Is(err, errTurnedBack) {
			continue
		}
		if err == nil || p.refusal == nil {
			return resp, err
		}
		if e := *wire.AsError(err); *started || e.Started || !e.Unbilled() {
			e.RetryAfter = 0 // the gate sees to it
			return resp, &e
		}
		if g.options.Patience == 0 { // also where the pause is over by now
			return nil, p.refusal
		}
	}
}

// attempt makes one attempt, and notes what it says of the provider; one that panics says nothing.
func (g *Gates) attempt(ctx context.Context, p *pass, next Client, req *Request) (resp *Response, err error) {
	p.gates = g
	said := silent
	defer func() { g.leave(ctx, p, said, err) }()
	resp, err = next.Generate(context.WithValue(ctx, passKey{}, p), req)
	said = says(ctx, err)
	return resp, err
}

// Stop ends all waiting, now and later: who would have to wait fails with a [*wire.PausedError]. So does who waits for a
// [RateLimit] inside of the gates, or for the next attempt of a [Retry] that knows of them.
func (g *Gates) Stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.stopped {
		g.stopped = true
		close(g.stop)
		g.change()
	}
}

// ended is closed once Stop was called; without gates it is nil.
func (g *Gates) ended() <-chan struct{} {
	if g == nil {
		return nil
	}
	return g.stop
}

// gatesOf are the gates that the call of ctx has passed, or nil.
func gatesOf(ctx context.Context) *Gates {
	if p, _ := ctx.Value(passKey{}).(*pass); p != nil {
		return p.gates
	}
	return nil
}

// stoppedError is why a call ends that waited, because of cause, when the gates were stopped.
func stoppedError(model string, cause *wire.Error) error {
	return &wire.PausedError{Pause: wire.Pause{Model: model}, Cause: cause, Stopped: true}
}

// Paused returns what is paused now, by provider and model, and a channel that is closed when that changes.
func (g *Gates) Paused() ([]wire.Pause, <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []wire.Pause
	for _, name := range slices.Sorted(maps.Keys(g.providers)) {
		provider := g.providers[name]
		if provider.whole != nil {
			list = append(list, provider.whole.Pause)
		}
		for _, model := range slices.Sorted(maps.Keys(provider.models)) {
			list = append(list, provider.models[model].Pause)
		}
	}
	return list, g.changed
}

// change tells everybody that a gate has changed. g is locked.
func (g *Gates) change() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// enter waits until the gates are open. A caller that finds a pause over goes ahead alone.
func (g *Gates) enter(ctx context.Context, provider *providerGates, model string, own *time.Duration) (*pass, error) {
	for {
		now := time.Now()
		g.mu.Lock()
		at := provider.shut(model, now)
		if at == nil {
			p := provider.admit(model, now.Add(g.options.Max))
			g.mu.Unlock()
			return p, nil
		}
		patience := at.wears(now.Add(g.options.Patience-g.spent(ctx, *own)), g.options.Patience)
		opens, changed, refusal := at.opens(), g.changed, at.refusal(now, g.stopped)
		g.mu.Unlock()
		if refusal.Stopped || refusal.Until.After(patience) || !patience.After(now) {
			return nil, refusal
		}
		if opens.After(patience) {
			opens = patience // the call that has gone ahead may be over before
		}
		if err := until(ctx, opens, changed); err != nil {
			return nil, err
		}
		g.note(ctx, own, time.Since(now))
	}
}

// spent is what the caller has waited so far. g is locked.
func (g *Gates) spent(ctx context.Context, own time.Duration) time.Duration {
	if w := waitingAs(ctx); w.task != "" {
		return g.waited[w]
	}
	return own
}

// note adds what the caller has waited.
func (g *Gates) note(ctx context.Context, own *time.Duration, waited time.Duration) {
	*own += waited
	wire.Waited(ctx, waited)
	if w := waitingAs(ctx); w.task != "" {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.waited[w] += waited
	}
}

func waitingAs(ctx context.Context) (w waiting) {
	for _, s := range budget.ScopesFrom(ctx) {
		switch s.Kind {
		case budget.KindTask:
			w.task = s.Name
		case budget.KindRun:
			w.run = s.Name
		}
	}
	return w
}

// until waits for a time or a change, or fails because ctx ends first.
func until(ctx context.Context, end time.Time, changed <-chan struct{}) error {
	timer := time.NewTimer(time.Until(end))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-changed:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
