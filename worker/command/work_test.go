package command

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

func TestPromptAndPlaceholders(t *testing.T) {
	for _, tc := range []struct {
		name    string
		command []string
		prompt  Prompt
		want    string // HOME is the child's home
	}{
		{name: "the last argument", command: []string{"say", "a"}, want: "a|Say {model}.\n"},
		{name: "in its place", command: []string{"say", "-p={prompt}", "b"}, want: "-p=Say {model}.|b\n"},
		{name: "standard input", command: []string{"stdin"}, prompt: Stdin, want: "Say {model}."},
		{name: "a file", command: []string{"cat", "{prompt_file}"}, want: "Say {model}."},
		{name: "a file, last", command: []string{"cat"}, prompt: File, want: "Say {model}."},
		{
			name: "all others", command: []string{"say", "{base_url} {model}", "{dir}", "{unknown}", "{prompt}"},
			want: "http://127.0.0.1:1/v1 small|DIR|{unknown}|Say {model}.\n",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorker(t, Config{Command: childCommand(t, tc.command...), Prompt: tc.prompt, Model: "small"})
			r, err := w.Work(t.Context(), worker.Task{ID: "a", Prompt: "Say {model}."})
			if got := strings.ReplaceAll(r.Output, w.Dir, "DIR"); got != tc.want || err != nil {
				t.Errorf("%q, %v, want %q", got, err, tc.want)
			}
		})
	}
}

func TestSystemGoesBeforeThePrompt(t *testing.T) {
	w := newWorker(t, Config{Command: childCommand(t, "stdin"), Prompt: Stdin})
	r, err := w.Work(t.Context(), worker.Task{ID: "a", System: "Be brief.", Prompt: "Say hello."})
	if r.Output != "Be brief.\n\nSay hello." || err != nil {
		t.Errorf("%q, %v", r.Output, err)
	}
}

// What is not named does not reach a child: a key may have any name.
func TestEnvironment(t *testing.T) {
	for name, value := range map[string]string{
		"OPENAI_API_KEY": "sk-secret-1", "ANTHROPIC_API_KEY": "sk-secret-2", "MY_GATEWAY": "sk-secret-3", "GH_TOKEN": "sk-secret-4",
		"OPENAI_BASE_URL": "https://elsewhere.example", "CODEX_HOME": "/home/of/others", "XDG_CONFIG_HOME": "/home/of/others",
		"GOFLAGS": "-mod=mod", "LC_TIME": "C", "GIT_DIR": "/elsewhere", "HTTPS_PROXY": "http://user:sk-secret-5@proxy.example",
	} {
		t.Setenv(name, value)
	}
	w := newWorker(t, Config{Command: childCommand(t, "env"), Pass: []string{"GOFLAGS"}})
	r, err := w.Work(t.Context(), worker.Task{ID: "a", Prompt: "p"})
	if err != nil {
		t.Fatal(err)
	}
	env := make(map[string]string)
	for line := range strings.Lines(r.Output) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		env[name] = value
	}
	for name, want := range map[string]string{
		"ORCHESTRATE_BASE_URL": "http://127.0.0.1:1/v1", "ORCHESTRATE_TOKEN": "token-of-the-task", "ORCHESTRATE_TASK": "a",
		"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_API_KEY": "token-of-the-task",
		"PATH": os.Getenv("PATH"), "GOFLAGS": "-mod=mod", "LC_TIME": "C", "PWD": w.Dir,
		"MY_GATEWAY": "", "GH_TOKEN": "", "GIT_DIR": "", "HTTPS_PROXY": "", "ANTHROPIC_API_KEY": "",
	} {
		if env[name] != want {
			t.Errorf("%s is %q, want %q", name, env[name], want)
		}
	}
	for _, leaked := range []string{"sk-secret", "elsewhere", "/home/of/others"} {
		if strings.Contains(r.Output, leaked) {
			t.Errorf("%q reached the child", leaked)
		}
	}
	home := filepath.Dir(env["CODEX_HOME"])
	left := filepath.Join(w.State, homePrefix+"of-a-dead-process", "codex")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	Tidy(w.State)
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a dead process left stays: %v", err)
	}
	for _, name := range []string{"CODEX_HOME", "CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"} {
		if filepath.Dir(env[name]) != home {
			t.Errorf("%s is %q, and not in the home %s", name, env[name], home)
		}
	}
	if _, err := os.Stat(home); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the home stays: %v", err)
	}
}

func TestOutcomes(t *testing.T) {
	refused := &budget.ExceededError{Scope: budget.Task("a")}
	unauthorised := &wire.Error{Class: wire.Auth, Status: 401, Message: "no such key"}
	for _, tc := range []struct {
		name    string
		command []string
		passed  Passed
		want    string // "" is none
		is      error
		output  string
	}{
		{name: "it ends well", command: []string{"say", "hello"}, passed: Passed{Calls: 2}, output: "hello\n"},
		{name: "a call failed, and another did not", command: []string{"say", "hello"}, passed: Passed{Calls: 2, Failed: unauthorised}, output: "hello\n"},
		{name: "nothing passed", command: []string{"say", "hello"}, want: ErrUnmetered.Error(), is: ErrUnmetered, output: "hello\n"},
		{name: "no call was answered", command: []string{"say", "hello"}, passed: Passed{Failed: unauthorised}, want: unauthorised.Error(), is: unauthorised, output: "hello\n"},
		{name: "it fails", command: []string{"fail", "7", "no such file"}, passed: Passed{Calls: 1}, want: "PROGRAM: exit status 7: no such file"},
		{name: "it fails and says a secret", command: []string{"fail", "1", "token-of-the-task: Write a poem."}, passed: Passed{Calls: 1}, want: "PROGRAM: exit status 1: [...]: [...]"},
		{
			name: "it fails for a call", command: []string{"fail", "7", "no such file"}, passed: Passed{Failed: unauthorised},
			want: unauthorised.Error() + " (PROGRAM: exit status 7: no such file)", is: unauthorised,
		},
		{name: "the budget ended", command: []string{"fail", "1", "402"}, passed: Passed{Calls: 3, Refused: refused}, want: refused.Error(), is: refused},
		{name: "it ends well after the budget did", command: []string{"say", "half"}, passed: Passed{Calls: 3, Refused: refused}, want: refused.Error(), is: refused, output: "half\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorker(t, Config{Command: childCommand(t, tc.command...), Prompt: Stdin, Endpoint: open(tc.passed)})
			r, err := w.Work(t.Context(), worker.Task{ID: "a", Prompt: "Write a poem."})
			got := ""
			if err != nil {
				got = strings.ReplaceAll(err.Error(), w.program(), "PROGRAM")
			}
			if got != tc.want || r.Output != tc.output || tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("%q, output %q; want %q, output %q", got, r.Output, tc.want, tc.output)
			}
		})
	}
}

func TestOutputIsBounded(t *testing.T) {
	w := newWorker(t, Config{Command: childCommand(t, "flood", "3000000"), Prompt: Stdin, MaxOutputBytes: 1001})
	r, err := w.Work(t.Context(), worker.Task{ID: "a"})
	if err != nil || len(r.Output) != 1000 || r.Finish != wire.FinishLength { // no half of a character
		t.Errorf("%d bytes, finish %q, %v", len(r.Output), r.Finish, err)
	}
}

func TestAttempts(t *testing.T) {
	for _, tc := range []struct {
		name   string
		passed Passed
		want   int
	}{
		{"it fails", Passed{Calls: 1}, 3},
		{"the budget ended", Passed{Refused: &budget.ExceededError{Scope: budget.Task("a")}}, 1},
		{"a call failed", Passed{Failed: &wire.Error{Class: wire.Auth}}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tried := 0
			w := newWorker(t, Config{Command: childCommand(t, "fail", "1"), Prompt: Stdin, Attempts: 3,
				Endpoint: func(ctx context.Context, task worker.Task) (*Endpoint, error) {
					tried++
					return open(tc.passed)(ctx, task)
				}})
			if _, err := w.Work(t.Context(), worker.Task{ID: "a"}); err == nil || tried != tc.want {
				t.Errorf("%d attempts, %v, want %d", tried, err, tc.want)
			}
		})
	}
}

func TestRefusedTasksAndConfigurations(t *testing.T) {
	w := newWorker(t, Config{Command: childCommand(t, "say")})
	if _, err := w.Work(t.Context(), worker.Task{ID: "a", Request: &wire.Request{}}); err == nil {
		t.Error("a request line was run")
	}
	for _, c := range []Config{
		{}, {Command: []string{"x"}, State: "s"}, {Command: []string{"x"}, Endpoint: open(Passed{})},
		{Preset: "basic", Endpoint: open(Passed{}), State: "s"},
		{Command: []string{"x"}, Endpoint: open(Passed{}), State: "s", Workspace: "moon"},
		{Command: []string{"x"}, Endpoint: open(Passed{}), State: "s", Prompt: "shout"},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
	missing := newWorker(t, Config{Command: []string{"/no/such/program"}})
	if _, err := missing.Work(t.Context(), worker.Task{ID: "a"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// A finished task is known again by what was asked, whatever asked it.
func TestDigests(t *testing.T) {
	base := newWorker(t, Config{Command: []string{"a"}, Model: "m", System: "Be brief."})
	task := worker.Task{ID: "a", Prompt: "p"}
	for _, tc := range []struct {
		name string
		c    Config
		task worker.Task
		same bool
	}{
		{"another command", Config{Command: []string{"b"}, Model: "m", System: "Be brief.", MaxOutput: 5}, task, true},
		{"the same words in the task", Config{Command: []string{"a"}}, worker.Task{ID: "b", Prompt: "p", System: "Be brief.", Model: "m"}, true},
		{"another model", Config{Command: []string{"a"}, Model: "n", System: "Be brief."}, task, false},
		{"other instructions", Config{Command: []string{"a"}, Model: "m"}, task, false},
		{"another prompt", Config{Command: []string{"a"}, Model: "m", System: "Be brief."}, worker.Task{Prompt: "q"}, false},
	} {
		if same := worker.Digest(newWorker(t, tc.c), tc.task) == worker.Digest(base, task); same != tc.same {
			t.Errorf("%s: the same is %v", tc.name, same)
		}
	}
}
