package bpe

import (
	"context"
	"sync"
)

// An Encoding is a published vocabulary with the pattern that cuts texts for it.
type Encoding struct {
	*vocabulary
	split splitter
	*memories
}

// OpenAI's encodings. Each loads on its first use, once, and nobody waits but for the one he needs.
var (
	O200kBase  = lazily("o200k_base", func(p pattern) splitter { return o200kSplitter{p} })
	Cl100kBase = lazily("cl100k_base", func(p pattern) splitter { return cl100kSplitter{p} })
	P50kBase   = lazily("p50k_base", func(p pattern) splitter { return r50kSplitter{p} })
	R50kBase   = lazily("r50k_base", func(p pattern) splitter { return r50kSplitter{p} })
)

func lazily(name string, split func(pattern) splitter) func() *Encoding {
	shared := newMemories()
	return sync.OnceValue(func() *Encoding {
		v, err := loadVocabulary(name)
		if err != nil {
			panic("bpe: embedded vocabulary: " + err.Error()) // the binary was built wrong
		}
		return &Encoding{v, split(pattern{classes()}), shared}
	})
}

// Count returns how many tokens text has. It is plain text: no special token is honoured. Each byte that is not part
// of valid UTF-8 counts as U+FFFD. Soon after ctx ends, Count gives up: the error is ctx's cause.
func (e *Encoding) Count(ctx context.Context, text string) (total int64, err error) {
	err = e.inTurns(ctx, text, func(m *memory, b []byte) { total += e.countText(e.split, m, b) })
	return total, err
}

// Pieces are some neighbouring pieces of a text. Tokens never cross the end of one.
type Pieces struct {
	Text  []byte // valid UTF-8 with the pieces in it, not to be written to; it and Ends are valid until visit returns
	Start int    // where in Text the first piece starts
	Ends  []int  // where each of them ends, and the next one starts

	encoding *Encoding
	memory   *memory
}

// Pieces calls visit with the pieces of text, in order and all of them, unless ctx ends first: then the error is ctx's
// cause. A long text is cut at the same places as a short one.
func (e *Encoding) Pieces(ctx context.Context, text string, visit func(Pieces)) error {
	return e.inTurns(ctx, text, func(m *memory, b []byte) { e.visitPieces(m, b, visit) })
}

func (e *Encoding) visitPieces(m *memory, b []byte, visit func(Pieces)) {
	for i := 0; i < len(b) && !m.stopped(); {
		n := e.split.cut(b, i, m.ends[:])
		visit(Pieces{Text: b, Start: i, Ends: m.ends[:n], encoding: e, memory: m})
		i = m.ends[n-1]
	}
}

// Tokens returns how many tokens the piece has that starts at Text[start] and ends at Ends[k].
func (p *Pieces) Tokens(start, k int) int {
	return p.encoding.countPieces(p.memory, p.Text, start, p.Ends[k:k+1])
}
