package bpe

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

var (
	soak     = flag.Int("soak", 0, "compare this many random strings per encoding with the official tokenizer, live")
	official = flag.String("official", "testdata", "directory with official.mjs and its node_modules")
	seed     = flag.Uint64("soak.seed", 1, "seed of the random strings")
)

// TestSoakAgainstOfficial asks the official tokenizer itself:
//
//	(cd testdata && npm install) && go test -run Soak -soak 1000000 -timeout 1h
func TestSoakAgainstOfficial(t *testing.T) {
	if *soak == 0 {
		t.Skip("needs Node; run with -soak N")
	}
	for _, name := range published {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gen := texttest.NewStrings(*seed)
			left := *soak
			compare(t, name, func() (string, bool) {
				left--
				return gen.Next(12), left >= 0
			})
		})
	}
}

// TestSoakEveryCharacter puts every code point into every place where its class decides.
func TestSoakEveryCharacter(t *testing.T) {
	if *soak == 0 {
		t.Skip("needs Node; run with -soak N")
	}
	frames := []string{"a%sb", "A%sB", " %s1", "-%s ", "漢%s's", "\u0301%sx", "%s%[1]s", "  %s  ", "1%s\n"}
	for _, name := range published {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rune(-1)
			compare(t, name, func() (string, bool) {
				for r++; !utf8.ValidRune(r) && r <= utf8.MaxRune; r++ {
				}
				var b strings.Builder
				for _, f := range frames {
					fmt.Fprintf(&b, f+"\x01", string(r))
				}
				return b.String(), r <= utf8.MaxRune
			})
		})
	}
}

// compare sends the texts that next makes to the official tokenizer and compares its answers with ours.
func compare(t *testing.T, name string, next func() (string, bool)) {
	cmd := exec.CommandContext(t.Context(), "node", "official.mjs", name)
	cmd.Dir = *official
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sent := make(chan string, 4096)
	go send(in, sent, next)
	answers := bufio.NewScanner(out)
	checked, wrong := 0, 0
	for text := range sent {
		if !answers.Scan() {
			t.Fatalf("the official tokenizer stopped after %d texts, at %q: %v", checked, text, answers.Err())
		}
		tokens := encoded(name, text)
		if got := fmt.Sprint(len(tokens), " ", digest(2166136261, tokens)); got != answers.Text() {
			wrong++
			if wrong <= 20 {
				t.Errorf("%q: %s, official %s", text, got, answers.Text())
			}
		}
		if n := countIn(name, text); n != int64(len(tokens)) {
			t.Fatalf("%q: counted %d, encoded %d", text, n, len(tokens))
		}
		checked++
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	t.Logf("%d texts, %d disagreements", checked, wrong)
}

func send(in io.WriteCloser, sent chan<- string, next func() (string, bool)) {
	defer in.Close()
	defer close(sent)
	w := bufio.NewWriter(in)
	defer w.Flush()
	e := json.NewEncoder(w)
	for text, ok := next(); ok; text, ok = next() {
		if e.Encode(text) != nil {
			return
		}
		sent <- text
	}
}

// digest is FNV-1a over token numbers, a 32-bit word at a time.
func digest(hash uint32, tokens []int) uint32 {
	for _, t := range tokens {
		hash = (hash ^ uint32(t)) * 16777619
	}
	return hash
}

// ask returns the official tokenizer's answers to texts.
func ask(t *testing.T, encoding string, texts []string) []string {
	t.Helper()
	var in bytes.Buffer
	e := json.NewEncoder(&in)
	for _, text := range texts {
		if err := e.Encode(text); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", "official.mjs", encoding)
	cmd.Dir, cmd.Stdin = *official, &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(texts) {
		t.Fatalf("%d answers to %d texts", len(lines), len(texts))
	}
	return lines
}
