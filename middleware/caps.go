package middleware

import (
	"cmp"
	"context"
)

// Caps bounds the output caps of calls, in tokens of each choice. The zero value leaves every request as it is, but for
// the default that it then gets.
type Caps struct {
	// Default is the cap of a request that asks for none; 0 is 1024.
	Default int64

	// Most is the ceiling: a larger cap is lowered to it, whoever asked for it. 0 is none.
	Most int64

	// Least is the least cap worth sending, for requests that name none ([wire.Request.MinOutput]): where the budget is
	// short the cap is lowered to what that buys, but not below. 0 forbids a clamp.
	Least int64

	// Key is the field of a body for the cap, where the client's has none: models.MaxTokens or
	// models.MaxCompletionTokens. Empty is what the model's name tells. Only OpenAI's format has a choice.
	Key string
}

// Or is c, with what it leaves open from wider, and the less of both ceilings.
func (c Caps) Or(wider Caps) Caps {
	most := cmp.Or(c.Most, wider.Most)
	if wider.Most > 0 {
		most = min(most, wider.Most)
	}
	return Caps{
		Default: cmp.Or(c.Default, wider.Default), Most: most,
		Least: cmp.Or(c.Least, wider.Least), Key: cmp.Or(c.Key, wider.Key),
	}
}

// Apply returns r as c wants it: r itself, or a copy. A request for no output stays one.
func (c Caps) Apply(r *Request) *Request {
	most := cmp.Or(r.MaxOutput, c.Default, defaultMaxOutput)
	if c.Most > 0 {
		most = min(most, c.Most)
	}
	least, key := cmp.Or(r.MinOutput, c.Least), cmp.Or(c.Key, r.CapKey)
	if most == r.MaxOutput && least == r.MinOutput && key == r.CapKey {
		return r
	}
	out := *r
	out.MaxOutput, out.MinOutput, out.CapKey = most, least, key
	return &out
}

// Cap bounds the output caps of calls by what of gives for their model, before anything is paced, held or sent for them. Caps that
// the context of a call carries go before. of is safe for concurrent use.
func Cap(of func(model string) Caps) Middleware {
	return func(next Client) Client {
		return ClientFunc(func(ctx context.Context, req *Request) (*Response, error) {
			if err := unpaid(req, "Cap"); err != nil {
				return nil, err // what is sent would not be what is held
			}
			own, _ := ctx.Value(capsKey{}).(Caps)
			return next.Generate(ctx, own.Or(of(req.Model)).Apply(req))
		})
	}
}

type capsKey struct{}

// WithCaps returns a context whose calls have these caps, of a client of a proxy say, before those of their models. What
// ctx carries already is wider. Only a chain that has [Cap] in it knows them.
func WithCaps(ctx context.Context, c Caps) context.Context {
	wider, _ := ctx.Value(capsKey{}).(Caps)
	return context.WithValue(ctx, capsKey{}, c.Or(wider))
}
