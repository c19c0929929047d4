package worker_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder remembers the last request, and answers.
type recorder struct {
	got *middleware.Request
	err error
}

func (r *recorder) Generate(_ context.Context, req *middleware.Request) (*middleware.Response, error) {
	r.got = req
	if r.err != nil {
		return nil, r.err
	}
	return &middleware.Response{Text: "an answer", Model: "m-2026", Finish: wire.FinishLength}, nil
}

func messages(system, user string) []wire.Message {
	var out []wire.Message
	if system != "" {
		out = append(out, wire.Text(wire.System, system))
	}
	return append(out, wire.Text(wire.User, user))
}

// What a prompt worker asks for: the task's own wish, else that of its request line, else the worker's.
func TestTheRequestOfAPrompt(t *testing.T) {
	cool, warm := 0.1, 0.9
	full := worker.Prompt{Model: "wm", System: "ws", MaxOutput: 100, MinOutput: 10, Temperature: &warm}
	line := wire.Request{Model: "rm", MaxOutput: 70, MinOutput: 7, Temperature: &cool, Messages: messages("", "a line")}
	for _, tc := range []struct {
		name string
		w    worker.Prompt
		t    worker.Task
		want middleware.Request
	}{
		{"nothing but a prompt", worker.Prompt{Model: "wm"}, worker.Task{Prompt: "p"},
			middleware.Request{Model: "wm", Messages: messages("", "p")}},
		{"all from the worker", full, worker.Task{Prompt: "p"},
			middleware.Request{Model: "wm", MaxOutput: 100, MinOutput: 10, Temperature: &warm, Messages: messages("ws", "p")}},
		{"all from the task", full, worker.Task{Prompt: "p", System: "ts", Model: "tm", MaxOutput: 50, MinOutput: 5},
			middleware.Request{Model: "tm", MaxOutput: 50, MinOutput: 5, Temperature: &warm, Messages: messages("ts", "p")}},
		{"a request line is sent as it is", full, worker.Task{Request: &line},
			middleware.Request{Model: "rm", MaxOutput: 70, MinOutput: 7, Temperature: &cool, Messages: messages("", "a line")}},
		{"the task's wishes before its line's", full, worker.Task{Request: &line, Model: "tm", MaxOutput: 50, MinOutput: 5},
			middleware.Request{Model: "tm", MaxOutput: 50, MinOutput: 5, Temperature: &cool, Messages: messages("", "a line")}},
		{"a line that names nothing", full, worker.Task{Request: &wire.Request{Messages: messages("", "a line")}},
			middleware.Request{Model: "wm", MaxOutput: 100, MinOutput: 10, Temperature: &warm, Messages: messages("", "a line")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client := &recorder{}
			tc.w.Client = client
			before := line
			if _, err := tc.w.Work(t.Context(), tc.t); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tc.want, client.got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, line); diff != "" {
				t.Errorf("the task was changed:\n%s", diff)
			}
		})
	}
}

func TestWhatAPromptMakesOfAnAnswer(t *testing.T) {
	client := &recorder{}
	p := worker.Prompt{Client: client, Model: "m"}
	got, err := p.Work(t.Context(), worker.Task{Prompt: "p"})
	if diff := cmp.Diff(worker.Result{Output: "an answer", Model: "m-2026", Finish: wire.FinishLength}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	client.err = errors.New("no")
	if _, err := p.Work(t.Context(), worker.Task{Prompt: "p"}); !errors.Is(err, client.err) {
		t.Errorf("err = %v", err)
	}
}

// An estimate is what the chain will reserve: a scheduler may rely on it. It needs no client.
func TestAnEstimateIsWhatIsReserved(t *testing.T) {
	for _, tc := range []struct {
		name string
		p    worker.Prompt
		t    worker.Task
	}{
		{"the chain's default cap", worker.Prompt{Model: "gpt-4o-mini", DefaultMaxOutput: 77}, worker.Task{Prompt: "A short question."}},
		{"the worker's cap", worker.Prompt{Model: "gpt-4o-mini", DefaultMaxOutput: 77, MaxOutput: 33, System: "Be brief."}, worker.Task{Prompt: "A short question."}},
		{"the task's cap", worker.Prompt{Model: "gpt-4o-mini", MaxOutput: 33}, worker.Task{Prompt: "A short question.", MaxOutput: 11}},
		{"several choices", worker.Prompt{Model: "gpt-4o-mini"}, worker.Task{Request: &wire.Request{Messages: wire.Prompt("Hi"), MaxOutput: 20, Choices: 3}}},
		{"a model whose tokens are only bounded", worker.Prompt{Model: "claude-sonnet-4-5"}, worker.Task{Prompt: "A short question."}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			call, err := tc.p.Estimate(t.Context(), tc.t)
			if err != nil {
				t.Fatal(err)
			}
			manager := budget.New(budget.Config{})
			held := int64(0)
			tc.p.Client = middleware.Chain(
				middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
					held = manager.Total().Held.Tokens
					return &middleware.Response{Text: "ok", Usage: &wire.Usage{Usage: budget.Usage{}}}, nil
				}),
				middleware.Budget(manager, middleware.BudgetOptions{DefaultMaxOutput: tc.p.DefaultMaxOutput}),
			)
			if _, err := tc.p.Work(t.Context(), tc.t); err != nil {
				t.Fatal(err)
			}
			if estimated := call.Input + call.MaxOutput; estimated != held || held == 0 {
				t.Errorf("estimated %d, held %d", estimated, held)
			}
		})
	}
}

// To count a long prompt takes time, and a run that is aborted does not wait for it.
func TestAnEstimateIsGivenUpWithTheRun(t *testing.T) {
	why := errors.New("aborted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	p := worker.Prompt{Model: "gpt-4o"}
	if call, err := p.Estimate(ctx, worker.Task{Prompt: strings.Repeat("A long prompt to estimate. ", 50_000)}); !errors.Is(err, why) {
		t.Errorf("%+v, %v", call, err)
	}
}
