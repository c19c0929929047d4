package orchestrator

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
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
	case e.Class == wire.NoModel && modelOf(t) == "":
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

// modelOf is the model that a task names, or "".
func modelOf(t worker.Task) string {
	if t.Model == "" && t.Request != nil {
		return t.Request.Model
	}
	return t.Model
}

// outcome is how a task ends that has already paid for calls, and so cannot go to another worker. A key that
// has paid for it is not refused.
func (f *fault) outcome(provider string, err error) (Outcome, string) {
	if f.blame == onTask || f.blame == onEither {
		return Failed, err.Error()
	}
	return Deferred, unavailable(provider, f.reason)
}

// standing is what a run knows of a provider.
type standing struct {
	served bool   // a call has succeeded in this run
	first  *node  // that met a 403 before any call had
	doubt  *fault // that of a second one: nothing more is begun until what is under way has ended
}

// provider is what the worker's calls go to: its provider or, where it names none, the worker itself.
func (c *crew) provider() string { return cmp.Or(c.Provider, c.Name) }

// beside reports whether two workers call the same provider.
func (c *crew) beside(other *crew) bool {
	return c == other || c.Provider != "" && c.Provider == other.Provider
}

func (r *run) standing(c *crew) *standing {
	s := r.standings[c.provider()]
	if s == nil {
		s = &standing{}
		r.standings[c.provider()] = s
	}
	return s
}

// learn takes in what a task's end says of the provider.
func (r *run) learn(c completion) {
	if c.served && !r.standing(c.crew).served {
		r.standing(c.crew).served = true
		r.recall()
	}
	if c.fault != nil {
		r.heedFault(c)
	}
	r.resolve(c.crew)
}

// heedFault does what a provider's refusal of a task asks for.
func (r *run) heedFault(c completion) {
	refused := verdict{provider: c.crew.Provider, reason: unavailable(c.crew.Provider, c.fault.reason), until: c.fault.until}
	switch c.fault.blame {
	case onProvider:
		r.halt(c.crew, c.fault)
	case onModel:
		r.halt(c.crew, c.fault)
	case onTask:
		refused.outcome = Failed
		r.bar(c.node, c.crew, refused)
	case onEither:
		refused.outcome, refused.unclear = Failed, true
		r.bar(c.node, c.crew, refused)
		r.forbidden(c)
	case onPause:
		refused.outcome = Deferred
		c.node.at(c.crew).barred = &refused
	}
}

// bar keeps a task from the workers of a provider that refused it.
func (r *run) bar(n *node, at *crew, v verdict) {
	for _, c := range r.crews {
		if c.takes(n.lane) && c.beside(at) {
			n.at(c).barred = &v
		}
	}
}

// forbidden decides what a bare 403 means, which some providers give for a prompt (moderation) or a region and
// others for a key. It is the task's own once a call has succeeded with the key in this run. Until then it is
// set aside; when a second task meets one, too, and nothing that is under way succeeds, the key is taken for
// refused and the provider is stopped. If the run ends before either, nobody knows: the task is deferred. So that the same tasks do not stop every
// resumed run before any other had its chance, the tasks that met one begin last then (Options.Last).
func (r *run) forbidden(c completion) {
	s := r.standing(c.crew)
	c.node.forbidden = true
	switch {
	case s.served:
	case s.first == nil:
		s.first = c.node
	case s.first != c.node:
		s.doubt = c.fault
	}
}

// resolve ends the doubt about a provider's key, if it can.
func (r *run) resolve(at *crew) {
	s := r.standing(at)
	busy := slices.ContainsFunc(r.crews, func(c *crew) bool { return c.beside(at) && c.running > 0 })
	switch {
	case s.doubt == nil:
	case s.served:
		s.doubt = nil
	case !busy:
		r.halt(at, s.doubt)
		s.doubt = nil
	}
}

// free reports whether a task can begin at c now.
func (r *run) free(c *crew) bool {
	return c.running < c.Concurrency && c.halted == "" && r.standing(c).doubt == nil
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

// setAside keeps a task out of the queue until more is known of its provider.
func (r *run) setAside(n *node) {
	r.floor.leave(n)
	r.aside = append(r.aside, n)
}

// recall queues the tasks that were set aside again.
func (r *run) recall() {
	for _, n := range r.aside {
		r.floor.enter(n)
		r.ready.push(n)
	}
	r.aside = nil
}

// recallIdle is for a run that has nothing else to do. It ends the tasks of which it will not be known whether
// the key or they were meant, begins those that were to begin last, and reports whether there are any.
func (r *run) recallIdle() bool {
	aside := r.aside
	r.aside = nil
	for _, n := range aside {
		switch v := r.judged(n); {
		case v != nil:
			v.outcome = Deferred
			r.end(n, *v)
		default:
			n.last = false
			r.floor.enter(n)
			r.ready.push(n)
		}
	}
	return len(aside) > 0
}

// judged is the verdict about a task that met a 403, nil about one that did not.
func (r *run) judged(n *node) *verdict {
	for _, e := range n.estimates {
		if e.barred != nil && e.barred.unclear {
			v := *e.barred
			return &v
		}
	}
	return nil
}

// end gives a task the outcome of a verdict.
func (r *run) end(n *node, v verdict) {
	result := r.outcome(n, v.outcome, v.reason)
	result.Provider, result.NotBefore, result.Attempts = v.provider, v.until, n.attempts
	result.Forbidden = n.forbidden && v.outcome == Deferred
	r.finish(n, result)
}

// served reports whether a task's end shows that a call of it succeeded.
func served(err error, sum budget.Summary) bool {
	return err == nil || !sum.Used.IsZero() && !sum.Assumed
}

// servedBefore reports whether a task that is to begin last need not wait any more: a provider that it may go
// to has served another.
func (r *run) servedBefore(n *node) bool {
	for _, c := range r.crews {
		if c.takes(n.lane) && (r.standing(c).served || c.halted != "") {
			return true
		}
	}
	return false
}
