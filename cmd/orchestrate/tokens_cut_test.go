package main

import (
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/view"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// The tokens of a text, one after the other, are the text, and a note says where they are not as many as are counted.
func TestTokensCutIsTheWholeText(t *testing.T) {
	texts := []string{
		"", " ", "Say hello.\r\n\r\n\tNow!", "漢字龘 and 👩‍👩‍👧", "\xff\xe4\xb8 bytes", "<|endoftext|>", " I'ſ", "\U0002ebf0's",
		strings.Repeat("a", 1000), strings.Repeat(" \n", 300),
	}
	all := cutter{}
	for _, model := range []string{"gpt-4o", "gpt-oss-20b", "gpt-4", "text-davinci-003", "text-davinci-edit-001", "davinci"} {
		for _, text := range texts {
			n := tokenizer.For(model).Count(text)
			c := view.NewCount(model, plainText, n, "")
			if err := all.cut(&c, text); err != nil {
				t.Fatal(err)
			}
			var whole strings.Builder
			for _, token := range c.Cut {
				whole.WriteString(token.Text)
			}
			if want := string([]rune(text)); whole.String() != want {
				t.Errorf("%s: %q is cut into %v", model, want, c.Cut)
			}
			if differs := int64(len(c.Cut)) != n.Tokens; differs != strings.Contains(c.Note, "tiktoken-go") {
				t.Errorf("%s: %q has %d tokens, %d are counted, and the note is %q", model, text, len(c.Cut), n.Tokens, c.Note)
			}
		}
	}
}
