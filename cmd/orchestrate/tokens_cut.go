package main

import (
	"cmp"
	"fmt"

	"github.com/pkoukk/tiktoken-go"
	loader "github.com/pkoukk/tiktoken-go-loader"

	"github.com/orchestrate-go/orchestrate/orchestrator/view"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// cutter cuts texts into tokens with tiktoken-go, whose encodings it loads as they are needed. Counting has its own
// engine, because tiktoken-go's is slow and differs in rare characters; where the two disagree, a note says so.
type cutter map[string]*tiktoken.Tiktoken

// sameVocabulary names the encodings that tiktoken-go has under another name: they differ in special tokens only.
var sameVocabulary = map[string]string{"o200k_harmony": "o200k_base"}

// maxCut is the longest text that is cut, in bytes: tiktoken-go takes time by the square of an unbroken run, here
// some seconds at worst.
const maxCut = 64 << 10

// cut puts the tokens of text into its count, or a note that says why not.
func (k cutter) cut(c *view.Count, text string) error {
	switch {
	case c.Kind != tokenizer.Exact:
		c.AddNote(fmt.Sprintf("not cut into tokens: the vocabulary of %s is not part of this program", view.ModelText(c.Model)))
		return nil
	case len(text) > maxCut:
		c.AddNote(fmt.Sprintf("not cut into tokens: it has more than %d KiB", maxCut>>10))
		return nil
	}
	encoding, err := k.encoding(cmp.Or(sameVocabulary[c.Encoding], c.Encoding))
	if err != nil {
		return fmt.Errorf("cutting a text into tokens: %w", err)
	}
	for _, id := range encoding.EncodeOrdinary(string([]rune(text))) { // each byte that is not UTF-8 as U+FFFD
		c.Cut = append(c.Cut, view.Token{ID: id, Text: encoding.Decode([]int{id})})
	}
	if n := int64(len(c.Cut)); n != *c.Tokens {
		c.AddNote(fmt.Sprintf("shown as %s, as tiktoken-go cuts it; the exact count is %d", view.TokensText(n), *c.Tokens))
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
