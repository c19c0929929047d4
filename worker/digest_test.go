package worker_test

import (
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/worker"
)

func body(t *testing.T, text string) *wire.Request {
	t.Helper()
	r, err := openai.Format.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What belongs to a question, and what does not: a result is kept as long as its task has the digest of this one.
func TestADigestNamesWhatIsAsked(t *testing.T) {
	cool, warm := 0.1, 0.9
	prompt := worker.Prompt{Model: "wm", System: "ws", MaxOutput: 100, MinOutput: 10, Temperature: &cool}
	task := worker.Task{ID: "a", Prompt: "p"}
	built := func() *wire.Request {
		return &wire.Request{
			Messages: wire.Prompt("p"), Tools: []wire.Tool{{Name: "f", Schema: []byte(`{"a": 1}`)}}, Schema: []byte(`{}`), Stop: []string{"x"}, Choices: 2,
		}
	}
	const raw = `{"model": "m", "max_tokens": 5, "seed": 1, "top_p": 0.5, "messages": [{"role": "user", "content": "p"}]}`
	type change struct {
		name   string
		change func(p *worker.Prompt, t *worker.Task)
		same   bool
	}
	check := func(t *testing.T, p worker.Prompt, task worker.Task, changes []change) {
		want := worker.Digest(&p, task)
		for _, c := range changes {
			p, task := p, task
			c.change(&p, &task)
			if got := worker.Digest(&p, task); (got == want) != c.same || got == "" {
				t.Errorf("%s: %s, before %s", c.name, got, want)
			}
		}
	}
	t.Run("prompt", func(t *testing.T) {
		check(t, prompt, task, []change{
			{"prompt", func(_ *worker.Prompt, t *worker.Task) { t.Prompt = "q" }, false},
			{"instructions", func(_ *worker.Prompt, t *worker.Task) { t.System = "ts" }, false},
			{"the worker's instructions", func(p *worker.Prompt, _ *worker.Task) { p.System = "other" }, false},
			{"instructions moved into the prompt", func(p *worker.Prompt, t *worker.Task) { p.System, t.Prompt = "", "wsp" }, false},
			{"model", func(_ *worker.Prompt, t *worker.Task) { t.Model = "tm" }, false},
			{"the worker's model", func(p *worker.Prompt, _ *worker.Task) { p.Model = "other" }, false},
			{"temperature", func(p *worker.Prompt, _ *worker.Task) { p.Temperature = &warm }, false},
			{"no temperature", func(p *worker.Prompt, _ *worker.Task) { p.Temperature = nil }, false},
			{"cap", func(_ *worker.Prompt, t *worker.Task) { t.MaxOutput = 50 }, false},
			{"the default cap, where no other is set", func(p *worker.Prompt, _ *worker.Task) { p.MaxOutput, p.DefaultMaxOutput = 0, 50 }, false},
			{"the default cap, where another is set", func(p *worker.Prompt, _ *worker.Task) { p.DefaultMaxOutput = 50 }, true},
			{"the same said by the task", func(_ *worker.Prompt, t *worker.Task) { t.Model, t.System, t.MaxOutput = "wm", "ws", 100 }, true},
			{"what a clamp leaves at least", func(p *worker.Prompt, t *worker.Task) { p.MinOutput, t.MinOutput = 1, 2 }, true},
			{"id, place, priority", func(_ *worker.Prompt, t *worker.Task) { t.ID, t.Source, t.Priority, t.Numbered = "b", "x:7", 3, true }, true},
			{"the worker it goes to", func(_ *worker.Prompt, t *worker.Task) { t.Worker = "w" }, true},
			{"what it waits for", func(_ *worker.Prompt, t *worker.Task) { t.DependsOn = []string{"b"} }, true},
		})
	})
	t.Run("a request built here", func(t *testing.T) {
		task := task
		task.Request = built()
		check(t, prompt, task, []change{
			{"the same again", func(_ *worker.Prompt, t *worker.Task) { t.Request = built() }, true},
			{"choices", func(_ *worker.Prompt, t *worker.Task) { t.Request = built(); t.Request.Choices = 3 }, false},
			{"stop", func(_ *worker.Prompt, t *worker.Task) { t.Request = built(); t.Request.Stop = nil }, false},
			{"schema", func(_ *worker.Prompt, t *worker.Task) { t.Request = built(); t.Request.Schema = []byte(`{"b": 1}`) }, false},
			{"tools", func(_ *worker.Prompt, t *worker.Task) { t.Request = built(); t.Request.Tools[0].Name = "g" }, false},
			{"a role", func(_ *worker.Prompt, t *worker.Task) { t.Request = built(); t.Request.Messages[0].Role = wire.System }, false},
		})
	})
	t.Run("a body", func(t *testing.T) {
		with := func(old, text string) func(*worker.Prompt, *worker.Task) {
			return func(_ *worker.Prompt, task *worker.Task) { task.Request = body(t, strings.Replace(raw, old, text, 1)) }
		}
		task := worker.Task{ID: "a", Request: body(t, raw)}
		check(t, prompt, task, []change{
			{"spaces", with(": ", ":"), true},
			{"the order of keys", with(`"seed": 1, "top_p": 0.5`, `"top_p": 0.5, "seed": 1`), true},
			{"a field that only the provider knows", with(`"seed": 1`, `"seed": 2`), false},
			{"a figure that a float would round", with(`0.5`, `0.50000000000000000001`), false},
			{"one field more", with(`"seed": 1`, `"seed": 1, "x": {}`), false},
			{"cap", with(`"max_tokens": 5`, `"max_tokens": 6`), false},
			{"model", with(`"model": "m"`, `"model": "n"`), false},
			{"messages", with(`"content": "p"`, `"content": "q"`), false},
			{"a temperature that is not sent", func(p *worker.Prompt, _ *worker.Task) { p.Temperature = &warm }, true},
		})
	})
}

// Books keep digests for years: these must never change.
func TestDigestsStayTheSame(t *testing.T) {
	half := 0.5
	for _, tc := range []struct {
		name string
		w    worker.Worker
		t    worker.Task
		want string
	}{
		{"a prompt", &worker.Prompt{Model: "m"}, worker.Task{Prompt: "Say a."}, "816954c4cf4b21a43b1cccc4019fc45c"},
		{"with all", &worker.Prompt{Model: "m", System: "s", MaxOutput: 9, Temperature: &half}, worker.Task{Prompt: "Say <a>."}, "5c287ad2c14a5ca376e84b178db6a627"},
		{"a body", &worker.Prompt{Model: "m"}, worker.Task{Request: body(t, `{"model":"m","n":2,"messages":[{"role":"user","content":"hi"}]}`)}, "8535f02b3ce72ebfedd2380e52ef54a8"},
		{"of a worker that says nothing", worker.Func(nil), worker.Task{Prompt: "Say a.", System: "s", Model: "m", MaxOutput: 7}, "65d1bf8c87ddecb0309d111002741e91"},
	} {
		if got := worker.Digest(tc.w, tc.t); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}
