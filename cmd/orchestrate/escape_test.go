package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"plain, 日本語, é, 👩\u200d💻\n\tnext": "plain, 日本語, é, 👩\u200d💻\n\tnext",
		"":                               "",
		"\x1b[31mred\x1b[0m":             `\u001b[31mred\u001b[0m`,
		"\x1b]0;title\x07":               `\u001b]0;title\u0007`,
		"a\rb\x00c\x7fd":                 `a\u000db\u0000c\u007fd`,
		"\u0080 \u009b2J \u009f":         `\u0080 \u009b2J \u009f`,
		"\u202a\u202b\u202c\u202d\u202e": `\u202a\u202b\u202c\u202d\u202e`,
		"\u2066\u2067\u2068\u2069":       `\u2066\u2067\u2068\u2069`,
		"\u200e\u200f\u061c\u2028\u2029": `\u200e\u200f\u061c\u2028\u2029`,
		"\u00a0\u200b\u2027\u202f\u2065\u206a\ufeff": "\u00a0\u200b\u2027\u202f\u2065\u206a\ufeff",
		"\x9b2J \xc2": "\ufffd2J \ufffd",
	} {
		if got := string(escape([]byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		for size := 1; size < 5; size++ { // whatever the pieces that it comes in
			var b bytes.Buffer
			e := &escaper{w: &b}
			for rest := []byte(text); len(rest) > 0; rest = rest[min(size, len(rest)):] {
				if n, err := e.Write(rest[:min(size, len(rest))]); err != nil || n != min(size, len(rest)) {
					t.Fatal(n, err)
				}
			}
			if got := b.String() + strings.Repeat("\ufffd", min(len(e.part), 1)); got != want {
				t.Errorf("%q in pieces of %d: %q, want %q", text, size, got, want)
			}
		}
	}
}

// TestEscapedJSONIsTheSame: what a program reads is what there was.
func TestEscapedJSONIsTheSame(t *testing.T) {
	var text strings.Builder
	for r := range rune(0x2100) {
		text.WriteRune(r)
	}
	doc, err := json.Marshal(map[string]string{text.String(): text.String()})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	escaped := escape(doc)
	if err := json.Unmarshal(escaped, &got); err != nil || got[text.String()] != text.String() {
		t.Errorf("%v", err)
	}
	if bytes.ContainsFunc(escaped, isControl) || !utf8.Valid(escaped) {
		t.Error("a control character stayed")
	}
}

func TestEscaperPassesErrorsOn(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	if _, err := (&escaper{w: w}).Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"as it is": "as it is", "a\nb\tc": `a\u000ab\u0009c`, "\x1b[2J\r": `\u001b[2J\u000d`, "\xff": "\ufffd",
	} {
		if got := oneLine(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	table := renderTable([]string{"name", "n"}, [][]string{{"\x1b[31ma\nb", "1"}, {"c", "2"}})
	if want := "name             n\n──────────────────\n\\u001b[31ma\\u000ab 1\n"; strings.Count(table, "\n") != 4 || strings.ContainsRune(table, '\x1b') {
		t.Errorf("%q, want something like %q", table, want)
	}
}

// TestTextCell: text that a spreadsheet would carry out is defused; numbers and other text stay.
func TestTextCell(t *testing.T) {
	for text, want := range map[string]string{
		"gpt-4o": "gpt-4o", "": "", "2026-11-26": "2026-11-26", "a=1": "a=1", "-1": "-1", "+1.5": "+1.5", "-3": "-3",
		"=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0", "+1+1": "'+1+1", "-1+1": "'-1+1", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠x": "'＠x", "-": "'-",
		"-1.": "'-1.", "'=1": "'=1",
	} {
		if got := textCell(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestHostileAnswers: what a provider says, as an answer or about a failure, reaches no terminal as it is, and is whole in
// the results.
func TestHostileAnswers(t *testing.T) {
	const hostile = "\x1b]0;owned\x07\x1b[2Jred\u009b31m\u202etxt.exe\u2066\r\x7f"
	server := providertest.NewServer()
	t.Cleanup(server.Close)
	server.Script(func(_ int, r *wire.Request) providertest.Answer {
		if r.Messages[0].Content == "fail" {
			return providertest.Answer{Status: 400, Message: hostile + "\n[9/9] done"}
		}
		return providertest.Answer{Text: hostile}
	})
	dir := writeProject(t, providerProject("openai", "gpt-4o-mini", server.URL(openai.Format)),
		`{"id": "a", "prompt": "answer"}`+"\n"+`{"id": "b", "prompt": "fail"}`+"\n")
	env := []string{"FAR_KEY=" + farKey}
	said := ""
	for _, args := range [][]string{
		{"run", "tasks.jsonl", "--progress", "plain"}, {"run", "tasks.jsonl", "--progress", "json"},
		{"run", "tasks.jsonl", "--progress", "off", "--out", "results.jsonl"}, {"report"}, {"report", "--json"},
		{"ledger", "export", "--outputs"},
	} {
		p := command(t, dir, env, args...)
		code := exitDone
		if args[0] == "run" {
			code = exitFailed
		}
		p.run(code)
		said += p.out.String() + p.err.String()
	}
	results, err := os.ReadFile(filepath.Join(dir, "results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range said + string(results) {
		if isControl(r) && r != '\n' {
			t.Fatalf("%q was written as it is", r)
		}
	}
	if strings.Contains(said, "\n[9/9] done") {
		t.Error("a failure wrote a line of its own")
	}
	whole := false
	for line := range strings.Lines(string(results)) {
		var result orchestrator.Result
		if err := json.Unmarshal([]byte(line), &result); err != nil {
			t.Fatal(err)
		}
		whole = whole || result.Output == hostile
	}
	if !whole {
		t.Errorf("the answer is not in the results as it was: %s", results)
	}
}
