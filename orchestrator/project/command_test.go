package project_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

// TestMain makes this binary an agent, too: "TESTBINARY agent ROUTE CALLS [HOW]" calls a model so often and says its last answer.
func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == "agent" {
		os.Exit(agent(os.Args[2], os.Args[3], os.Args[4:]))
	}
	goleak.VerifyTestMain(m)
}

func agent(route, calls string, how []string) int {
	var n int
	_, _ = fmt.Sscan(calls, &n)
	switch strings.Join(how, " ") {
	case "through a child":
		c := exec.Command(os.Args[0], "agent", route, calls)
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		if c.Run() != nil {
			return 1
		}
		return 0
	case "environment":
		fmt.Println(strings.Join(os.Environ(), "\n"))
	case "waits":
		time.Sleep(time.Minute)
	case "wrong token":
		_ = os.Setenv("ORCHESTRATE_TOKEN", "guessed")
	}
	prompt, _ := io.ReadAll(os.Stdin)
	for i := range n {
		said, status := ask(route, string(prompt))
		if status != http.StatusOK {
			fmt.Fprintln(os.Stderr, "status", status)
			if strings.Join(how, " ") == "never gives up" {
				time.Sleep(20 * time.Millisecond)
				_, _ = ask(route, string(prompt))
				time.Sleep(time.Minute)
			}
			return 1
		}
		fmt.Printf("%d: %s\n", i+1, said)
	}
	return 0
}

// ask makes a call, for 16,000 tokens of output.
func ask(route, prompt string) (said string, status int) {
	body, _ := json.Marshal(map[string]any{
		"model": "gpt-4o-mini", "max_tokens": 16_000, "messages": []map[string]string{{"role": "user", "content": prompt}},
	})
	req, err := http.NewRequest(http.MethodPost, os.Getenv("ORCHESTRATE_BASE_URL")+route, bytes.NewReader(body))
	if err != nil {
		return err.Error(), 0
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("ORCHESTRATE_TOKEN"))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err.Error(), 0
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	return fmt.Sprintf("%d bytes", len(answer)), resp.StatusCode
}

const farKey = "sk-far-away-0123456789abcdefghij"

// runAgents runs tasks with a command against a server, and returns the results and what was logged.
func runAgents(t *testing.T, server *providertest.Server, f wire.Format, how string, budget, tasks string) (map[string]orchestrator.Result, string) {
	t.Helper()
	t.Setenv("FAR_KEY", farKey)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	route := strings.TrimPrefix(f.Path(), "/v1")
	if f.Name() == anthropic.Format.Name() {
		route = f.Path()
	}
	line, _ := json.Marshal(append([]string{program, "agent", route}, strings.Fields(how)...))
	line = bytes.ReplaceAll(line, []byte("_"), []byte(" "))
	text := fmt.Sprintf(`
[budget]
%s
[[workers]]
name = "agent"
provider = "far"
model = "gpt-4o-mini"
command = %s
prompt = "stdin"
max_output_tokens = 500
concurrency = 2
[providers.far]
kind = %q
base_url = %q
api_key_env = "FAR_KEY"
[retry]
attempts = 1
`, budget, line, f.Name(), server.URL(f))
	dir := t.TempDir()
	path := filepath.Join(dir, "orchestrate.toml")
	for name, text := range map[string]string{path: text, filepath.Join(dir, "tasks.jsonl"): tasks} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := project.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	results := make(map[string]orchestrator.Result)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = p.Run(ctx, project.RunOptions{
		TaskFile: filepath.Join(dir, "tasks.jsonl"), Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		OnResult: func(r orchestrator.Result) error { results[r.ID] = r; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	report, err := p.Verify(t.Context())
	if err != nil || !report.OK() || report.Open > 0 {
		t.Errorf("the books: %v, %v", report, err)
	}
	return results, log.String()
}

func TestCommandsCallModelsUnderTheBudget(t *testing.T) {
	const task = `{"id": "a", "prompt": "Say hello."}`
	for _, f := range []wire.Format{openai.Format, anthropic.Format} {
		for _, tc := range []struct {
			name     string
			how      string // the agent's arguments, spaces within one as _
			budget   string
			outcome  orchestrator.Outcome
			reason   string
			calls    int
			output   string // its beginning
			otherKey bool
		}{
			{name: "two calls", how: "2", outcome: orchestrator.Done, calls: 2, output: "1: "},
			{name: "of a child of it", how: "2 through_a_child", outcome: orchestrator.Done, calls: 2},
			{name: "none", how: "0", outcome: orchestrator.Failed, reason: "nothing passed the meter"},
			{name: "with a wrong token", how: "1 wrong_token", outcome: orchestrator.Failed, reason: "exit status 1: status 401"},
			{name: "the task's limit ends", how: "5", budget: "max_tokens_per_task = 600", outcome: orchestrator.Exhausted, reason: "task:a", calls: 3, output: "1: "},
			{name: "and it never gives up", how: "5 never_gives_up", budget: "max_tokens_per_task = 600", outcome: orchestrator.Exhausted, reason: "task:a", calls: 3, output: "1: "},
			{name: "the total ends", how: "5", budget: "total_budget_limit = 600", outcome: orchestrator.Deferred, reason: "total", calls: 3, output: "1: "},
			{name: "the provider refuses the key", how: "1", outcome: orchestrator.Deferred, reason: "provider far", calls: 1, otherKey: true},
		} {
			t.Run(f.Name()+", "+tc.name, func(t *testing.T) {
				server := providertest.NewServer()
				defer server.Close()
				server.RequireKey(farKey)
				if tc.otherKey {
					server.RequireKey("another key")
				}
				server.Always(providertest.Answer{Text: strings.Repeat("hello ", 30)})
				results, log := runAgents(t, server, f, tc.how, tc.budget, task)
				r := results["a"]
				if r.Outcome != tc.outcome || !strings.Contains(r.Reason, tc.reason) || !strings.HasPrefix(r.Output, tc.output) {
					t.Errorf("%s: %s, output %q", r.Outcome, r.Reason, r.Output)
				}
				if server.Calls() != tc.calls || r.Attempts != tc.calls {
					t.Errorf("%d calls reached the provider, %d are on the books, want %d", server.Calls(), r.Attempts, tc.calls)
				}
				for _, seen := range server.Requests() {
					if !strings.Contains(seen.Body, "500") || strings.Contains(seen.Body, "16000") {
						t.Errorf("the cap of the worker is not what was sent: %s", seen.Body)
					}
				}
				if strings.Contains(log, farKey) || strings.Contains(r.Reason, farKey) {
					t.Error("the key is in a log or a reason")
				}
			})
		}
	}
}

func TestCommandsGetNoKey(t *testing.T) {
	server := providertest.NewServer()
	defer server.Close()
	results, _ := runAgents(t, server, openai.Format, "1 environment", "", `{"id": "a", "prompt": "p"}`)
	r := results["a"]
	if r.Outcome != orchestrator.Done || !strings.Contains(r.Output, "ORCHESTRATE_TASK=a") || strings.Contains(r.Output, farKey) || strings.Contains(r.Output, "FAR_KEY") {
		t.Errorf("%s: %s\n%s", r.Outcome, r.Reason, r.Output)
	}
}

// Calls are on the books of the task that made them, and of it alone.
func TestCommandsSideBySide(t *testing.T) {
	server := providertest.NewServer()
	defer server.Close()
	server.Always(providertest.Answer{Text: "hello there", Latency: 20 * time.Millisecond})
	var tasks strings.Builder
	for i := range 8 {
		fmt.Fprintf(&tasks, "{\"id\": \"t%d\", \"prompt\": \"p\"}\n", i)
	}
	results, _ := runAgents(t, server, anthropic.Format, "3", "", tasks.String())
	for id, r := range results {
		if r.Outcome != orchestrator.Done || r.Attempts != 3 || r.Usage.Output != 6 {
			t.Errorf("%s: %s %s, %d attempts, %+v", id, r.Outcome, r.Reason, r.Attempts, r.Usage)
		}
	}
	if len(results) != 8 || server.Calls() != 24 {
		t.Errorf("%d results, %d calls", len(results), server.Calls())
	}
}
