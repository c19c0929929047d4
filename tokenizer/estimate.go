package tokenizer

import (
	"context"
	"math"
)

// An estimate goes from what o200k_base makes of a text, kind by kind, because what one vocabulary costs in terms of
// another depends little on the words and much on the script. All figures but prefix are permille.
//
// The ratios are the middle of what the texts of texttest.Samples take (testdata/families.tsv). The bounds
// have two terms, tokens and bytes, because a vocabulary that lacks a long word pays for its letters. They are a
// seventh above the highest of those and of heldOut in heldout_test.go (testdata/heldout.tsv), hold for single
// letters and symbols joined in many ways (everyday_test.go, testdata/everyday.tsv), for every code
// point, alone and repeated (testdata/characters.tsv), and for nine in ten of o200k_base's own tokens, each repeated
// endlessly, which no text is. Holding for ten in ten would take one token a byte: a text of nothing but words that
// one vocabulary has and the other has not may exceed its bound, unless there is a ceiling. The worst known are in
// testdata/words.tsv.
type estimate struct {
	ratio  [kinds]int64 // tokens
	bound  [kinds]int64 // tokens at most,
	spread [kinds]int64 // and so many more for each byte
	runs   int64        // tokens at most for each byte of a run
	prefix int64        // tokens before every text
	// growth, if not zero, says that it is proven that no text has more tokens than prefix and its bytes, those of
	// pieces that are not ASCII times growth.
	growth int64
}

// Kinds are in order plain, joints, lines, blanks, digits, near, far, shorts, syllables, East Asian, beyond, odd.
//
// Vocabularies that fall back to bytes never have more tokens than bytes. Llama 2 and Mistral put a space before the
// text. Qwen normalises to NFC first, which may make three bytes of one (Unicode Standard Annex 15, section 9). Of
// Claude nothing of the kind is proven: the tokenizer of Claude 2 applies NFKC, where the three bytes of U+FDFA become
// fifteen tokens; later ones seem to put marks around words and capitals.
//
// That Gemini's vocabulary, which is not published, is like Gemma's, and that the families' later models keep to the
// vocabularies measured here, are assumptions.
var (
	asGemini = estimate{
		ratio:  [kinds]int64{1100, 1200, 1250, 1000, 2750, 1000, 1250, 1000, 1600, 1000, 900, 1000},
		bound:  [kinds]int64{950, 0, 0, 3400, 150, 1200, 750, 1250, 2750, 1250, 1950, 0},
		spread: [kinds]int64{250, 1050, 1000, 150, 1100, 100, 250, 350, 50, 200, 0, 1050},
		runs:   1000, growth: 1,
	}
	asLlama2 = estimate{
		ratio:  [kinds]int64{1300, 1250, 1250, 1000, 2750, 1450, 3400, 1050, 3500, 1500, 1800, 1000},
		bound:  [kinds]int64{1250, 0, 50, 500, 50, 2700, 1450, 2200, 350, 550, 750, 0},
		spread: [kinds]int64{250, 1000, 1050, 950, 1150, 100, 500, 100, 1050, 950, 850, 1050},
		runs:   1000, prefix: 1, growth: 1,
	}
	// Mistral's older vocabulary is like Llama's, its newer one, Tekken, like OpenAI's; names don't tell which it is.
	asMistral = estimate{
		ratio:  [kinds]int64{1200, 1200, 1250, 1000, 2750, 1400, 2600, 1000, 2100, 1250, 1700, 1000},
		bound:  [kinds]int64{1050, 50, 0, 500, 50, 2700, 1450, 2050, 2950, 550, 1850, 0},
		spread: [kinds]int64{300, 1000, 1000, 950, 1150, 100, 500, 150, 550, 950, 450, 1050},
		runs:   1000, prefix: 1, growth: 1,
	}
	asLlama3 = estimate{
		ratio:  [kinds]int64{1040, 1000, 1000, 1000, 1000, 1050, 1800, 1000, 3600, 1010, 1300, 1000},
		bound:  [kinds]int64{1000, 550, 1150, 2000, 1000, 1100, 200, 0, 800, 1550, 1750, 0},
		spread: [kinds]int64{200, 550, 50, 0, 50, 200, 950, 1000, 700, 150, 100, 1050},
		runs:   1000, growth: 1,
	}
	asQwen = estimate{
		ratio:  [kinds]int64{1070, 1000, 1000, 1000, 2750, 1300, 1500, 1000, 3300, 950, 800, 700},
		bound:  [kinds]int64{1000, 550, 1150, 2000, 150, 2200, 2100, 50, 750, 1250, 1400, 3000},
		spread: [kinds]int64{200, 550, 50, 0, 1100, 100, 300, 700, 550, 250, 100, 400},
		runs:   1000, growth: 3,
	}
	asDeepSeek = estimate{
		ratio:  [kinds]int64{1050, 1000, 1100, 1000, 1000, 1200, 1350, 1000, 1950, 960, 1100, 1000},
		bound:  [kinds]int64{1250, 0, 0, 1500, 1000, 1100, 1800, 350, 1500, 1150, 1100, 800},
		spread: [kinds]int64{200, 1000, 1050, 250, 50, 200, 100, 600, 200, 200, 200, 600},
		runs:   1000, growth: 1,
	}
	// Claude 2's tokenizer is the only one that Anthropic has published.
	asClaude2 = estimate{
		ratio:  [kinds]int64{1150, 1300, 1300, 1000, 1100, 1950, 3250, 1150, 4900, 1450, 1350, 1000},
		bound:  [kinds]int64{1250, 0, 1150, 1400, 250, 2750, 0, 50, 2400, 1250, 950, 6950},
		spread: [kinds]int64{200, 1250, 650, 50, 450, 150, 1150, 1050, 650, 350, 400, 350},
		runs:   2250, prefix: 2,
	}
	// Claude 3 to 4.6, and what came with Opus 4.7. Both are measured with ctok, a reconstruction of the two from the
	// answers of Anthropic's counting endpoint (Sander Land, github.com/sanderland/ctok, "On the biology of Claude's
	// tokenizer"): of 2.3 million texts that its author had counted there, it gave none too low a number. This is
	// others' word, not the vendor's. It agrees with Anthropic's, that the newer makes up to 1.35 times as many tokens,
	// and with those who measured 1.45 for English prose, 1.15 to 1.33 for code and 1.0 beyond Latin letters
	// (sol.ava.dev, "Opus 4.7 tokenizer", April 2026).
	asClaude = estimate{
		ratio:  [kinds]int64{1200, 1350, 1300, 1000, 1050, 1350, 2200, 1450, 2350, 1250, 1400, 1000},
		bound:  [kinds]int64{1100, 0, 1100, 1600, 1450, 1750, 2500, 1600, 2100, 950, 800, 5200},
		spread: [kinds]int64{300, 1200, 700, 250, 50, 150, 150, 500, 300, 350, 600, 400},
		runs:   1700, prefix: 2,
	}
	asNewClaude = estimate{
		ratio:  [kinds]int64{1450, 1500, 1300, 1000, 1050, 1350, 2200, 1450, 2350, 1250, 1400, 1000},
		bound:  [kinds]int64{1600, 50, 200, 1600, 1550, 1550, 2500, 2200, 2100, 950, 800, 5200},
		spread: [kinds]int64{400, 1300, 1200, 250, 50, 200, 150, 300, 300, 350, 600, 400},
		runs:   1700, prefix: 2,
	}
	// Where nothing is published: in the middle of all others, and no less than any vocabulary that was measured,
	// OpenAI's older ones among them, and that of Grok 1, the only one that xAI published (github.com/xai-org/grok-1).
	// That what is unknown is no worse is an assumption.
	asAny = estimate{
		ratio:  [kinds]int64{1300, 1300, 1250, 1000, 1500, 1500, 2500, 1300, 3000, 1300, 1400, 1000},
		bound:  [kinds]int64{1600, 50, 200, 300, 350, 1450, 350, 1600, 550, 500, 750, 6350},
		spread: [kinds]int64{400, 1300, 1200, 1000, 1150, 500, 1100, 500, 1100, 900, 850, 1050},
		runs:   2250, prefix: 2,
	}
	// That OpenAI's own next vocabulary is no worse than the last by more than a quarter is an assumption, too.
	asO200k = estimate{
		ratio: [kinds]int64{1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000},
		bound: [kinds]int64{1250, 1250, 1250, 1250, 1250, 1250, 1250, 1250, 1250, 1250, 1250, 1250},
		runs:  1000,
	}
)

// A run of one character is a token of up to 128 bytes in o200k_base and may be one a byte elsewhere, so runs are
// counted by their bytes: a quarter of them as the estimate.
const runsPermille = 250

// A few characters that o200k_base has as one token each may be several bytes elsewhere, and have marks around them.
const foreignMargin = 3

// count applies the estimate to a text's profile.
func (e *estimate) count(p profile) Count {
	if p == (profile{}) {
		return Count{Certainty: Estimate}
	}
	runs, foreign := p.runs+p.foreignRuns, p.foreign()
	tokens, bound := permille(runs, runsPermille), permille(runs, e.runs)+e.prefix
	for k := range p.tokens {
		tokens += permille(p.tokens[k], e.ratio[k])
		bound += permille(p.tokens[k], e.bound[k]) + permille(p.bytes[k], e.spread[k])
	}
	if foreign > 0 {
		bound += foreignMargin
	}
	bound = max(bound, tokens+tokens/7)
	if e.growth > 0 {
		bound = min(bound, e.prefix+p.ascii()+foreign*e.growth)
	}
	tokens = min(tokens, bound)
	return Count{Tokens: tokens, Margin: bound - tokens, Certainty: Estimate}
}

// estimateCounter counts a vocabulary that is not at hand.
func estimateCounter(f Family, encoding string, e *estimate) *Counter {
	return &Counter{family: f, encoding: encoding, count: func(ctx context.Context, text string) (Count, error) {
		p, err := profileOf(ctx, text)
		return e.count(p), err
	}}
}

// maxTokens saturates arithmetic: far above any text, and safe to add up a few hundred times.
const maxTokens = math.MaxInt64 / 1024

// permille is n*p/1000 rounded up, at most maxTokens. Negative n or p count as 0.
func permille(n, p int64) int64 {
	if n <= 0 || p <= 0 {
		return 0
	}
	if n > (math.MaxInt64-999)/p {
		return maxTokens
	}
	return min((n*p+999)/1000, maxTokens)
}
