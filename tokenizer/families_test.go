package tokenizer

import (
	"encoding/json"
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"
)

var writeCorpora = flag.String("write-corpora", "", "write the texts that families are measured on to this file, for testdata/families.mjs")

func TestWriteCorpora(t *testing.T) {
	if *writeCorpora == "" {
		t.Skip("only with -write-corpora")
	}
	texts := make(map[string]string)
	for _, s := range samples() {
		texts[s.name] = s.text
	}
	b, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*writeCorpora, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// measured reads testdata/families.tsv: tokens by vocabulary and sample.
func measured(t *testing.T) map[string]map[string]int64 {
	t.Helper()
	b, err := os.ReadFile("testdata/families.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	names := strings.Split(lines[0], "\t")
	table := make(map[string]map[string]int64)
	for _, name := range names[1:] {
		table[name] = make(map[string]int64)
	}
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		for i, name := range names[1:] {
			if table[name][cells[0]], err = strconv.ParseInt(cells[i+1], 10, 64); err != nil {
				t.Fatal(err)
			}
		}
	}
	return table
}

// Models whose counts each measured vocabulary stands for.
var measuredModels = map[string][]string{
	"claude":   {"claude-2.1", "claude-sonnet-4", "claude-opus-5", "grok-4", "nobody-knows"},
	"gemini":   {"gemini-1.5-pro", "grok-4", "nobody-knows"},
	"gemma3":   {"gemini-2.5-pro", "gemma3:4b", "grok-4", "nobody-knows"},
	"llama2":   {"llama2", "grok-4", "nobody-knows"},
	"llama3":   {"llama3.1", "grok-4", "nobody-knows"},
	"mistral":  {"mistral-7b", "grok-4", "nobody-knows"},
	"qwen3":    {"qwen3-32b", "grok-4", "nobody-knows"},
	"deepseek": {"deepseek-chat", "grok-4", "nobody-knows"},
}

func TestBoundsHoldOnEveryMeasuredText(t *testing.T) {
	captureLog(t)
	table := measured(t)
	for vocabulary, models := range measuredModels {
		for _, model := range models {
			c := For(model)
			for _, s := range samples() {
				n, want := c.Count(s.text), table[vocabulary][s.name]
				if n.Kind != Estimate || n.Margin < 0 || want == 0 {
					t.Errorf("%s, %s: %+v, measured %d", model, s.name, n, want)
				}
				if n.Bound() < want {
					t.Errorf("%s, %s: bound %d (%d + %d) is below %d of %s", model, s.name, n.Bound(), n.Tokens, n.Margin, want, vocabulary)
				}
			}
		}
	}
}

func TestEstimatesAreNear(t *testing.T) {
	table := measured(t)
	for vocabulary, models := range measuredModels {
		if vocabulary == "gemma3" {
			continue // one estimate serves both of Google's, and the older one needs more
		}
		for _, name := range []string{"english", "code", "json", "markdown", "chinese", "japanese", "russian", "digits", "hex", "emoji"} {
			n, want := For(models[0]).Count(sample(t, name)).Tokens, table[vocabulary][name]
			if n < want*75/100 || n > want*135/100 {
				t.Errorf("%s, %s: %d, measured %d", models[0], name, n, want)
			}
		}
	}
}

func sample(t *testing.T, name string) string {
	t.Helper()
	for _, s := range samples() {
		if s.name == name {
			return s.text
		}
	}
	t.Fatalf("no sample %s", name)
	return ""
}
