package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

// TestHostileAnswers: what a provider says, as an answer or about a failure, reaches no terminal as it is, and is whole in
// the results.
func TestHostileAnswers(t *testing.T) {
	const hostile = "\x1b]0;owned\x07\x1b[2Jred\u009b31m\u202etxt.exe\u2066\r\x7f"
	server := providertest.NewServer()
	t.Cleanup(server.Close)
	server.Script(func(_ int, r *wire.Request) providertest.Answer {
		if r.Messages[0].Text() == "fail" {
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
	for line := range strings.Lines(said + string(results)) {
		line = strings.TrimSuffix(line, "\n")
		if safe := escape.Line(line); safe != line {
			t.Fatalf("%q was written as it is", line)
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
