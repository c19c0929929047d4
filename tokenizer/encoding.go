package tokenizer

import (
	"fmt"
	"sync"
	"unicode/utf8"
	"unsafe"
)

// encoding is a published vocabulary with the pattern that cuts texts for it.
type encoding struct {
	vocabulary func() *vocabulary // loads on first use, once
	pattern    func(pattern) splitter
}

var (
	o200kRanks  = lazily("o200k_base")
	cl100kRanks = lazily("cl100k_base")
	p50kRanks   = lazily("p50k_base")
	r50kRanks   = lazily("r50k_base")
)

func lazily(name string) func() *vocabulary {
	return sync.OnceValue(func() *vocabulary {
		v, err := loadVocabulary(name)
		if err != nil {
			panic("tokenizer: embedded vocabulary: " + err.Error()) // the binary was built wrong
		}
		return v
	})
}

func splitO200k(p pattern) splitter  { return o200kSplitter{p} }
func splitCL100k(p pattern) splitter { return cl100kSplitter{p} }
func splitR50k(p pattern) splitter   { return r50kSplitter{p} }

// encodings are OpenAI's. o200k_harmony and p50k_edit differ from their bases in special tokens only.
var encodings = map[string]encoding{
	"o200k_base":    {o200kRanks, splitO200k},
	"o200k_harmony": {o200kRanks, splitO200k},
	"cl100k_base":   {cl100kRanks, splitCL100k},
	"p50k_base":     {p50kRanks, splitR50k},
	"p50k_edit":     {p50kRanks, splitR50k},
	"r50k_base":     {r50kRanks, splitR50k},
}

// Encode returns the tokens of text in one of OpenAI's encodings: o200k_base, o200k_harmony, cl100k_base,
// p50k_base, p50k_edit or r50k_base. Special tokens are not honoured: their text is plain text.
func Encode(name, text string) ([]int, error) {
	e, ok := encodings[name]
	if !ok {
		return nil, fmt.Errorf("tokenizer: unknown encoding %q (known: o200k_base, o200k_harmony, cl100k_base, p50k_base, p50k_edit, r50k_base)", name)
	}
	v, split := e.vocabulary(), e.pattern(pattern{classes()})
	b := valid(text)
	m := new(memory)
	for i := 0; i < len(b); {
		n := split.cut(b, i, m.ends[:])
		for _, end := range m.ends[:n] {
			v.encode(m, b, i, end)
			i = end
		}
	}
	tokens := make([]int, len(m.tokens))
	for i, t := range m.tokens {
		tokens[i] = int(t)
	}
	return tokens, nil
}

// exactCounter counts with one of OpenAI's published vocabularies.
func exactCounter(name string) *Counter {
	return &Counter{family: OpenAI, encoding: name, count: func(text string) Count {
		return Count{Tokens: countWith(name, text), Kind: Exact}
	}}
}

func countWith(name, text string) int64 {
	e := encodings[name]
	m := &memory{cache: new(cache), pairs: new(pairs)}
	return countText(e.vocabulary(), e.pattern(pattern{classes()}), m, valid(text))
}

// valid returns the bytes of text, not to be written to, with each byte that is not part of valid UTF-8
// replaced by U+FFFD.
func valid(text string) []byte {
	if utf8.ValidString(text) {
		return unsafe.Slice(unsafe.StringData(text), len(text))
	}
	return []byte(string([]rune(text)))
}
