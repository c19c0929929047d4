package bpe

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

func TestNoTokenLiesAcrossASeam(t *testing.T) {
	for _, name := range published {
		v := encodings[name]().vocabulary
		for tok := range token(v.size()) {
			start, end := v.span(tok)
			for _, c := range completed(v.bytes[start:end]) {
				if seam := v.seams.end(c.text, 0, len(c.text)); seam < c.end {
					t.Fatalf("%s: a seam at %d of %q, in token %d", name, seam, c.text, tok)
				}
			}
		}
	}
}

// completion is text with a token at its beginning, but for the rest of its first character, and where the token ends.
type completion struct {
	text []byte
	end  int
}

// completed makes characters of those that a token has only parts of, in a few ways.
func completed(tok []byte) (all []completion) {
	befores, afters := []string{""}, []string{""}
	if !utf8.Valid(tok) {
		befores = append(befores, "\xc3", "\xd0", "\xe4\xb8", "\xe0\xa4", "\xed\x9f", "\xf0\x9f\x98", "\xe4", "\xf0\x9f", "\xf0")
		afters = append(afters, "\x80", "\xbf", "\xa0\x80", "\x80\x80", "\x90\x80\x80", "\x8f\xbf\xbf")
	}
	for _, before := range befores {
		for _, after := range afters {
			if text := before + string(tok) + after; utf8.ValidString(text) && text != "" {
				all = append(all, completion{[]byte(text), len(before) + len(tok)})
			}
		}
	}
	return all
}

// wideTexts makes text of many scripts without ASCII, where most seams are, and of parts of tokens.
func wideTexts(rng *rand.Rand, v *vocabulary) []byte {
	var b []byte
	for n := 1 + rng.IntN(8); n > 0; n-- {
		start, end := v.span(token(rng.IntN(v.size())))
		switch part := v.bytes[start:end]; {
		case rng.IntN(4) == 0:
			b = utf8.AppendRune(b, texttest.AnyRune(rng))
		case len(part) > 3 && part[0] >= 0x80:
			b = append(b, part...)
		default:
			b = utf8.AppendRune(b, rune(0x4e00+rng.IntN(0x5200)))
		}
	}
	return []byte(string([]rune(string(b))))
}

func TestPartsAreMergedAsTheWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 28))
	for _, name := range published {
		v, seams := encodings[name]().vocabulary, 0
		for range 1000 {
			b := wideTexts(rng, v)
			want, _ := naive(v, b)
			var got []token
			for i := 0; i < len(b); {
				end := v.seams.end(b, i, len(b))
				part, _ := naive(v, b[i:end])
				got = append(got, part...)
				i = end
				seams++
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s: %q has parts that merge into %v, want %v", name, b, got, want)
			}
		}
		if seams < 3000 {
			t.Errorf("%s: only %d parts", name, seams)
		}
	}
}
