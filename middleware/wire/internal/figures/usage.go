package figures

import (
	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// What is said of a usage that is whole and not taken for exact.
const (
	doubtFigure    = "answered with a figure that cannot be"
	doubtCache     = "answered with more tokens of the cache than of the prompt"
	doubtReasoning = "answered with more tokens of reasoning than of output"
	doubtChoices   = "answered with a usage for each choice"
)

// usage takes the figures apart into buckets, and says which sides are not known and why the rest is in doubt. What it returns
// is [budget.Usage.Possible]; a side that is not known is zero.
func (f *Report) usage() (u budget.Usage, unknown budget.Sides, doubt string) {
	u, known, doubt := f.inputs()
	switch {
	case known:
	case f.passes.InputTokens() > 0: // a part of it, which may be the larger
		doubt = doubtFigure
	default:
		unknown |= budget.InputSide
	}
	output, known := f.outputs(u.InputTokens())
	if !known {
		unknown |= budget.OutputSide
	}
	if f.reasoning.N > output && known {
		output, doubt = output+f.reasoning.N, doubtReasoning
	}
	u.AudioOutput = min(f.audioOutput.N, output)
	u.Output = output - u.AudioOutput
	u.Reasoning = min(max(f.reasoning.N, f.thoughts.N), u.Output)
	if f.searches.N > int64(budget.MaxAttemptCost/wire.SearchFee) {
		doubt = doubtFigure
	} else {
		u.Fees = budget.NanoUSD(f.searches.N) * wire.SearchFee
	}
	if f.contradicted() {
		doubt = doubtFigure
	}
	if u = u.Add(f.passes); f.tooMuch || !u.Possible() {
		return budget.Usage{}, budget.BothSides, doubtFigure
	}
	if unknown&budget.OutputSide != 0 {
		u.Output, u.AudioOutput, u.Reasoning = 0, 0, 0
	}
	return u, unknown, doubt
}

// inputs are the buckets of the input; known is false if the answer does not say how much it was.
//
// A prompt includes what the cache gave or took, and audio. Anthropic's input does not include the cache, nor does
// Bedrock's, nor a prompt where the total says so. Where the parts are more than the whole otherwise, there are
// providers for both readings, and the larger is charged.
func (f *Report) inputs() (u budget.Usage, known bool, doubt string) {
	whole, beside := f.wholeInput()
	if !whole.Known || beside && (f.read.lost() || f.write.lost() || f.write5m.lost() || f.write1h.lost()) {
		return u, false, ""
	}
	u.CacheRead = max(f.read.N, f.hit.N)
	u.CacheWrite1h = f.write1h.N
	u.CacheWrite5m = max(f.write5m.N, f.write.N-f.write1h.N)
	cached := u.CacheRead + u.CacheWrite1h + u.CacheWrite5m
	rest := f.total.N - whole.N - f.Completion.or(f.Output).N
	switch {
	case f.total.N > 0 && rest == cached && rest > f.reasoning.N+f.thoughts.N:
		beside = true
	case cached > whole.N && !beside && (f.total.N == 0 || rest != 0 || f.excludes):
		beside, doubt = true, doubtCache
	}
	u.Input = whole.N
	take := func(bucket *int64, n int64) {
		*bucket = min(n, u.Input)
		u.Input -= *bucket
	}
	if !beside { // the dearest first, where they are more than there is
		take(&u.CacheWrite1h, u.CacheWrite1h)
		take(&u.CacheWrite5m, u.CacheWrite5m)
	}
	take(&u.AudioInput, f.audioInput.N)
	if !beside {
		take(&u.CacheRead, u.CacheRead)
	}
	return u, true, doubt
}

// wholeInput is the input as said, and whether that excludes what the cache gave or took.
func (f *Report) wholeInput() (whole Figure, beside bool) {
	whole = f.prompt
	if f.input.N > 0 && whole.N == 0 || !whole.Known && !whole.wrong {
		whole, beside = f.input, f.excludes
	}
	switch output := f.Completion.or(f.Output); {
	case whole.Known || whole.wrong:
	case f.hit.Known && f.miss.Known:
		whole = Figure{N: f.hit.N + f.miss.N, Known: true}
	case f.total.Known && output.Known && f.total.N >= output.N:
		whole = Figure{N: f.total.N - output.N, Known: true}
	}
	whole.N += f.tools.N + f.citations.N
	return whole, beside
}

// outputs is the whole output; known is false if the answer does not say how much it was. Where the total is more than
// input and output (Grok, and Gemini behind OpenAI's format, leave reasoning out of the completion), the
// difference is output.
func (f *Report) outputs(input int64) (output int64, known bool) {
	said := f.Completion.or(f.Output)
	output = said.N + f.thoughts.N
	if input > 0 && f.total.N >= input && (said.Known || !said.wrong) {
		return max(output, f.total.N-input), true
	}
	return output, said.Known
}

// contradicted reports whether any figure was also said to be what none can be.
func (f *Report) contradicted() bool {
	for _, g := range []Figure{
		f.prompt, f.Completion, f.input, f.Output, f.hit, f.miss, f.read, f.write, f.write5m, f.write1h,
		f.audioInput, f.audioOutput, f.reasoning, f.thoughts, f.tools, f.citations, f.searches,
	} {
		if g.wrong {
			return true
		}
	}
	return f.wrongCost
}
