package tokenizer

import (
	"fmt"
	"sync"
	"unicode/utf8"

	"github.com/pkoukk/tiktoken-go"
	loader "github.com/pkoukk/tiktoken-go-loader"
)

// exactCounter counts with one of OpenAI's published vocabularies.
func exactCounter(encoding string) *Counter {
	return &Counter{family: OpenAI, encoding: encoding, count: func(text string) Count {
		return countWith(encoding, text)
	}}
}

// vocabularies load on first use, each on its own and once.
var vocabularies = map[string]func() *tiktoken.Tiktoken{
	"o200k_base":    sync.OnceValue(func() *tiktoken.Tiktoken { return load("o200k_base") }),
	"o200k_harmony": sync.OnceValue(func() *tiktoken.Tiktoken { return load("o200k_base") }), // differs in special tokens only
	"cl100k_base":   sync.OnceValue(func() *tiktoken.Tiktoken { return load("cl100k_base") }),
	"p50k_base":     sync.OnceValue(func() *tiktoken.Tiktoken { return load("p50k_base") }),
	"r50k_base":     sync.OnceValue(func() *tiktoken.Tiktoken { return load("r50k_base") }),
}

var offline = sync.OnceFunc(func() { tiktoken.SetBpeLoader(loader.NewOfflineLoader()) })

// load reads a vocabulary that is part of the binary. It can only fail if the binary was built wrong.
func load(name string) *tiktoken.Tiktoken {
	offline()
	t, err := tiktoken.GetEncoding(name)
	if err != nil {
		panic(fmt.Sprintf("tokenizer: embedded vocabulary %s: %v", name, err))
	}
	return t
}

// Encode returns the tokens of text in one of OpenAI's encodings: o200k_base, o200k_harmony, cl100k_base,
// p50k_base or r50k_base. Special tokens are not honoured: their text is plain text.
func Encode(encoding, text string) ([]int, error) {
	vocabulary, ok := vocabularies[encoding]
	if !ok {
		return nil, fmt.Errorf("tokenizer: unknown encoding %q (known: o200k_base, o200k_harmony, cl100k_base, p50k_base, r50k_base)", encoding)
	}
	return vocabulary().EncodeOrdinary(valid(text)), nil
}

// countWith counts text in a published encoding. The library's merge takes quadratic time on an unbroken
// run, so longer ones are counted as one token a byte, which no byte-level vocabulary exceeds: the count is
// then an upper bound.
func countWith(encoding, text string) Count {
	text = valid(text)
	vocabulary := vocabularies[encoding]()
	count := Count{Kind: Exact}
	for text != "" {
		plain, run := cutRun(text)
		count.Tokens += int64(len(vocabulary.EncodeOrdinary(text[:plain])) + run)
		if run > 0 {
			count.Kind = Upper
		}
		text = text[plain+run:]
	}
	return count
}

// longRun is the length in bytes from which a run without a change between space and other text is cut out.
const longRun = 1024

// cutRun finds the first long run: text[:plain] comes before it, and the run is text[plain:plain+run].
func cutRun(text string) (plain, run int) {
	start := 0
	for i := 1; i <= len(text); i++ {
		if i < len(text) && isSpace(text[i]) == isSpace(text[start]) {
			continue
		}
		if i-start >= longRun {
			return start, i - start
		}
		start = i
	}
	return len(text), 0
}

func isSpace(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

// valid returns text with each byte that is not part of valid UTF-8 replaced by U+FFFD.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}
