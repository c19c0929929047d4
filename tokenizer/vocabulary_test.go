package tokenizer

import (
	"strings"
	"testing"
)

func TestLongRunsAreUpperBounds(t *testing.T) {
	for _, s := range []string{"a", " ", "\n", "-", "漢"} {
		n := For("gpt-4o").Count(strings.Repeat(s, 96<<10/len(s)))
		if n.Kind != Upper || n.Tokens < 96<<10/20 {
			t.Errorf("%q: %+v", s, n)
		}
	}
}

func TestInvalidBytesCountAsReplacementCharacters(t *testing.T) {
	got, want := For("gpt-4o").Count("a\xff\xfeb\xe4\xb8"), For("gpt-4o").Count("a\ufffd\ufffdb\ufffd\ufffd")
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestSpecialTokensArePlainText(t *testing.T) {
	if n := For("gpt-4o").Count("<|endoftext|>"); n.Tokens != 7 {
		t.Errorf("%d tokens, want the 7 of plain text", n.Tokens)
	}
}

func TestEncodeNamesTheKnownEncodings(t *testing.T) {
	if _, err := Encode("o300k", "x"); err == nil || !strings.Contains(err.Error(), "cl100k_base") {
		t.Errorf("error %v does not name what is known", err)
	}
}
