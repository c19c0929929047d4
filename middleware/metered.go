package middleware

import "log/slog"

// Options configures [Metered]. The zero value is every default, without a rate limit.
type Options struct {
	Logger *slog.Logger // nil is [slog.Default]
	Log    LogOptions
	Retry  RetryOptions // its Gates are those below

	// Caps are those of a model's calls; see [Cap]. Where they leave a default open it is that of Budget. Nil bounds nothing.
	Caps func(model string) Caps

	Provider string // that is called, as pauses name it
	Gates    *Gates // of the program, which clients of all providers share; nil are gates of the client's own

	RateLimit Middleware // see [RateLimit]: one value for all clients of a provider; nil is none
	Budget    BudgetOptions
}

// Metered is c, paid for by r, in the whole chain and its one right order:
//
//	caps ─▶ log ─▶ retry ─▶ pause ─▶ rate limit ─▶ budget ─▶ c
//
// Each attempt is reserved by itself. A wait for a paused provider holds neither money nor a rate permit, one for the
// rate no money; a wait for money gives its rate permit back.
func Metered(c Client, r Reserver, o Options) Client { return Chain(c, o.Chain(r)...) }

// Chain is the chain of [Metered], the outermost first: for [Transport], say.
func (o Options) Chain(r Reserver) []Middleware {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Gates == nil {
		o.Gates = NewGates(GateOptions{})
	}
	o.Retry.Gates = o.Gates
	var chain []Middleware
	if of, wider := o.Caps, (Caps{Default: o.Budget.DefaultMaxOutput}); of != nil {
		chain = append(chain, Cap(func(model string) Caps { return of(model).Or(wider) }))
	}
	chain = append(chain, Log(o.Logger, o.Log), Retry(o.Retry), o.Gates.Pause(o.Provider))
	if o.RateLimit != nil {
		chain = append(chain, o.RateLimit)
	}
	return append(chain, Budget(r, o.Budget))
}
