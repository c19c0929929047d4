package tokenizer

import (
	"context"
)

// encoded returns the tokens of text, found as counting finds those of a piece that it does not remember.
func encoded(encoding, text string) (tokens []int) {
	e := encoders[encoding]()
	_ = e.inTurns(context.Background(), text, func(m *memory, b []byte) { // fails only if the context ends
		tokens = e.appendTokens(tokens, m, b)
	})
	return tokens
}

func (e *encoder) appendTokens(tokens []int, m *memory, b []byte) []int {
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
	e := encoders[encoding]()
	var b []byte
	for _, t := range tokens {
		start, end := e.span(token(t))
		b = append(b, e.bytes[start:end]...)
	}
	return string(b)
}
