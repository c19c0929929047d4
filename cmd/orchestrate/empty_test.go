package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

// TestAnswerWithoutOutput: it is paid for exactly as reported, tried once, and nothing that depends on it is sent. A
// resumed run asks it again.
func TestAnswerWithoutOutput(t *testing.T) {
	const tasks = `{"id": "t1", "prompt": "List the facts."}` + "\n" +
		`{"id": "t2", "prompt": "Summarise: {{ output \"t1\" }}", "depends_on": ["t1"]}` + "\n"
	for _, tt := range []struct {
		name, content, finish, reason string
	}{
		{"reasoning took the cap", `""`, "length", "no output: the output cap was used up before the first word, by reasoning as a rule (raise max_output_tokens)"},
		{"null", `null`, "length", "no output: the output cap was used up before the first word, by reasoning as a rule (raise max_output_tokens)"},
		{"filtered", `""`, "content_filter", "no output: the provider filtered the answer"},
		{"white space", `" \n\t\u00a0\u2003 "`, "stop", "no output: the answer has neither a text nor a tool call (finish stop)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := providertest.NewServer()
			t.Cleanup(server.Close)
			body := fmt.Sprintf(`{"id": "c", "model": "gpt-4o-mini", "choices": [{"index": 0, "message": {"role": "assistant", "content": %s}, "finish_reason": %q}],
				"usage": {"prompt_tokens": 12, "completion_tokens": 40, "total_tokens": 52, "completion_tokens_details": {"reasoning_tokens": 40}}}`, tt.content, tt.finish)
			server.Always(providertest.Answer{Body: &body})
			dir := writeProject(t, providerProject("openai", "gpt-4o-mini", server.URL(openai.Format)), tasks)
			env := []string{"FAR_KEY=" + farKey}

			want(t, command(t, dir, env, "run", "tasks.jsonl", "--progress", "off").run(exitFailed), map[string]string{
				"id=t1.outcome": "failed", "id=t1.reason": tt.reason, "id=t1.finish": tt.finish, "id=t1.attempts": "1", "id=t1.tokens": "52",
				"id=t2.outcome": "skipped", "id=t2.attempts": "0",
			})
			wantTotal(t, dir, map[string]string{"settled": "52", "assumed": "0", "held": "0"})
			if n := server.Calls(); n != 1 {
				t.Errorf("%d calls", n)
			}

			server.Always(providertest.Answer{Text: "Two facts."})
			out := command(t, dir, env, "run", "--resume", "--progress", "off").run(exitDone)
			want(t, out, map[string]string{"id=t1.output": "Two facts.", "id=t2.outcome": "done"})
			if n := server.Calls(); n != 3 || strings.Contains(out, "no output") {
				t.Errorf("%d calls, %s", n, out)
			}
		})
	}
}
