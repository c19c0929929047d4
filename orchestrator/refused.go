package orchestrator

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// blame says whom a provider's refusal of a task's call is meant for.
type blame int

const (
	onTask     blame = iota // the task: it fails, at this provider
	onProvider              // every call: the provider is stopped
	onModel                 // the worker's own model, which is not there: that worker is stopped
	onEither                // the key or the task (403, and no more is said): see forbidden
	onPause                 // nobody: the provider is paused for longer than the task may wait
)

// fault is a refusal by a provider that has more to say than that the task failed.
type fault struct {
	blame  blame
	reason string     // without the word "provider": which one it was is said beside it
	until  *time.Time // when the provider said that it takes calls again, or nil
}

// faultOf reads what err, that of a task that has ended, says of its provider; nil if nothing.
func faultOf(err error, t worker.Task) *fault {
	var e *wire.Error
	if !errors.As(err, &e) {
		return nil
	}
	f := &fault{reason: strings.TrimPrefix(err.Error(), "provider: ")}
	var paused *wire.PausedError
	switch {
	case errors.As(err, &paused):
		f.blame = onPause
		if !paused.NotBefore.IsZero() {
			f.until = &paused.NotBefore
		}
	case unusable(e):
		f.blame = onProvider
	case e.Class == wire.NoModel && t.ModelAt("") == "":
		f.blame = onModel
	case e.Class == wire.NoModel:
		f.blame = onTask
	case e.Class == wire.Forbidden:
		f.blame = onEither
	default:
		return nil
	}
	return f
}

// unusable reports whether a provider that gave this error will refuse every other call as well. A call
// that a worker itself gave up says nothing of the provider.
func unusable(e *wire.Error) bool {
	return e.Terminal() || (e.Class == wire.Unreachable && !errors.Is(e, context.Canceled))
}

// fate is how a task ends that has already paid for calls, and so cannot go to another worker. A key that
// has paid for it is not refused.
func (f *fault) fate(provider string, err error) fate {
	if f.blame == onTask || f.blame == onEither {
		return fate{outcome: Failed, reason: err.Error()}
	}
	return fate{outcome: Deferred, reason: unavailable(provider, f.reason), provider: provider, until: f.until}
}

// learn takes in what a task's end says of the provider.
func (r *run) learn(ctx context.Context, c completion) {
	if c.served && !r.standing(c.crew).served {
		r.standing(c.crew).served = true
		r.recall()
	}
	if c.fault != nil {
		r.heedFault(ctx, c)
	}
	r.resolve(c.crew)
}

// heedFault does what a provider's refusal of a task asks for.
func (r *run) heedFault(ctx context.Context, c completion) {
	refused := verdict{fate: fate{provider: c.crew.Provider, reason: unavailable(c.crew.Provider, c.fault.reason), until: c.fault.until}}
	switch c.fault.blame {
	case onProvider, onModel:
		r.halt(c.crew, c.fault)
	case onTask:
		refused.outcome = Failed
		r.bar(ctx, c.node, c.crew, refused)
	case onEither:
		refused.outcome, refused.unclear = Failed, true
		r.bar(ctx, c.node, c.crew, refused)
		r.forbidden(c)
	case onPause:
		refused.outcome = Deferred
		c.node.at(ctx, c.crew).barred = &refused
	}
}

// bar keeps a task from the workers of a provider that refused it.
func (r *run) bar(ctx context.Context, n *node, at *crew, v verdict) {
	for _, c := range r.crews {
		if c.takes(n.lane) && c.beside(at) {
			n.at(ctx, c).barred = &v
		}
	}
}

// free reports whether a task can begin at c now.
func (r *run) free(c *crew) bool {
	return c.running < c.allowed && c.halted == "" && r.standing(c).doubt == nil
}

// halt stops dispatch to the workers that a provider's refusal is meant for: all that call it or, where a
// model is not there, those that ask for it.
func (r *run) halt(at *crew, f *fault) {
	for _, c := range r.crews {
		if !c.beside(at) || f.blame == onModel && c.Model != at.Model {
			continue
		}
		if c.halted == "" {
			r.log.Error("worker stopped: its provider takes none of its calls", slog.String("provider", at.Provider),
				slog.String("worker", c.Name), slog.String("reason", f.reason))
			r.emit(Event{Kind: Halted, Worker: c.Name, Reason: f.reason})
		}
		c.halted, c.noModel = f.reason, f.blame == onModel
	}
	r.recall()
}

// end gives a task that is not running its fate.
func (r *run) end(n *node, f fate) {
	result := r.outcome(n, f.outcome, f.reason)
	result.Attempts += n.attempts
	result.take(f)
	n.lacked = f.ofAll()
	r.finish(n, result)
}
