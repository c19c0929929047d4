package tokenizer

import (
	"strings"
	"testing"
)

func TestInvalidBytesCountAsReplacementCharacters(t *testing.T) {
	got, want := For("gpt-4o").Count("a\xff\xfeb\xe4\xb8"), For("gpt-4o").Count("a\ufffd\ufffdb\ufffd\ufffd")
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestEncodeNamesTheKnownEncodings(t *testing.T) {
	if _, err := Encode("o300k", "x"); err == nil || !strings.Contains(err.Error(), "cl100k_base") {
		t.Errorf("error %v does not name what is known", err)
	}
}

// Where tiktoken-go and the official tokenizer part, or where a splitter would easily go wrong.
func TestEdges(t *testing.T) {
	tests := []struct {
		encoding, text string
		want           int
	}{
		{"o200k_base", "", 0},
		{"o200k_base", "\U0002ebf0's", 5},     // a letter since Unicode 15.1
		{"o200k_base", " I'ſ", 2},             // U+017F is an s where case is ignored
		{"o200k_base", "<|endoftext|>", 7},    // plain text, not one special token
		{"o200k_harmony", "<|endoftext|>", 7}, // the same
		{"cl100k_base", "<|endofprompt|>", 7}, // the same
		{"cl100k_base", "tiktoken is great!", 6},
	}
	for _, tt := range tests {
		got, err := Encode(tt.encoding, tt.text)
		if err != nil || len(got) != tt.want {
			t.Errorf("%s %q: %v, %v; want %d tokens", tt.encoding, tt.text, got, err, tt.want)
		}
	}
}
