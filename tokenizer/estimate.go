package tokenizer

// An estimate goes from what o200k_base makes of a text, kind by kind, because what one vocabulary costs in terms of
// another depends little on the words and much on the script. The figures are tokens per thousand of o200k_base's.
// They come from testdata/families.tsv, the counts of published vocabularies on the texts of samples in
// corpora_test.go: ratio is near the middle of a kind's texts, bound about a seventh above the highest. A test
// holds them against the measurements.
type estimate struct {
	ratio, bound [kinds]int64
	prefix       int64 // tokens before every text
	// ceiling says that it is proven that no text has more tokens than prefix and its bytes, those that are not
	// ASCII times growth.
	ceiling bool
	growth  int64
}

// Vocabularies that fall back to bytes never have more tokens than bytes. Llama 2 and Mistral put a space before
// the text. Qwen normalises to NFC first, which may make three bytes of one (Unicode Standard Annex 15, section 9).
// Nothing of the kind is known of Claude: its published tokenizer applies NFKC, where the three bytes of U+FDFA
// become fifteen tokens. Kinds are in order plain, digits, near, far, syllables, East Asian, beyond.
var (
	asGemini = estimate{
		ratio:   [kinds]int64{1100, 2750, 1000, 1250, 1600, 1000, 900},
		bound:   [kinds]int64{1500, 3000, 1300, 2250, 2500, 1450, 1300},
		ceiling: true, growth: 1,
	}
	asLlama2 = estimate{
		ratio:   [kinds]int64{1300, 2750, 1450, 3400, 3500, 1500, 1800},
		bound:   [kinds]int64{1750, 3000, 3200, 4450, 8450, 3300, 2750},
		ceiling: true, growth: 1, prefix: 1,
	}
	asLlama3 = estimate{
		ratio:   [kinds]int64{1040, 1000, 1050, 1800, 3600, 1010, 1300},
		bound:   [kinds]int64{1600, 1150, 1500, 6000, 6750, 1750, 1900},
		ceiling: true, growth: 1,
	}
	asQwen = estimate{
		ratio:   [kinds]int64{1070, 2750, 1300, 1500, 3300, 950, 800},
		bound:   [kinds]int64{1600, 3000, 2650, 3800, 5000, 1400, 1100},
		ceiling: true, growth: 3,
	}
	asDeepSeek = estimate{
		ratio:   [kinds]int64{1050, 1000, 1200, 1350, 1950, 960, 1100},
		bound:   [kinds]int64{1600, 1150, 1900, 2100, 2700, 1450, 1500},
		ceiling: true, growth: 1,
	}
	// Anthropic published the tokenizer of Claude 2 only. Of Claude 3 it is known that English takes about a sixth,
	// code about a third more than o200k_base.
	asClaude = estimate{
		ratio: [kinds]int64{1200, 1300, 1950, 3300, 4900, 1450, 1500},
		bound: [kinds]int64{2000, 3000, 3400, 7100, 8200, 2300, 2300},
	}
	// From Opus 4.7 on, the same text has up to 1.35 times as many tokens by Anthropic's account; measured through
	// its counting endpoint it was 1.46 for English and German prose, 1.15 to 1.3 for code, 1.0 for other scripts
	// (sol.ava.dev, "Opus 4.7 tokenizer", April 2026).
	asNewClaude = estimate{
		ratio: [kinds]int64{1650, 1300, 2400, 3300, 4900, 1450, 1500},
		bound: [kinds]int64{2800, 3000, 4500, 7100, 8200, 2300, 2300},
	}
	// Nothing published: in the middle of all others, and no less than the highest of them.
	asAny = estimate{
		ratio:  [kinds]int64{1300, 1500, 1500, 2500, 3500, 1300, 1500},
		bound:  [kinds]int64{2800, 3000, 4500, 7100, 8450, 3300, 2750},
		prefix: 1,
	}
	// OpenAI's own next vocabulary is expected to be no worse than the last by more than a quarter.
	asO200k = estimate{
		ratio: [kinds]int64{1000, 1000, 1000, 1000, 1000, 1000, 1000},
		bound: [kinds]int64{1250, 1250, 1250, 1250, 1250, 1250, 1250},
	}
)

// A run of one character is a token of up to 128 bytes in o200k_base and may be one a byte elsewhere, so runs are
// counted by their bytes: a quarter of them as the estimate, all of them as the bound.
const runsPermille = 250

// count applies the estimate to a text's profile.
func (e *estimate) count(p profile) Count {
	if p == (profile{}) {
		return Count{Kind: Estimate}
	}
	tokens, bound, ceiling := permille(p.runs, runsPermille), p.runs+e.prefix, p.runs+e.prefix
	for k := range p.tokens {
		tokens += permille(p.tokens[k], e.ratio[k])
		bound += permille(p.tokens[k], e.bound[k])
		most := p.bytes[k]
		if k >= int(nearLetters) {
			most *= e.growth
		}
		ceiling += most
	}
	if e.ceiling {
		bound = min(bound, ceiling)
		tokens = min(tokens, bound)
	}
	return Count{Tokens: tokens, Margin: bound - tokens, Kind: Estimate}
}

// estimateCounter counts a vocabulary that is not at hand.
func estimateCounter(f Family, encoding string, e *estimate) *Counter {
	return &Counter{family: f, encoding: encoding, count: func(text string) Count {
		return e.count(o200kBase().profile(text))
	}}
}
