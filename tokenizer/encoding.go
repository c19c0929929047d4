package tokenizer

import (
	"context"
	"fmt"
	"sync"
)

// encoder is a published vocabulary with the pattern that cuts texts for it.
type encoder struct {
	*vocabulary
	split splitter
	*memories
}

// encoders are OpenAI's, by name. Each loads on its first use, once, and nobody waits but for the one he needs.
// o200k_harmony and p50k_edit differ from their bases in special tokens only.
var encoders = map[string]func() *encoder{
	"o200k_base":    o200kBase,
	"o200k_harmony": o200kBase,
	"cl100k_base":   cl100kBase,
	"p50k_base":     p50kBase,
	"p50k_edit":     p50kBase,
	"r50k_base":     r50kBase,
}

var (
	o200kBase  = lazily("o200k_base", func(p pattern) splitter { return o200kSplitter{p} })
	cl100kBase = lazily("cl100k_base", func(p pattern) splitter { return cl100kSplitter{p} })
	p50kBase   = lazily("p50k_base", func(p pattern) splitter { return r50kSplitter{p} })
	r50kBase   = lazily("r50k_base", func(p pattern) splitter { return r50kSplitter{p} })
)

func lazily(name string, split func(pattern) splitter) func() *encoder {
	shared := newMemories()
	return sync.OnceValue(func() *encoder {
		v, err := loadVocabulary(name)
		if err != nil {
			panic("tokenizer: embedded vocabulary: " + err.Error()) // the binary was built wrong
		}
		return &encoder{v, split(pattern{classes()}), shared}
	})
}

// Encode returns the tokens of text in one of OpenAI's encodings: o200k_base, o200k_harmony, cl100k_base,
// p50k_base, p50k_edit or r50k_base. Special tokens are not honoured: their text is plain text. Each byte that
// is not part of valid UTF-8 becomes U+FFFD.
func Encode(encoding, text string) ([]int, error) {
	e, err := encoderFor(encoding)
	if err != nil {
		return nil, err
	}
	var tokens []int
	err = e.inTurns(context.Background(), text, func(m *memory, b []byte) {
		tokens = e.appendTokens(tokens, m, b)
	})
	return tokens, err
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

// Decode returns the text of tokens as [Encode] makes them. Where a row of tokens is cut inside a character, what
// is left of it is not valid UTF-8.
func Decode(encoding string, tokens []int) (string, error) {
	e, err := encoderFor(encoding)
	if err != nil {
		return "", err
	}
	var b []byte
	for i, t := range tokens {
		if t < 0 || t >= e.size() {
			return "", fmt.Errorf("tokenizer: token %d at position %d is not one of %s", t, i, encoding)
		}
		start, end := e.span(token(t))
		b = append(b, e.bytes[start:end]...)
	}
	return string(b), nil
}

func encoderFor(encoding string) (*encoder, error) {
	e, ok := encoders[encoding]
	if !ok {
		return nil, fmt.Errorf("tokenizer: unknown encoding %q (known: o200k_base, o200k_harmony, cl100k_base, p50k_base, p50k_edit, r50k_base)", encoding)
	}
	return e(), nil
}

// count returns how many tokens text has. The error is ctx's cause, if ctx ends before all is counted.
func (e *encoder) count(ctx context.Context, text string) (total int64, err error) {
	err = e.inTurns(ctx, text, func(m *memory, b []byte) { total += e.countText(e.split, m, b) })
	return total, err
}

// valid returns the bytes of text, not to be written to, with each byte that is not part of valid UTF-8
// replaced by U+FFFD.
func valid(text string) []byte { return new(memory).valid(text) }
