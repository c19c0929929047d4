package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// resumable is a run of a task file that changes from one part to the next. Its model answers "<prompt>".
type resumable struct {
	t      *testing.T
	ledger *ledger

	mu    sync.Mutex
	asked []string
	empty map[string]bool // prompts that get no answer
	reply func(prompt string) string

	left    Resumed
	results map[string]Result // of the last part: kept and new
	err     error
}

func newResumable(t *testing.T) *resumable {
	return &resumable{
		t: t, ledger: &ledger{Memory: new(budget.Memory)}, empty: make(map[string]bool),
		reply: func(prompt string) string { return "<" + prompt + ">" },
	}
}

// part runs the tasks, taking over what the books have, and returns what was asked, in order.
func (r *resumable) part(options Options, tasks ...worker.Task) string {
	r.t.Helper()
	manager, err := budget.Open(r.t.Context(), budget.Config{Ledger: r.ledger, Run: "r"})
	if err != nil {
		r.t.Fatal(err)
	}
	r.asked, r.left, r.results = nil, Resumed{}, make(map[string]Result)
	options.Manager, options.Run, options.Tasks = manager, "r", tasks
	options.Workers = []Slots{{Name: "w", Worker: r}}
	if options.Earlier == nil {
		options.Earlier = r.booked()
	}
	options.OnResumed = func(left Resumed) error {
		r.left = left
		for _, k := range left.Kept {
			r.results[k.ID] = k
		}
		return nil
	}
	options.OnResult = func(result Result) error {
		r.results[result.ID] = result
		return nil
	}
	_, r.err = Run(r.t.Context(), options)
	return strings.Join(r.asked, " ")
}

// booked are the results in the books, in their order.
func (r *resumable) booked() (results []Result) {
	for _, e := range r.ledger.Entries() {
		if e.Op == budget.OpResult {
			result, err := DecodeResult(e.Result)
			if err != nil {
				r.t.Fatal(err)
			}
			results = append(results, result)
		}
	}
	return results
}

func (r *resumable) Work(_ context.Context, t worker.Task) (worker.Result, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, t.Prompt)
	if r.empty[t.Prompt] {
		return worker.Result{Reasoning: "hm"}, &worker.NoOutputError{}
	}
	return worker.Result{Output: r.reply(t.Prompt)}, nil
}

func (r *resumable) Estimate(_ context.Context, t worker.Task) (budget.Call, error) {
	return budget.Call{Model: "m", Input: int64(len(t.Prompt)), MaxOutput: 10}, nil
}

// outputs are what the last part reports, in the order of the tasks.
func (r *resumable) outputs(tasks []worker.Task) string {
	var out []string
	for _, t := range tasks {
		result := r.results[t.ID]
		out = append(out, fmt.Sprintf("%s=%s", t.ID, result.Output+map[bool]string{true: string(result.Outcome)}[result.Outcome != Done]))
	}
	return strings.Join(out, " ")
}

// lines are tasks without ids, as a file of lines has them.
func lines(prompts ...string) (tasks []worker.Task) {
	for i, p := range prompts {
		tasks = append(tasks, worker.Task{ID: fmt.Sprintf("line-%d", i+1), Prompt: p, Numbered: true})
	}
	return tasks
}

// named are tasks "id prompt"; what a prompt inserts it depends on.
func named(rows ...string) (tasks []worker.Task) {
	for _, row := range rows {
		id, prompt, _ := strings.Cut(row, " ")
		t := worker.Task{ID: id, Prompt: prompt}
		for _, part := range strings.Split(prompt, `{{output "`)[1:] {
			up, _, _ := strings.Cut(part, `"`)
			t.DependsOn = append(t.DependsOn, up)
		}
		tasks = append(tasks, t)
	}
	return tasks
}

// A task file is run, changed, and the run resumed: what is asked again, what is reported, and what was said
// before. Every answer must belong to its question.
func TestResumingByContent(t *testing.T) {
	for _, tc := range []struct {
		name          string
		before, after []worker.Task
		keep          bool
		asked         string
		outputs       string
		changed, may  int
	}{
		{"nothing changed", lines("a", "b"), lines("a", "b"), false, "", "line-1=<a> line-2=<b>", 0, 0},
		{"other labels", labelled("x", lines("a", "b")), labelled("y", lines("a", "b")), false, "", "line-1=<a> line-2=<b>", 0, 0},
		{"a line in front", lines("a", "b"), lines("n", "a", "b"), false, "n", "line-1=<n> line-2=<a> line-3=<b>", 0, 0},
		{"a line in the middle", lines("a", "b"), lines("a", "n", "b"), false, "n", "line-1=<a> line-2=<n> line-3=<b>", 0, 0},
		{"an empty line in front", lines("a"), []worker.Task{{ID: "line-2", Prompt: "a", Numbered: true}}, false, "", "line-2=<a>", 0, 0},
		{"a line taken out", lines("a", "b", "c"), lines("b", "c"), false, "", "line-1=<b> line-2=<c>", 0, 0},
		{"sorted another way", lines("a", "b", "c"), lines("c", "a", "b"), false, "", "line-1=<c> line-2=<a> line-3=<b>", 0, 0},
		{"a line edited", lines("a", "b"), lines("a", "B"), false, "B", "line-1=<a> line-2=<B>", 1, 0},
		{"equal prompts, once each", lines("a", "a"), lines("a", "a", "a"), false, "a", "line-1=<a> line-2=<a> line-3=<a>", 0, 0},
		{"fewer equal prompts", lines("a", "a", "b"), lines("b", "a"), false, "", "line-1=<b> line-2=<a>", 0, 0},
		{"a line got an id", lines("a", "b"), named("x b", "y a"), false, "", "x=<b> y=<a>", 0, 0},
		{"an id was taken away", named("x b", "y a"), lines("a", "b"), false, "", "line-1=<a> line-2=<b>", 0, 0},

		{"ids in another order", named("x a", "y b"), named("y b", "x a"), false, "", "y=<b> x=<a>", 0, 0},
		{"a task in front", named("x a"), named("n n", "x a"), false, "n", "n=<n> x=<a>", 0, 0},
		{"a prompt edited", named("x a", "y b"), named("x A", "y b"), false, "A", "x=<A> y=<b>", 1, 0},
		{"prompts of two ids changed over", named("x a", "y b"), named("x b", "y a"), false, "b a", "x=<b> y=<a>", 2, 0},
		{"an id renamed", named("x a", "y b"), named("z a", "y b"), false, "", "z=<a> y=<b>", 0, 0},
		{"one more with the same prompt", named("y nth"), named("x nth", "y nth"), false, "nth", "x=<2> y=<1>", 0, 0},
		{"a line never takes the answer of an id", named("x nth"), append(lines("nth"), named("x nth")...), false, "nth", "line-1=<2> x=<1>", 0, 0},

		{"a dependent stays", named("x a", `y :{{output "x"}}`), named("x a", `y :{{output "x"}}`), false, "", "x=<a> y=<:<a>>", 0, 0},
		{"what is inserted changed", named("x a", `y :{{output "x"}}`), named("x A", `y :{{output "x"}}`), false, "A :<A>", "x=<A> y=<:<A>>", 1, 1},
		{"a dependent edited", named("x a", `y :{{output "x"}}`), named("x a", `y ;{{output "x"}}`), false, ";<a>", "x=<a> y=<;<a>>", 1, 0},
		{"all below what changed", named("x a", `y :{{output "x"}}`, `z :{{output "y"}}`), named("x A", `y :{{output "x"}}`, `z :{{output "y"}}`), false,
			"A :<A> :<:<A>>", "x=<A> y=<:<A>> z=<:<:<A>>>", 1, 2},
		{"only after what changed", []worker.Task{{ID: "x", Prompt: "a"}, {ID: "y", Prompt: "b", DependsOn: []string{"x"}}},
			[]worker.Task{{ID: "x", Prompt: "A"}, {ID: "y", Prompt: "b", DependsOn: []string{"x"}}}, false, "A", "x=<A> y=<b>", 1, 0},
		{"another answer, the same text", named("x same1", `y :{{output "x"}}`), named("x same2", `y :{{output "x"}}`), false, "same2", "x=<same> y=<:<same>>", 1, 1},

		{"keep", named("x a", `y :{{output "x"}}`), named("x A", `y ;{{output "x"}}`), true, "", "x=<a> y=<:<a>>", 0, 0},
		{"keep, with a line in front", lines("a", "b"), lines("n", "a", "b"), true, "n", "line-1=<n> line-2=<a> line-3=<b>", 0, 0},
		{"keep, with a line edited", lines("a", "b"), lines("a", "B"), true, "", "line-1=<a> line-2=<b>", 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, calls := newResumable(t), 0
			r.reply = func(prompt string) string {
				calls++
				switch {
				case strings.HasPrefix(prompt, "same"):
					return "<same>"
				case prompt == "nth": // tells the answers to one question apart
					return fmt.Sprintf("<%d>", calls)
				}
				return "<" + prompt + ">"
			}
			r.part(Options{}, tc.before...)
			if asked := r.part(Options{KeepChanged: tc.keep}, tc.after...); asked != tc.asked {
				t.Errorf("asked %q, want %q", asked, tc.asked)
			}
			if got := r.outputs(tc.after); got != tc.outputs || r.err != nil {
				t.Errorf("reported %s, %v, want %s", got, r.err, tc.outputs)
			}
			if r.left.Changed != tc.changed || r.left.MayChange != tc.may {
				t.Errorf("%d changed, %d may; want %d, %d", r.left.Changed, r.left.MayChange, tc.changed, tc.may)
			}
			if most := r.left.Most.Tokens; (most > 0) != (tc.changed+tc.may > 0) {
				t.Errorf("at most %d tokens", most)
			}
			if asked := r.part(Options{KeepChanged: tc.keep}, tc.after...); asked != "" {
				t.Errorf("once more asked %q", asked)
			}
			if got := r.outputs(tc.after); got != tc.outputs {
				t.Errorf("once more reported %s", got)
			}
		})
	}
}

// An answer is not lost because its task asked something else for a while, and could not be asked.
func TestAnAnswerIsFoundAgainWhenItsQuestionComesBack(t *testing.T) {
	r := newResumable(t)
	r.part(Options{}, named("x a", "y b")...)
	r.empty["A"] = true
	r.part(Options{}, named("x A", "y b")...)
	if r.results["x"].Outcome != Failed {
		t.Fatalf("x is %s", r.results["x"].Outcome)
	}
	if asked := r.part(Options{}, named("x a", "y b")...); asked != "" || r.results["x"].Output != "<a>" {
		t.Errorf("asked %q, reported %+v", asked, r.results["x"])
	}
	newest := r.booked()
	if last := newest[len(newest)-1]; last.ID != "x" || last.Outcome != Done {
		t.Errorf("the books end with %+v", last)
	}
}

// What the books say is not enough to tell whether a task changed: it is kept by its id, and that is counted.
func TestResultsThatProveNothingAreKeptByID(t *testing.T) {
	old := func(id, output string) Result { return Result{ID: id, Outcome: Done, Output: output} }
	for _, tc := range []struct {
		name    string
		earlier []Result
		tasks   []worker.Task
		asked   string
		outputs string
		byID    int
	}{
		{"older books", []Result{old("x", "1"), old("y", "2")}, named("x a", "y b"), "", "x=1 y=2", 2},
		{"older books, lines", []Result{old("line-1", "1")}, lines("a", "b"), "b", "line-1=1 line-2=<b>", 1},
		{"older books, an upstream too", []Result{old("x", "1"), old("y", "2")}, named("x a", `y :{{output "x"}}`), "", "x=1 y=2", 2},
		{"an output in the prompt that is not in the books", []Result{{ID: "x", Outcome: Done, Omitted: true}, {ID: "y", Outcome: Done, Omitted: true, Digest: "d"}},
			named("x a", `y :{{output "x"}}`), "", "x= y=", 2},
		{"an upstream that was asked for tool calls", []Result{old("y", "2")}, named("x a", `y :{{output "x"}}`), "a", "x=<a> y=2", 1},
		{"a digest of another kind", []Result{{ID: "x", Outcome: Done, Output: "1", Digest: "d"}}, named("x a"), "a", "x=<a>", 0},
		{"what is not done is asked", []Result{{ID: "x", Outcome: Failed, Output: "1"}}, named("x a"), "a", "x=<a>", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newResumable(t)
			if asked := r.part(Options{Earlier: tc.earlier}, tc.tasks...); asked != tc.asked {
				t.Errorf("asked %q, want %q", asked, tc.asked)
			}
			if got := r.outputs(tc.tasks); got != tc.outputs {
				t.Errorf("reported %s, want %s", got, tc.outputs)
			}
			if r.left.ByID != tc.byID {
				t.Errorf("%d were kept by id, want %d", r.left.ByID, tc.byID)
			}
		})
	}
}

// Results that were written and not booked, because the process died in between, are entered and not asked again.
func TestFoundResultsAreEntered(t *testing.T) {
	tasks := named("x a", "y b")
	r := newResumable(t)
	r.part(Options{}, tasks...)
	found := r.booked()
	r = newResumable(t)
	if asked := r.part(Options{Earlier: found[:1], Found: found}, tasks...); asked != "" {
		t.Errorf("asked %q", asked)
	}
	if booked := r.booked(); len(booked) != 1 || booked[0].ID != "y" || booked[0].Output != "<b>" {
		t.Errorf("entered %+v", booked)
	}
}

// Who cannot write what is taken over stops the run before anything is paid.
func TestAResumedRunThatIsNotHeardAsksNothing(t *testing.T) {
	r := newResumable(t)
	full := errors.New("no space left")
	manager := budget.New(budget.Config{})
	_, err := Run(t.Context(), Options{
		Manager: manager, Run: "r", Tasks: named("x a"), Workers: []Slots{{Name: "w", Worker: r}},
		OnResumed: func(Resumed) error { return full },
	})
	if !errors.Is(err, full) || len(r.asked) > 0 {
		t.Errorf("asked %v, %v", r.asked, err)
	}
}

// An answer without an output fails its task, with what it did hold, and whoever depends on it is not asked. It is
// not tried again in the run, but when it is resumed.
func TestAnAnswerWithoutOutputFails(t *testing.T) {
	tasks := named("x a", `y :{{output "x"}}`, "z c")
	r := newResumable(t)
	r.empty["a"] = true
	if asked := r.part(Options{}, tasks...); strings.Count(asked, "a") != 1 || strings.Contains(asked, ":") {
		t.Errorf("asked %q", asked)
	}
	if got, want := r.outputs(tasks), "x=failed y=skipped z=<c>"; got != want {
		t.Errorf("reported %s, want %s", got, want)
	}
	if x := r.results["x"]; x.Reasoning != "hm" || !strings.HasPrefix(x.Reason, "no output: ") {
		t.Errorf("%+v", x)
	}
	r.empty["a"] = false
	if asked := r.part(Options{}, tasks...); asked != "a :<a>" {
		t.Errorf("resumed, asked %q", asked)
	}
}

// A worker may be there for what it does: no error is done, also without an output. Tool calls alone are an output,
// but nothing that could stand in a prompt.
func TestDoneWithoutAText(t *testing.T) {
	for _, tc := range []struct {
		name   string
		result worker.Result
		want   string
	}{
		{"nothing", worker.Result{}, "x:done after:done needs:done"},
		{"tool calls", worker.Result{ToolCalls: toolCalls}, "x:done after:done needs:failed"},
		{"a text and tool calls", worker.Result{Output: "text", ToolCalls: toolCalls}, "x:done after:done needs:done"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.hire("a", 1)
			w.options.Workers[0].Worker = worker.Func(func(_ context.Context, t worker.Task) (worker.Result, error) { return tc.result, nil })
			w.add(worker.Task{ID: "x"}, spec{})
			w.add(worker.Task{ID: "after", Prompt: "p", DependsOn: []string{"x"}}, spec{})
			w.add(worker.Task{ID: "needs", Prompt: `p{{output "x"}}`, DependsOn: []string{"x"}}, spec{})
			w.mustRun()
			w.want(tc.want)
		})
	}
}

// All that a worker makes of a task is in the result, and in the books but for what a model said, if they may not
// have that.
func TestAResultHoldsTheWholeAnswer(t *testing.T) {
	said := fullAnswer
	for _, discard := range []bool{false, true} {
		w := newWorld(t, nil)
		w.hire("a", 1)
		w.options.DiscardOutputs = discard
		w.options.KeepOutput = func(Result) (string, error) { return "out.jsonl", nil }
		w.options.Workers[0].Worker = worker.Func(func(context.Context, worker.Task) (worker.Result, error) { return said, nil })
		w.add(worker.Task{ID: "x"}, spec{})
		s, err := w.run(t.Context())
		if err != nil || s.Cut != 1 {
			t.Errorf("%d cut, %v", s.Cut, err)
		}
		got := w.results["x"]
		var back worker.Result
		back.Output, back.ToolCalls, back.Refusal, back.Reasoning, back.Logprobs = got.Output, got.ToolCalls, got.Refusal, got.Reasoning, got.Logprobs
		back.Choices, back.Finish, back.Model = got.Choices, got.Finish, got.Model
		if diff := cmp.Diff(said, back); diff != "" {
			t.Error(diff)
		}
		want := got
		if discard {
			want = want.WithoutOutput()
			want.OutputFile = "out.jsonl"
			if !want.Omitted {
				t.Error("nothing was left out")
			}
		}
		if kept, _, ok := w.ledger.kept("x"); !ok || cmp.Diff(want, kept) != "" {
			t.Error(cmp.Diff(want, kept))
		}
	}
}

// What the books may not have must be safe before they say that its task is done. Where it is not, the run ends,
// with what it cost in the books and no result: the task is asked again.
func TestAnOutputThatIsNotKeptIsNotDone(t *testing.T) {
	w := newWorld(t, nil)
	w.hire("a", 1)
	full := errors.New("no space left")
	w.options.DiscardOutputs = true
	var early bool
	w.options.KeepOutput = func(r Result) (string, error) {
		_, _, booked := w.ledger.kept(r.ID)
		early = early || booked
		if r.ID == "y" {
			return "", full
		}
		return "", nil
	}
	for i, id := range []string{"x", "y", "z"} {
		w.add(worker.Task{ID: id, Priority: -i}, tokens(10))
	}
	_, err := w.run(t.Context())
	if !errors.Is(err, full) || early {
		t.Errorf("err = %v; booked before it was kept: %v", err, early)
	}
	if _, _, ok := w.ledger.kept("y"); ok {
		t.Error("the books say that y is done")
	}
	if settled := w.manager.Total().Settled.Tokens; settled != 20 {
		t.Errorf("settled %d tokens, want 20", settled)
	}
}

// An answer that was paid for is not lost because the books are full.
func TestAnAnswerThatTheBooksCannotTakeIsKeptElsewhere(t *testing.T) {
	w := newWorld(t, nil)
	w.broken = true
	w.hire("a", 1)
	full := errors.New("database or disk is full")
	w.ledger.fail = func(entries []budget.Entry) error {
		if slices.ContainsFunc(entries, func(e budget.Entry) bool { return e.Op == budget.OpResult }) {
			return full
		}
		return nil
	}
	var kept []Result
	w.options.KeepOutput = func(r Result) (string, error) {
		kept = append(kept, r)
		return "out.jsonl", nil
	}
	w.add(worker.Task{ID: "x"}, tokens(10))
	if _, err := w.run(t.Context()); !errors.Is(err, full) {
		t.Fatalf("err = %v", err)
	}
	if len(kept) != 1 || kept[0].ID != "x" || kept[0].Outcome != Done || kept[0].Output == "" {
		t.Errorf("kept %+v", kept)
	}
}

var toolCalls = []wire.ToolCall{{ID: "1", Name: "f", Arguments: "{}"}}

var fullAnswer = worker.Result{
	Output: "one", ToolCalls: toolCalls, Refusal: "rather not", Reasoning: "hm", Logprobs: []byte(`{"content":[]}`), Model: "m-2026",
	Finish: wire.FinishStop, Choices: []wire.Choice{
		{Text: "one", Finish: wire.FinishStop}, {Index: 1, Text: "two", Logprobs: []byte(`[]`), Finish: wire.FinishLength},
	},
}

// A task that names one dependency twice is begun once, also where that took its answer over after the run had begun.
func TestTakingOverReadiesDependentsOnce(t *testing.T) {
	r := newResumable(t)
	r.reply = func(string) string { return "same" }
	r.part(Options{}, named("a x", `b y{{output "a"}}`)...)
	asked := r.part(Options{}, named("a x2", `b y{{output "a"}}`, `c z{{output "b"}}{{output "b"}}`)...)
	if asked != "x2 zsamesame" || r.err != nil || r.results["c"].Outcome != Done {
		t.Errorf("asked %q, %+v, %v", asked, r.results["c"], r.err)
	}
}
