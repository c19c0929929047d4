package main

import (
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

// Answers are held against the schemas of their tasks; one that does not match is asked for again, on the books of its task.
func TestSchemas(t *testing.T) {
	const task = `{"id": "t1", "prompt": "Rate it.", "schema": {"type": "object", "properties": {"rating": {"type": "integer"}}, "required": ["rating"]}}` + "\n"
	server := providertest.NewServer()
	t.Cleanup(server.Close)
	answers := map[string][]string{
		"right the second time": {`{"rating": "four"}`, `{"rating": 4}`},
		"never right":           {"Four stars.", `{"stars": 4}`},
	}
	for name, says := range answers {
		first := server.Calls()
		server.Script(func(n int, _ *wire.Request) providertest.Answer {
			return providertest.Answer{Text: says[min(n-1-first, len(says)-1)]}
		})
		dir := writeProject(t, providerProject("openai", "gpt-4o-mini", server.URL(openai.Format)), task)
		code, outcome, output := 0, "done", says[1]
		if name == "never right" {
			code, outcome = 1, "failed"
		}
		result := command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl").run(code)
		want(t, result, map[string]string{"0.outcome": outcome, "0.attempts": "2"})
		if code == 0 {
			want(t, result, map[string]string{"0.output": output})
		} else if reason := valueOf(t, result, "0.reason"); !strings.Contains(reason, "does not match its schema: missing propert") {
			t.Errorf("reason %q", reason)
		}
		wantTotal(t, dir, map[string]string{"held": "0", "settled": valueOf(t, result, "0.tokens")})
	}
	dir := writeProject(t, providerProject("openai", "gpt-4o-mini", server.URL(openai.Format)), strings.Replace(task, "integer", "int", 1))
	calls := server.Calls()
	command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl").run(2)
	if server.Calls() != calls {
		t.Error("a schema that is none was sent")
	}
}
