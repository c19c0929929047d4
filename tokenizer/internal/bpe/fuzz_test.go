package bpe

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/dlclark/regexp2"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

// FuzzSplitters compares the splitters with the published patterns, run by a regular expression engine, on text
// where both know the same characters.
func FuzzSplitters(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.Contains(text, "ſ") || !agreedCharacters(text) || len(text) > 2000 {
			t.Skip()
		}
		for name, pattern := range patterns() {
			if got, want := split(name, text), match(t, pattern, text); !slices.Equal(got, want) {
				t.Errorf("%s: %q splits into %q, want %q", name, text, got, want)
			}
		}
	})
}

// FuzzMerge compares the backtracking encoder with merging as it is defined, and with decoding.
func FuzzMerge(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" || len(text) > 300 {
			t.Skip()
		}
		for _, name := range published {
			e := encodings[name]()
			m := newMemory()
			e.encode(m, []byte(text), 0, len(text))
			if want, _ := naive(e.vocabulary, []byte(text)); !slices.Equal(m.tokens, want) {
				t.Errorf("%s: %q merges into %v, want %v", name, text, m.tokens, want)
			}
			if !utf8.ValidString(text) {
				continue
			}
			if n := e.countPiece(newMemory(), []byte(text), 0, len(text)); n != len(m.tokens) {
				t.Errorf("%s: %q has %d tokens, counted %d", name, text, len(m.tokens), n)
			}
		}
	})
}

// FuzzCount makes sure that counts, tokens and their bytes agree on anything, valid or not.
func FuzzCount(f *testing.F) {
	seeds(f)
	f.Add("\xff\xe4\xb8 \xf0\x9f")
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range published {
			tokens := encoded(name, text)
			if n := countIn(name, text); n != int64(len(tokens)) {
				t.Errorf("%s: %q has %d tokens, counted %d", name, text, len(tokens), n)
			}
			if back := decoded(name, tokens); back != string([]rune(text)) {
				t.Errorf("%s: %q comes back as %q", name, text, back)
			}
		}
	})
}

func seeds(f *testing.F) {
	g := texttest.NewStrings(99)
	for range 300 {
		f.Add(g.Next(8))
	}
	for _, s := range []string{"", "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\u0301A", "漢A字", "ABCdef'SX", " 'll", "12345", "\r\n \n  x"} {
		f.Add(s)
	}
}

// patterns are the published ones, from tiktoken's openai_public.py.
var patterns = sync.OnceValue(func() map[string]*regexp2.Regexp {
	const contraction = `(?i:'s|'t|'re|'ve|'m|'ll|'d)`
	return map[string]*regexp2.Regexp{
		"o200k_base": regexp2.MustCompile(
			`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`+contraction+`?|`+
				`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*`+contraction+`?|`+
				`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`, regexp2.None),
		"cl100k_base": regexp2.MustCompile(contraction+
			`|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`, regexp2.None),
		"r50k_base": regexp2.MustCompile(
			`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, regexp2.None),
	}
})

func match(t *testing.T, pattern *regexp2.Regexp, text string) (pieces []string) {
	m, err := pattern.FindStringMatch(text)
	for ; m != nil; m, err = pattern.FindNextMatch(m) {
		pieces = append(pieces, m.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	return pieces
}

func split(encoding, text string) (pieces []string) {
	e, ends := encodings[encoding](), make([]int, 3)
	for i := 0; i < len(text); {
		n := e.split.cut([]byte(text), i, ends)
		for _, end := range ends[:n] {
			pieces = append(pieces, text[i:end])
			i = end
		}
	}
	return pieces
}

var goClasses = map[class]*regexp.Regexp{
	upper: regexp.MustCompile(`\p{Lu}|\p{Lt}`), lower: regexp.MustCompile(`\p{Ll}`), letter: regexp.MustCompile(`\p{Lm}|\p{Lo}`),
	mark: regexp.MustCompile(`\p{M}`), number: regexp.MustCompile(`\p{N}`),
}

// agreedCharacters reports whether Go's older Unicode tables know every character as ours do.
func agreedCharacters(text string) bool {
	for _, r := range text {
		b := []byte(string(r))
		c, _ := classes().at(b, 0)
		for is, re := range goClasses {
			if re.Match(b) != (c == is) {
				return false
			}
		}
	}
	return true
}
