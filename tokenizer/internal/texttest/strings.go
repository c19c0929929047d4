package texttest

import (
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// Strings makes strings that visit the corners of the splitting patterns: every kind of character beside every
// other, contractions in all spellings, runs of all lengths. The same seed makes the same strings everywhere.
type Strings struct{ rng *rand.Rand }

// NewStrings returns a maker of strings.
func NewStrings(seed uint64) *Strings { return &Strings{rand.New(rand.NewPCG(seed, 0x0b9d))} }

// fragments are put together at random; each line is one family, so that neighbours are often alike.
var fragments = [][]string{
	strings.Fields("the of and to budget holds Token HTTPServer camelCase ALLCAPS iPhone McDonald x I A naïve Ünïted straße ŉ"),
	{"'s", "'S", "'t", "'RE", "'ve", "'vE", "'m", "'ll", "'lL", "'d", "'D", "'", "''", "'x", "'ſ", "'ſt", "’s", "'re'", "'l", "'v"},
	{" ", "  ", "   ", "\t", "\n", "\r\n", "\r", "\n\n", " \n", "\n ", "\v", "\f", "\u0085", "\u00a0", "\u2003", "\u2028", "\u3000", "        "},
	{"0", "7", "42", "123", "1234", "99999999", "½", "²", "Ⅷ", "٣", "१२३४", "𝟗", "一", "๓"},
	{".", ",", ";", ":", "!", "?", "/", "//", "\\", "(", ")", "()", "{", "}", "[]", "-", "--", "---", "=", "==", "===", "#", "##", "$", "%", "&", "*", "**", "@", "_", "__", "`", "```", "~", "|", "<", ">", "</", "/>", "\"", "…", "—", "·", "§"},
	{"漢", "字", "中国", "的", "人民", "日本語", "ひらがな", "カタカナ", "한국어", "。", "，", "「", "」", "々", "ー"},
	{"привет", "Мир", "РОССИЯ", "ё", "Ελληνικά", "ΑΒΓ", "ς", "שלום", "مرحبا", "नमस्ते", "ไทย", "ქართული", "Ა", "አማርኛ"},
	{"\u0301", "\u0308", "\u20dd", "\u093f", "\ufe0f", "e\u0301", "A\u030a", "\u0345", "\u1ab0", "\u0488"},
	{"ǅ", "ǈ", "ᾈ", "ʰ", "ˠ", "ª", "º", "ⁿ", "ℵ", "ⓐ", "Ⓐ", "𝐀", "𝐚", "ꟲ", "ᵃ", "\u02bc", "ʹ"},
	{"😀", "👍🏽", "👨‍👩‍👧‍👦", "🇩🇪", "❤️", "☃", "✨", "\u200d", "\u200b", "\ufeff", "\ufffd", "\x00", "\x01", "\x7f", "\u00ad"},
	{"<|endoftext|>", "<|endofprompt|>", "<|fim_prefix|>", "<|im_start|>", "<|", "|>", "endoftext"},
	{"func ", "return ", "if err != nil {\n\t", "}\n", ":= ", "{\"", "\":", "\",\"", "\\n", "https://", "www.", ".com/", "0x", "e4b8", "SGVsbG8="},
}

// Next returns a string of up to about most fragments.
func (g *Strings) Next(most int) string {
	var b strings.Builder
	family := fragments[g.rng.IntN(len(fragments))]
	for n := 1 + g.rng.IntN(most); n > 0; n-- {
		switch g.rng.IntN(16) {
		case 0, 1, 2, 3, 4:
			family = fragments[g.rng.IntN(len(fragments))]
		case 5:
			b.WriteString(strings.Repeat(family[g.rng.IntN(len(family))], 1+g.rng.IntN(40)))
		case 6:
			b.WriteRune(AnyRune(g.rng))
		case 7:
			for k := g.rng.IntN(12); k > 0; k-- {
				b.WriteByte(byte(' ' + g.rng.IntN(95)))
			}
		case 8:
			for k := g.rng.IntN(8); k > 0; k-- {
				b.WriteByte("abcdefghijklmnopqrstuvwxyz"[g.rng.IntN(26)])
			}
		}
		b.WriteString(family[g.rng.IntN(len(family))])
	}
	return b.String()
}

// AnyRune returns any character at all, mostly of the scripts in use.
func AnyRune(rng *rand.Rand) rune {
	for {
		var r rune
		switch rng.IntN(4) {
		case 0:
			r = rune(rng.IntN(0x3000))
		case 1:
			r = 0x3000 + rune(rng.IntN(0xd000))
		case 2:
			r = 0x10000 + rune(rng.IntN(0x22000))
		default:
			r = rune(rng.IntN(utf8.MaxRune + 1))
		}
		if utf8.ValidRune(r) {
			return r
		}
	}
}
