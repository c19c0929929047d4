package budget

import (
	"iter"
	"slices"
)

// Usage is what one attempt used, in disjoint token buckets: no token is in two of them. Providers report
// overlapping figures (OpenAI's prompt_tokens includes cached tokens, Anthropic's input_tokens does not);
// package middleware/wire takes them apart.
type Usage struct {
	Input        int64 `json:"input"`          // fresh text input
	CacheRead    int64 `json:"cache_read"`     // input read from the provider's prompt cache
	CacheWrite5m int64 `json:"cache_write_5m"` // input written to the cache for 5 minutes
	CacheWrite1h int64 `json:"cache_write_1h"` // input written to the cache for 1 hour
	Output       int64 `json:"output"`         // text output, reasoning included
	AudioInput   int64 `json:"audio_input"`    // where audio is billed apart
	AudioOutput  int64 `json:"audio_output"`   // where audio is billed apart

	// Reasoning is the part of Output that was reasoning. It is reported, never added.
	Reasoning int64 `json:"reasoning"`

	// Fees are charges that are not per token (a web search, say).
	Fees NanoUSD `json:"fees_nano_usd"`
}

// figures are the token figures of a usage by name: as in its JSON, and in columns and tables in this order. Whoever goes
// over them goes over [Usage.Figures]; only the sums below, which every attempt takes, are written out.
var figures = [...]string{
	"input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "audio_input", "audio_output", "reasoning",
}

// Figures yields the token figures of u, to read or to change, by their names in JSON and in the books: the buckets and,
// last, the reasoning.
func (u *Usage) Figures() iter.Seq2[string, *int64] {
	return func(yield func(string, *int64) bool) {
		for i, n := range u.all() {
			if !yield(figures[i], n) {
				return
			}
		}
	}
}

func (u *Usage) all() [len(figures)]*int64 {
	return [...]*int64{
		&u.Input, &u.CacheRead, &u.CacheWrite5m, &u.CacheWrite1h, &u.Output, &u.AudioInput, &u.AudioOutput, &u.Reasoning,
	}
}

// buckets are the figures that are disjoint.
func (u *Usage) buckets() []*int64 {
	all := u.all()
	return all[:len(all)-1]
}

func (u *Usage) inputs() [5]*int64 {
	return [...]*int64{&u.Input, &u.CacheRead, &u.CacheWrite5m, &u.CacheWrite1h, &u.AudioInput}
}

func (u *Usage) outputs() [2]*int64 { return [...]*int64{&u.Output, &u.AudioOutput} }

// Tokens is what counts against a token limit: the sum of the buckets.
func (u Usage) Tokens() int64 { return u.tokens() }

// InputTokens is the sum of the input buckets: what the counted input is compared with.
func (u Usage) InputTokens() int64 { return u.inputTokens() }

// tokens is [Usage.Tokens] without a copy of u.
func (u *Usage) tokens() int64 { return u.inputTokens() + u.Output + u.AudioOutput }

func (u *Usage) inputTokens() int64 {
	return u.Input + u.CacheRead + u.CacheWrite5m + u.CacheWrite1h + u.AudioInput
}

// bits has every bit that a bucket has.
func (u *Usage) bits() int64 {
	return u.Input | u.CacheRead | u.CacheWrite5m | u.CacheWrite1h | u.Output | u.AudioInput | u.AudioOutput
}

// Possible reports whether an attempt can have used u: no bucket is below zero, the buckets together are at
// most [MaxAttemptTokens], and the fees at most [MaxAttemptCost]. Sums of possible usages do not wrap.
func (u *Usage) Possible() bool {
	if u.Negative() || u.Fees > MaxAttemptCost || u.Reasoning > MaxAttemptTokens {
		return false
	}
	// No bucket has a bit above those of the most: seven of them do not wrap.
	return u.bits() < 2*MaxAttemptTokens && u.tokens() <= MaxAttemptTokens
}

// less takes n tokens away, from the output first.
func (u *Usage) less(n int64) {
	outputs, inputs := u.outputs(), u.inputs()
	for _, bucket := range slices.Concat(outputs[:], inputs[:]) {
		taken := min(n, *bucket)
		*bucket -= taken
		n -= taken
	}
	u.Reasoning = min(u.Reasoning, u.Output)
}

// take puts the buckets of v on these sides in place of u's.
func (u *Usage) take(sides Sides, v *Usage) {
	if sides&InputSide != 0 {
		from := v.inputs()
		for i, n := range u.inputs() {
			*n = *from[i]
		}
	}
	if sides&OutputSide != 0 {
		u.Output, u.AudioOutput = v.Output, v.AudioOutput
		u.Reasoning = min(u.Reasoning, u.Output)
	}
}

// IsZero reports whether nothing at all was used or charged.
func (u Usage) IsZero() bool { return u == Usage{} }

// Add returns the sum of u and v, bucket by bucket.
func (u Usage) Add(v Usage) Usage {
	more := v.all()
	for i, n := range u.all() {
		*n += *more[i]
	}
	u.Fees += v.Fees
	return u
}

// negated returns the usage that takes u back.
func (u Usage) negated() Usage {
	for _, n := range u.all() {
		*n = -*n
	}
	u.Fees = -u.Fees
	return u
}

// Negative reports whether any bucket is below zero: a caller's bug or a garbled answer.
func (u *Usage) Negative() bool { return u.bits()|u.Reasoning|int64(u.Fees) < 0 }
