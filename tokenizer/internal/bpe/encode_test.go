package bpe

import (
	"context"
)

// published lists the encodings.
var published = []string{"o200k_base", "cl100k_base", "p50k_base", "r50k_base"}

// encodings are those of published, by name.
var encodings = map[string]func() *Encoding{
	"o200k_base":  O200kBase,
	"cl100k_base": Cl100kBase,
	"p50k_base":   P50kBase,
	"r50k_base":   R50kBase,
}

// countIn counts text in a published encoding.
func countIn(encoding, text string) int64 {
	n, _ := encodings[encoding]().Count(context.Background(), text) // fails only if the context ends
	return n
}

// valid returns the bytes of text, not to be written to, with each byte that is not part of valid UTF-8
// replaced by U+FFFD.
func valid(text string) []byte { return new(memory).valid(text) }

// encoded returns the tokens of text, found as counting finds those of a piece that it does not remember.
func encoded(encoding, text string) (tokens []int) {
	e := encodings[encoding]()
	_ = e.inTurns(context.Background(), text, func(m *memory, b []byte) { // fails only if the context ends
		tokens = e.appendTokens(tokens, m, b)
	})
	return tokens
}

func (e *Encoding) appendTokens(tokens []int, m *memory, b []byte) []int {
	for i := 0; i < len(b); {
		n := e.split.cut(b, i, m.ends[:])
		for _, end := range m.ends[:n] {
			m.tokens = m.tokens[:0]
			if t, ok := e.find(b, i, end-i); ok {
				m.tokens = append(m.tokens, t)
			} else {
				e.encode(m, b, i, end)
			}
			for _, t := range m.tokens {
				tokens = append(tokens, int(t))
			}
			i = end
		}
	}
	return tokens
}

// decoded returns the text of tokens.
func decoded(encoding string, tokens []int) string {
	e := encodings[encoding]()
	var b []byte
	for _, t := range tokens {
		start, end := e.span(token(t))
		b = append(b, e.bytes[start:end]...)
	}
	return string(b)
}
