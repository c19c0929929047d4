package wire

import "cmp"

// DefaultMaxOutput is the output cap, in tokens, of a request that asks for none, where nobody says another.
const DefaultMaxOutput = 1024

// Caps bounds the output caps of calls, in tokens of each choice. The zero value leaves every request as it is, but for
// the default that it then gets.
type Caps struct {
	// Default is the cap of a request that asks for none; 0 is [DefaultMaxOutput].
	Default int64

	// Most is the ceiling: a larger cap is lowered to it, whoever asked for it. 0 is none.
	Most int64

	// Least is the least cap worth sending, for requests that name none ([Request.MinOutput]): where the budget is
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
	most := cmp.Or(r.MaxOutput, c.Default, DefaultMaxOutput)
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
