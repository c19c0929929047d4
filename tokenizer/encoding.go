package tokenizer

import (
	"context"
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

// count returns how many tokens text has. The error is ctx's cause, if ctx ends before all is counted.
func (e *encoder) count(ctx context.Context, text string) (total int64, err error) {
	err = e.inTurns(ctx, text, func(m *memory, b []byte) { total += e.countText(e.split, m, b) })
	return total, err
}

// valid returns the bytes of text, not to be written to, with each byte that is not part of valid UTF-8
// replaced by U+FFFD.
func valid(text string) []byte { return new(memory).valid(text) }
