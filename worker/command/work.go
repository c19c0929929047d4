package command

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

var (
	_ worker.Worker   = (*Worker)(nil)
	_ worker.Digester = (*Worker)(nil)
)

// Digest names what is asked: prompt, instructions and model. The command that it is asked by, and the cap of its
// calls, are no part of it: to run an agent again for a longer time-out or another flag is for whoever wants that.
func (w *Worker) Digest(t worker.Task) string {
	t.System, t.Model = cmp.Or(t.System, w.System), t.ModelAt(w.Model)
	return worker.Digest(worker.Func(nil), t)
}

// Work runs the command for a task. What it produced is in the result, whatever the error. Where the budget ended it,
// the error is the budget's refusal.
func (w *Worker) Work(ctx context.Context, t worker.Task) (worker.Result, error) {
	if t.Request != nil || t.Parameters != nil {
		return worker.Result{}, errors.New("a command takes no request line: give the task a prompt, or a worker that sends requests")
	}
	var reported *budget.Usage
	for n := 1; ; n++ {
		r, err := w.attempt(ctx, t)
		reported = sum(reported, r.Reported)
		r.Reported = reported
		if err == nil || n >= w.Attempts || !worthAnother(ctx, err) {
			return r, err
		}
	}
}

// sum adds what two attempts reported; nil is nothing.
func sum(a, b *budget.Usage) *budget.Usage {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	both := a.Add(*b)
	return &both
}

// worthAnother reports whether another attempt may end otherwise: what the budget or a provider refused was tried
// before it came here.
func worthAnother(ctx context.Context, err error) bool {
	failed := errors.As(err, new(*ExitError)) || errors.As(err, new(*TimeoutError))
	return failed && ctx.Err() == nil && !errors.Is(err, budget.ErrRefused) && !errors.As(err, new(*wire.Error))
}

// attempt runs the command once.
func (w *Worker) attempt(ctx context.Context, t worker.Task) (r worker.Result, err error) {
	place, err := w.enter(ctx, t)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, place.leave(ctx)) }()
	endpoint, err := w.Endpoint(ctx, t)
	if err != nil {
		return r, err
	}
	s, err := w.settle(t, place.dir, endpoint)
	if err != nil {
		endpoint.Close()
		return r, err
	}
	defer s.leave()
	return w.run(ctx, s)
}

// run starts the child of an attempt, waits for it, and judges what it did.
func (w *Worker) run(ctx context.Context, s *setting) (worker.Result, error) {
	if w.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, w.Timeout, &TimeoutError{w.program(), w.Timeout})
		defer cancel()
	}
	out, errs := w.output(), &tail{}
	cmd, err := w.command(s, w.Prompt)
	if err == nil {
		cmd.Stdout, cmd.Stderr = out, errs
		if w.Prompt == Stdin {
			cmd.Stdin = strings.NewReader(s.prompt)
		}
		var c *child
		if c, err = start(cmd, true, w.Grace); err == nil {
			err = c.wait(ctx, s.endpoint.Ended)
		}
	}
	passed := s.endpoint.Close()
	r, said := out.result(s.model)
	said.failure = conceal(said.failure, s.secrets()...)
	return r, w.judge(ctx, err, passed, cmp.Or(said.failure, errs.lastLine(s.secrets()...)), said.failure != "")
}

// judge says how an attempt ended whose child ended with err: by the budget, from outside, or by itself.
func (w *Worker) judge(ctx context.Context, err error, passed Passed, message string, reported bool) error {
	var exit *exec.ExitError
	switch {
	case passed.Refused != nil:
		return passed.Refused
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit) || err == nil && reported:
		failed := &ExitError{Program: w.program(), Message: shorten(message, 300)}
		if exit != nil {
			failed.Status = exit.ExitCode()
		}
		return join(failed, passed.Failed)
	case err != nil:
		return err
	case passed.Calls == 0 && passed.Failed != nil:
		return passed.Failed
	case passed.Calls == 0:
		return ErrUnmetered
	}
	return nil
}

// join puts why a call failed before the command that failed for it, on one line.
func join(failed *ExitError, call error) error {
	if call == nil {
		return failed
	}
	return &failedCall{call, failed}
}

// failedCall is a command that failed after a call of it had.
type failedCall struct {
	call error
	exit *ExitError
}

func (e *failedCall) Error() string   { return e.call.Error() + " (" + e.exit.Error() + ")" }
func (e *failedCall) Unwrap() []error { return []error{e.call, e.exit} }

// command is the child of a setting, which gets its prompt in this way. It is not started.
func (w *Worker) command(s *setting, how Prompt) (*exec.Cmd, error) {
	file, err := s.write("prompt.txt", s.prompt)
	if err != nil {
		return nil, err
	}
	v := values{prompt: s.prompt, promptFile: file, baseURL: s.endpoint.BaseURL, model: s.model, dir: s.dir}
	env, err := s.environment(w.Pass)
	if err != nil {
		return nil, err
	}
	args := arguments(w.Command, how, v)
	cmd := exec.Command(args[0], args[1:]...) //nolint:noctx // child.wait ends it: a context would end the first process alone
	cmd.Dir, cmd.Env = s.dir, env
	return cmd, nil
}

// program is the command's name, for messages.
func (w *Worker) program() string { return filepath.Base(w.Command[0]) }

// output takes what a child writes: an agent's events, or a text.
type output struct {
	text  head
	lines *lines // nil where the output is a text
	said  said
}

func (w *Worker) output() *output {
	o := &output{text: head{most: w.MaxOutputBytes}}
	if read := w.agent.read; read != nil {
		o.lines = &lines{most: max(w.MaxOutputBytes, 1<<20), each: func(line []byte) {
			read(line, &o.said)
			o.said.message = o.said.message[:min(len(o.said.message), w.MaxOutputBytes+1)] // one more, so that it is cut
		}}
	}
	return o
}

func (o *output) Write(b []byte) (int, error) {
	if o.lines != nil {
		return o.lines.Write(b)
	}
	return o.text.Write(b)
}

// result is the output as that of a task.
func (o *output) result(model string) (worker.Result, said) {
	if o.lines != nil {
		o.lines.end()
		_, _ = o.text.Write([]byte(o.said.message))
	}
	r := worker.Result{Output: string(bytes.ToValidUTF8(o.text.kept, nil)), Model: model, Reported: o.said.usage}
	if o.text.cut {
		r.Finish = wire.FinishLength
	}
	return r, o.said
}
