package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// What the agents write, as of the versions that cmd/orchestrate/compat/agents pins, shortened.
func TestAgentsAreUnderstood(t *testing.T) {
	for _, tc := range []struct {
		name   string
		preset Preset
		lines  string
		want   said
	}{
		{
			name: "Claude Code", preset: Claude, lines: `{"type":"system","subtype":"init","cwd":"/w","tools":["Task"]}
{"type":"assistant","message":{"content":[{"text":"I look.","type":"text"},{"id":"t1","name":"Bash","type":"tool_use"}]},"parent_tool_use_id":null}
{"type":"assistant","message":{"content":[{"text":"What a sub-agent says.","type":"text"}]},"parent_tool_use_id":"t1"}
{"type":"user","message":{"role":"user","content":"a text"}}
no JSON
{"type":"result","subtype":"success","is_error":false,"result":"It says 42.","total_cost_usd":0.0072,"usage":{"input_tokens":2100,"output_tokens":60},"modelUsage":{"a":{"inputTokens":2100,"outputTokens":60,"cacheReadInputTokens":7,"cacheCreationInputTokens":3},"b":{"inputTokens":10,"outputTokens":1}}}`,
			want: said{message: "It says 42.", usage: &budget.Usage{Input: 2110, CacheRead: 7, CacheWrite5m: 3, Output: 61}},
		},
		{
			name: "Claude Code, cut off", preset: Claude, lines: `{"type":"assistant","message":{"content":[{"text":"I look.","type":"text"}]},"parent_tool_use_id":null}
{"type":"assistant","message":{"model":"<synthetic>","content":[{"text":"API Error: 402","type":"text"}]},"parent_tool_use_id":null}
{"type":"result","subtype":"success","is_error":true,"result":"API Error: 402","usage":{"input_tokens":1000,"output_tokens":40}}`,
			want: said{message: "I look.", failure: "API Error: 402", usage: &budget.Usage{Input: 1000, Output: 40}},
		},
		{
			name: "opencode", preset: OpenCode, lines: `{"type":"step_finish","part":{"reason":"tool-calls","tokens":{"total":1040,"input":1000,"output":40,"reasoning":5,"cache":{"write":2,"read":1}},"cost":0}}
{"type":"text","part":{"type":"text","text":"It says 42."}}
{"type":"step_finish","part":{"reason":"stop","tokens":{"total":1120,"input":1100,"output":20,"reasoning":0,"cache":{"write":0,"read":0}},"cost":0}}`,
			want: said{message: "It says 42.", usage: &budget.Usage{Input: 2100, CacheRead: 1, CacheWrite5m: 2, Output: 65, Reasoning: 5}},
		},
		{
			name: "opencode, refused", preset: OpenCode, lines: `{"type":"error","error":{"name":"APIError","data":{"message":"Payment Required"}}}`,
			want: said{failure: "Payment Required"},
		},
		{
			name: "Codex", preset: Codex, lines: `{"type":"item.completed","item":{"id":"item_2","type":"error","message":"no metadata"}}
{"type":"item.completed","item":{"id":"item_4","type":"agent_message","text":"It says 42."}}
{"type":"turn.completed","usage":{"input_tokens":2100,"cached_input_tokens":100,"cache_write_input_tokens":10,"output_tokens":60,"reasoning_output_tokens":9}}`,
			want: said{message: "It says 42.", usage: &budget.Usage{Input: 1990, CacheRead: 100, CacheWrite5m: 10, Output: 60, Reasoning: 9}},
		},
		{
			name: "Codex, refused", preset: Codex, lines: `{"type":"error","message":"reconnecting"}
{"type":"turn.failed","error":{"message":"unexpected status 402"}}`,
			want: said{failure: "unexpected status 402"},
		},
		{
			name: "Gemini CLI", preset: Gemini, lines: `{"type":"message","role":"user","content":"q"}
{"type":"message","role":"assistant","content":"I look.","delta":true}
{"type":"tool_use","tool_name":"read_file"}
{"type":"message","role":"assistant","content":"It says","delta":true}
{"type":"message","role":"assistant","content":" 42.","delta":true}
{"type":"result","status":"success","stats":{"total_tokens":2160,"input_tokens":2100,"cached":100,"output_tokens":60}}`,
			want: said{message: "It says 42.", usage: &budget.Usage{Input: 2000, CacheRead: 100, Output: 60}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got said
			for line := range strings.Lines(tc.lines) {
				agents[tc.preset].read([]byte(line), &got)
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(said{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A preset with a command of one's own reads what that writes.
func TestPresetWithACommand(t *testing.T) {
	line := `{"type":"result","is_error":false,"result":"` + strings.Repeat("x", 50) + `","usage":{"input_tokens":5,"output_tokens":2}}`
	w := newWorker(t, Config{Preset: Claude, Command: childCommand(t, "say", line), Prompt: Stdin, MaxOutputBytes: 20})
	r, err := w.Work(t.Context(), worker.Task{ID: "a"})
	if r.Output != strings.Repeat("x", 20) || r.Finish != "length" || r.Reported == nil || r.Reported.Tokens() != 7 || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	failed := strings.Replace(line, "false", "true", 1)
	w = newWorker(t, Config{Preset: Claude, Command: childCommand(t, "say", failed), Prompt: Stdin, Attempts: 2})
	if r, err = w.Work(t.Context(), worker.Task{ID: "a"}); err == nil || r.Reported.Tokens() != 14 { // of both attempts
		t.Errorf("%+v, %v", r, err)
	}
}

// No preset writes the token into a file, and each tells its agent the address, the model and the cap.
func TestPresetsAreConfigured(t *testing.T) {
	for _, preset := range Presets {
		for _, kind := range preset.Kinds() {
			t.Run(string(preset)+" "+kind, func(t *testing.T) {
				w := newWorker(t, Config{Preset: preset, MaxOutput: 16384})
				s, err := w.settle(worker.Task{ID: "a", Model: `mo"del`}, t.TempDir(), &Endpoint{BaseURL: "http://127.0.0.1:1/x", Kind: kind, Token: "the-token"})
				if err != nil {
					t.Fatal(err)
				}
				defer s.leave()
				env, err := s.environment(nil)
				if err != nil {
					t.Fatal(err)
				}
				var files strings.Builder
				err = filepath.WalkDir(s.home, func(path string, entry os.DirEntry, err error) error {
					if err == nil && !entry.IsDir() {
						text, readErr := os.ReadFile(path)
						files.Write(text)
						return readErr
					}
					return err
				})
				all := files.String() + strings.Join(env, "\n")
				if err != nil || strings.Contains(files.String(), "the-token") {
					t.Errorf("%v, files %s", err, files.String())
				}
				for _, want := range []string{"http://127.0.0.1:1/x", "mo", "the-token"} {
					if !strings.Contains(all, want) {
						t.Errorf("nobody says %s", want)
					}
				}
				if capped := strings.Contains(all, "16384"); capped != (preset == Claude || preset == OpenCode) {
					t.Errorf("told of the cap: %v", capped)
				}
			})
		}
	}
}
