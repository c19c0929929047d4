package bpe

import (
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

var writeGoldens = flag.Bool("write-goldens", false, "ask the official tokenizer for testdata/goldens.tsv; see soak_test.go")

// A block is texts whose tokens share one line of testdata/goldens.tsv: the encoding, the block's name, a hash of
// the texts, their number of tokens, a hash of the tokens.
type block struct {
	name  string
	texts []string
}

// blocks are 20,000 random strings, every sample and every corpus.
func blocks() (all []block) {
	for i := range 200 {
		g := texttest.NewStrings(uint64(1000 + i))
		b := block{name: fmt.Sprint("random", i)}
		for range 100 {
			b.texts = append(b.texts, g.Next(12))
		}
		all = append(all, b)
	}
	var rest block
	for _, s := range texttest.Samples() {
		rest.texts = append(rest.texts, s.Text)
	}
	rest.name = "samples"
	all = append(all, rest)
	for _, c := range texttest.Corpora {
		all = append(all, block{c.Name, []string{c.Text(100_000)}})
	}
	return all
}

// digest tells whether the texts are still those that the official tokenizer was asked about.
func (b block) digest() string {
	return fmt.Sprint(crc32.ChecksumIEEE([]byte(strings.Join(b.texts, "\x00"))))
}

func TestGoldens(t *testing.T) {
	all := blocks()
	if *writeGoldens {
		write(t, all)
	}
	file, err := os.ReadFile("testdata/goldens.tsv")
	if err != nil {
		t.Fatal(err)
	}
	golden := make(map[string]string)
	for line := range strings.Lines(string(file)) {
		cells := strings.SplitN(strings.TrimSpace(line), "\t", 4)
		golden[cells[0]+" "+cells[1]+" "+cells[2]] = cells[3]
	}
	for _, encoding := range published {
		for _, b := range all {
			want, ok := golden[encoding+" "+b.name+" "+b.digest()]
			if !ok {
				t.Fatalf("%s: the texts of %s are not those of testdata/goldens.tsv: write it anew", encoding, b.name)
			}
			if got := answers(t, encoding, b.texts); got != want {
				t.Errorf("%s: %s has %s tokens and hash, official %s", encoding, b.name, got, want)
			}
		}
	}
}

// answers is a golden line's end: the number of tokens of all texts, encoded and counted, and their hash.
func answers(t *testing.T, encoding string, texts []string) string {
	total, sum := int64(0), uint32(2166136261)
	for _, text := range texts {
		tokens := encoded(encoding, text)
		n := int64(len(tokens))
		if counted := countIn(encoding, text); counted != n {
			t.Errorf("%s: counted %d, encoded %d: %.80q", encoding, counted, n, text)
		}
		total += n
		sum = digest(sum, []int{len(tokens), int(digest(2166136261, tokens))})
	}
	return fmt.Sprintf("%d\t%d", total, sum)
}

// write asks the official tokenizer.
func write(t *testing.T, all []block) {
	var out strings.Builder
	for _, encoding := range published {
		var texts []string
		for _, b := range all {
			texts = append(texts, b.texts...)
		}
		lines := ask(t, encoding, texts)
		for _, b := range all {
			total, sum := 0, uint32(2166136261)
			for range b.texts {
				var n int
				var hash uint32
				if _, err := fmt.Sscan(lines[0], &n, &hash); err != nil {
					t.Fatal(err)
				}
				lines = lines[1:]
				total += n
				sum = digest(sum, []int{n, int(hash)})
			}
			fmt.Fprintf(&out, "%s\t%s\t%s\t%d\t%d\n", encoding, b.name, b.digest(), total, sum)
		}
	}
	if err := os.WriteFile("testdata/goldens.tsv", []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
