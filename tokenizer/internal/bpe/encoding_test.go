package bpe

import (
	"slices"
	"testing"
)

func TestInvalidBytesCountAsReplacementCharacters(t *testing.T) {
	for _, name := range published {
		if got, want := countIn(name, "a\xff\xfeb\xe4\xb8"), countIn(name, "a\ufffd\ufffdb\ufffd\ufffd"); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// The tokens that OpenAI's cookbook names for this text ("How to count tokens with tiktoken").
func TestEncodedAsPublished(t *testing.T) {
	if got := encoded("cl100k_base", "tiktoken is great!"); !slices.Equal(got, []int{83, 1609, 5963, 374, 2294, 0}) {
		t.Errorf("%v", got)
	}
}

// Where tiktoken-go and the official tokenizer part, or where a splitter would easily go wrong.
func TestEdges(t *testing.T) {
	tests := []struct {
		encoding, text string
		want           int64
	}{
		{"o200k_base", "", 0},
		{"o200k_base", "\U0002ebf0's", 5},     // a letter since Unicode 15.1
		{"o200k_base", " I'ſ", 2},             // U+017F is an s where case is ignored
		{"o200k_base", "<|endoftext|>", 7},    // plain text, not one special token
		{"cl100k_base", "<|endofprompt|>", 7}, // the same
		{"cl100k_base", "tiktoken is great!", 6},
	}
	for _, tt := range tests {
		if got := countIn(tt.encoding, tt.text); got != tt.want {
			t.Errorf("%s %q: %d tokens, want %d", tt.encoding, tt.text, got, tt.want)
		}
	}
}
