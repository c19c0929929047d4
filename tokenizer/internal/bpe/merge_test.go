package bpe

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// naive merges byte by byte, as the definition has it: always the pair of the lowest rank, leftmost first.
// It also reports whether the ranks of the merges rose.
func naive(v *vocabulary, b []byte) (tokens []token, rising bool) {
	parts := make([][]byte, len(b))
	for i := range b {
		parts[i] = b[i : i+1]
	}
	rising = true
	for last := token(0); ; {
		best, at := noLimit, -1
		for i := 0; i+1 < len(parts); i++ {
			n := len(parts[i]) + len(parts[i+1])
			if t, ok := v.find(parts[i][:n:n], 0, n); ok && t < best {
				best, at = t, i
			}
		}
		if at < 0 {
			break
		}
		rising = rising && best >= last
		last = best
		n := len(parts[at]) + len(parts[at+1])
		parts[at] = parts[at][:n:cap(parts[at])]
		parts = append(parts[:at+1], parts[at+2:]...)
	}
	for _, p := range parts {
		t, _ := v.find(p, 0, len(p))
		tokens = append(tokens, t)
	}
	return tokens, rising
}

// The backtracking encoder needs this; see merge.go.
func TestEveryTokenIsReachedByRisingMerges(t *testing.T) {
	for _, name := range published {
		v := encodings[name]()
		for tok := range token(v.size()) {
			start, end := v.span(tok)
			b := v.bytes[start:end]
			if len(b) == 1 && tok >= 256 {
				t.Errorf("%s: byte %x has rank %d", name, b, tok)
			}
			if len(b) < 2 {
				continue
			}
			if got, rising := naive(v.vocabulary, b); len(got) != 1 || !rising {
				t.Errorf("%s: token %d %q: merging gives %v, by rising ranks = %v", name, tok, b, got, rising)
			}
		}
	}
}

// Short pieces are counted by a merge of their own.
func TestShortPiecesMergeAsDefined(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 14))
	for _, name := range published {
		v := encodings[name]().vocabulary
		for range 3000 {
			var b []byte
			for n := 2 + rng.IntN(maxShort-1); len(b) < n; {
				start, end := v.span(token(rng.IntN(v.size())))
				b = append(b, v.bytes[start:min(end, start+n-len(b))]...)
			}
			want, _ := naive(v, b)
			if got := v.mergeShort(append([]byte("x"), b...), 1, len(b)); got != len(want) {
				t.Fatalf("%s: %q merges into %d tokens, want %d", name, b, got, len(want))
			}
		}
	}
}

// Runs are where the longest token is seldom the right one.
func TestRunsMergeAsDefined(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 8))
	for _, name := range published {
		e := encodings[name]()
		for c := byte(' '); c < 0x7f; c++ {
			unit := string(rune(c))
			if rng.IntN(4) == 0 {
				unit += string(rune(' ' + rng.IntN(95)))
			}
			text := []byte(strings.Repeat(unit, 1+rng.IntN(400)) + "-x"[:rng.IntN(3)])
			m := newMemory()
			e.encode(m, text, 0, len(text))
			if want, _ := naive(e.vocabulary, text); !slices.Equal(m.tokens, want) {
				t.Errorf("%s: %d bytes of %q merge into %v, want %v", name, len(text), unit, m.tokens, want)
			}
		}
	}
}
