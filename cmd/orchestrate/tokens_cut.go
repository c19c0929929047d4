package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/pkoukk/tiktoken-go"
	loader "github.com/pkoukk/tiktoken-go-loader"

	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// tokenJSON is a token of a text.
type tokenJSON struct {
	ID   int    `json:"id"`
	Text string `json:"text"` // in JSON, U+FFFD for each byte that is not of a whole character
}

// cutter cuts texts into tokens with tiktoken-go, whose encodings it loads as they are needed. Counting has its own
// engine, because tiktoken-go's is slow and differs in rare characters; where the two disagree, a note says so.
type cutter map[string]*tiktoken.Tiktoken

// sameVocabulary names the encodings that tiktoken-go has under another name: they differ in special tokens only.
var sameVocabulary = map[string]string{"o200k_harmony": "o200k_base"}

// maxCut is the longest text that is cut, in bytes: tiktoken-go takes time by the square of an unbroken run, here
// some seconds at worst.
const maxCut = 64 << 10

// cut puts the tokens of text into its count, or a note that says why not.
func (k cutter) cut(c *countJSON, text string) error {
	switch {
	case c.Kind != tokenizer.Exact:
		c.addNote(fmt.Sprintf("not cut into tokens: the vocabulary of %s is not part of this program", modelText(c.Model)))
		return nil
	case len(text) > maxCut:
		c.addNote(fmt.Sprintf("not cut into tokens: it has more than %d KiB", maxCut>>10))
		return nil
	}
	encoding, err := k.encoding(cmp.Or(sameVocabulary[c.Encoding], c.Encoding))
	if err != nil {
		return fmt.Errorf("cutting a text into tokens: %w", err)
	}
	for _, id := range encoding.EncodeOrdinary(string([]rune(text))) { // each byte that is not UTF-8 as U+FFFD
		c.Cut = append(c.Cut, tokenJSON{id, encoding.Decode([]int{id})})
	}
	if n := int64(len(c.Cut)); n != c.count.Tokens {
		c.addNote(fmt.Sprintf("shown as %s, as tiktoken-go cuts it; the exact count is %d", tokenText(n), c.count.Tokens))
	}
	return nil
}

func (k cutter) encoding(name string) (*tiktoken.Tiktoken, error) {
	if e, loaded := k[name]; loaded {
		return e, nil
	}
	tiktoken.SetBpeLoader(loader.NewOfflineLoader())
	e, err := tiktoken.GetEncoding(name)
	if err != nil {
		return nil, err
	}
	k[name] = e
	return e, nil
}

// cutText is the tokens of a text for people: quoted, and on a new line after each that ends a line.
func cutText(all []tokenJSON) string {
	var b strings.Builder
	for i, t := range all {
		b.WriteString(strconv.Quote(t.Text))
		if i == len(all)-1 || strings.HasSuffix(t.Text, "\n") {
			b.WriteByte('\n')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
