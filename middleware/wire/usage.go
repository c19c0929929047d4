package wire

import "github.com/orchestrate-go/orchestrate/budget"

// searchFee is what one web search costs: $10 for a thousand (Anthropic's price list).
const searchFee = budget.USD / 100

// What is said of a usage that is whole and not taken for exact.
const (
	doubtFigure    = "answered with a figure that cannot be"
	doubtCache     = "answered with more tokens of the cache than of the prompt"
	doubtReasoning = "answered with more tokens of reasoning than of output"
	doubtCut       = "answered with a body that was cut"
	doubtChoices   = "answered with a usage for each choice"
)

// usage takes the figures apart into buckets, and says which sides are not known and why the rest is in doubt. What it returns
// is [budget.Usage.Possible]; a side that is not known is zero.
func (f *figures) usage() (u budget.Usage, unknown budget.Sides, doubt string) {
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
	if f.reasoning.n > output && known {
		output, doubt = output+f.reasoning.n, doubtReasoning
	}
	u.AudioOutput = min(f.audioOutput.n, output)
	u.Output = output - u.AudioOutput
	u.Reasoning = min(max(f.reasoning.n, f.thoughts.n), u.Output)
	if f.searches.n > int64(budget.MaxAttemptCost/searchFee) {
		doubt = doubtFigure
	} else {
		u.Fees = budget.NanoUSD(f.searches.n) * searchFee
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
func (f *figures) inputs() (u budget.Usage, known bool, doubt string) {
	whole, beside := f.wholeInput()
	if !whole.known || beside && (f.read.lost() || f.write.lost() || f.write5m.lost() || f.write1h.lost()) {
		return u, false, ""
	}
	u.CacheRead = max(f.read.n, f.hit.n)
	u.CacheWrite1h = f.write1h.n
	u.CacheWrite5m = max(f.write5m.n, f.write.n-f.write1h.n)
	cached := u.CacheRead + u.CacheWrite1h + u.CacheWrite5m
	rest := f.total.n - whole.n - f.completion.or(f.output).n
	switch {
	case f.total.n > 0 && rest == cached && rest > f.reasoning.n+f.thoughts.n:
		beside = true
	case cached > whole.n && !beside && (f.total.n == 0 || rest != 0 || f.excludes):
		beside, doubt = true, doubtCache
	}
	u.Input = whole.n
	take := func(bucket *int64, n int64) {
		*bucket = min(n, u.Input)
		u.Input -= *bucket
	}
	if !beside { // the dearest first, where they are more than there is
		take(&u.CacheWrite1h, u.CacheWrite1h)
		take(&u.CacheWrite5m, u.CacheWrite5m)
	}
	take(&u.AudioInput, f.audioInput.n)
	if !beside {
		take(&u.CacheRead, u.CacheRead)
	}
	return u, true, doubt
}

// wholeInput is the input as said, and whether that excludes what the cache gave or took.
func (f *figures) wholeInput() (whole figure, beside bool) {
	whole = f.prompt
	if f.input.n > 0 && whole.n == 0 || !whole.known && !whole.wrong {
		whole, beside = f.input, f.excludes
	}
	switch output := f.completion.or(f.output); {
	case whole.known || whole.wrong:
	case f.hit.known && f.miss.known:
		whole = figure{n: f.hit.n + f.miss.n, known: true}
	case f.total.known && output.known && f.total.n >= output.n:
		whole = figure{n: f.total.n - output.n, known: true}
	}
	whole.n += f.tools.n + f.citations.n
	return whole, beside
}

// outputs is the whole output; known is false if the answer does not say how much it was. Where the total is more than
// input and output (Grok, and Gemini behind OpenAI's format, leave reasoning out of the completion), the
// difference is output.
func (f *figures) outputs(input int64) (output int64, known bool) {
	said := f.completion.or(f.output)
	output = said.n + f.thoughts.n
	if input > 0 && f.total.n >= input && (said.known || !said.wrong) {
		return max(output, f.total.n-input), true
	}
	return output, said.known
}

// contradicted reports whether any figure was also said to be what none can be.
func (f *figures) contradicted() bool {
	for _, g := range []figure{
		f.prompt, f.completion, f.input, f.output, f.hit, f.miss, f.read, f.write, f.write5m, f.write1h,
		f.audioInput, f.audioOutput, f.reasoning, f.thoughts, f.tools, f.citations, f.searches,
	} {
		if g.wrong {
			return true
		}
	}
	return f.wrongCost
}

// meter follows the usage that the reports of one answer tell.
type meter struct {
	figures
	input, output int64 // the most that any report came to: running sums never fall
	apart         bool  // several choices told a usage each
}

// add takes the next report.
func (m *meter) add(report *figures) {
	m.follow(report)
	u, _, _ := m.usage()
	m.input, m.output = max(m.input, u.InputTokens()), max(m.output, u.Output+u.AudioOutput)
}

// join adds the usage of a choice. Where several have one, all have the same prompt, and an output each.
func (m *meter) join(choice *meter, several bool) {
	output, reasoning := m.output, m.reasoning.n
	m.add(&choice.figures)
	m.input, m.output = max(m.input, choice.input), max(m.output, choice.output)
	if several {
		m.output = output + choice.output
		m.completion, m.total = figure{n: m.output, known: m.output > 0}, figure{}
		m.reasoning.n = min(reasoning+choice.reasoning.n, m.output)
		m.apart = true
	}
}

// report puts into r what is known. Without final, more output may follow: it is not known, nor is the cost.
func (m *meter) report(r *Response, final bool) {
	r.Tier = m.tier.tier()
	u, unknown, doubt := m.usage()
	if unknown&budget.InputSide == 0 {
		u.Input += m.input - u.InputTokens()
	}
	switch {
	case !final:
		u.Output, u.AudioOutput, u.Reasoning = 0, 0, 0
		unknown |= budget.OutputSide
	case unknown&budget.OutputSide == 0:
		u.Output += m.output - u.Output - u.AudioOutput
	}
	if unknown&budget.OutputSide != 0 {
		r.Least.Output = max(m.output, m.reasoning.n, m.thoughts.n)
	}
	if unknown == budget.BothSides {
		r.Least.Total = m.total.n
	}
	if m.apart {
		doubt = doubtChoices
	}
	if !u.IsZero() && unknown != budget.BothSides && u.Possible() {
		r.Usage, r.Unknown, r.Doubt = &u, unknown, doubt
	}
	switch cost := m.billed(); {
	case final:
		r.Billed = cost
	case cost != nil:
		r.Least.Cost = *cost
	}
}
