package orchestrator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// played is what became of a run of tasks at two workers, "a" and "b", which ask model "m" for ten tokens of output.
type played struct {
	t       *testing.T
	manager *budget.Manager
	seen    map[string]worker.Task // as the worker got it
	at      map[string]string      // the worker that got it
	order   []string
	results map[string]Result
	summary Summary
	err     error
}

// play runs tasks, one at a time, with options that change made.
func play(t *testing.T, change func(*Options), tasks ...worker.Task) *played {
	p := &played{
		t: t, manager: budget.New(budget.Config{OnFull: budget.Refuse}), results: make(map[string]Result),
		seen: make(map[string]worker.Task), at: make(map[string]string),
	}
	var mu sync.Mutex // two workers note at once
	o := Options{Manager: p.manager, Run: "r", Tasks: tasks, Logger: slog.New(slog.DiscardHandler)}
	for _, name := range []string{"a", "b"} {
		o.Workers = append(o.Workers, Slots{Name: name, Model: "m" + name, Worker: worker.Func(func(ctx context.Context, task worker.Task) (worker.Result, error) {
			mu.Lock()
			p.seen[task.ID], p.at[task.ID] = task, name
			p.order = append(p.order, task.ID)
			mu.Unlock()
			client := middleware.Budget(o.Manager, middleware.BudgetOptions{})(middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
				return &middleware.Response{Text: "out", Usage: &wire.Usage{Usage: budget.Usage{Input: 3, Output: 10}}}, nil
			}))
			resp, err := client.Generate(ctx, &middleware.Request{Model: "gpt-4o", Messages: wire.Prompt(task.Prompt), MaxOutput: 10})
			if err != nil {
				return worker.Result{}, err
			}
			return worker.Result{Output: resp.Text + " of " + task.ID}, nil
		})})
	}
	o.OnResult = func(r Result) error {
		p.results[r.ID] = r
		return nil
	}
	if change != nil {
		change(&o)
	}
	p.summary, p.err = Run(t.Context(), o)
	return p
}

// expect fails the test unless what is said of the field holds.
func (p *played) expect(holds bool, what string, seen ...any) {
	p.t.Helper()
	if !holds {
		p.t.Errorf("%s; %v; %+v", what, seen, p.results)
	}
}

// taskFields says of each field of a task what it does in a run.
var taskFields = map[string]func(*testing.T){
	"ID": func(t *testing.T) {
		p := play(t, nil, worker.Task{ID: "x", Prompt: "p"})
		p.expect(p.results["x"].Outcome == Done, "the result has the id")
	},
	"Prompt": passedOn(func(task *worker.Task) any { return &task.Prompt }, "another prompt"),
	"System": passedOn(func(task *worker.Task) any { return &task.System }, "be brief"),
	"DependsOn": func(t *testing.T) {
		p := play(t, nil, worker.Task{ID: "x", Prompt: `{{ output "y" }}`, DependsOn: []string{"y"}}, worker.Task{ID: "y", Prompt: "p"})
		p.expect(fmt.Sprint(p.order) == "[y x]" && p.seen["x"].Prompt == "out of y", "it comes after, with the output", p.order)
	},
	"Value": func(t *testing.T) {
		p := play(t, nil, worker.Task{ID: "x", Prompt: "p", Worker: "a", Priority: 1}, worker.Task{ID: "y", Prompt: "p", Worker: "a", Value: new(2.5)})
		p.expect(fmt.Sprint(p.order) == "[y x]", "it is what the task is worth", p.order)
	},
	"Gathers": func(t *testing.T) {
		p := play(t, nil, worker.Task{ID: "x", Prompt: "p"}, worker.Task{ID: "y", Prompt: "p"},
			worker.Task{ID: "z", Prompt: `{{ output "g" }}`, DependsOn: []string{"x", "y"}, Gathers: map[string][]string{"g": {"x", "y"}}})
		p.expect(p.seen["z"].Prompt == "out of x\n\nout of y", "it has the outputs of all", p.seen)
	},
	"Foreach":     TestUnfold,
	"Group":       TestAGroupRunsSoManyAtOnce,
	"MaxParallel": TestAGroupRunsSoManyAtOnce,
	"Deadline":    TestATaskIsDeferredAtItsDeadline,
	"Template": func(t *testing.T) {
		p := play(t, nil, worker.Task{ID: "x", Prompt: "p", Worker: "a", Template: "t"}, worker.Task{ID: "y", Prompt: "p", Worker: "a"})
		p.expect(p.results["x"].Group != p.results["y"].Group, "tasks of one template are a group", p.results)
	},
	"Priority": func(t *testing.T) {
		p := play(t, oneWorker, worker.Task{ID: "x", Prompt: "p"}, worker.Task{ID: "y", Prompt: "p", Priority: 1})
		p.expect(fmt.Sprint(p.order) == "[y x]", "it goes first", p.order)
	},
	"Labels": func(t *testing.T) {
		spent := func(o *Options) {
			o.Manager = budget.New(budget.Config{Limits: budget.Limits{budget.Label("b"): budget.TokenLimit(0)}, OnFull: budget.Refuse})
		}
		p := play(t, spent, worker.Task{ID: "x", Prompt: "p", Labels: []string{"a", "b"}}, worker.Task{ID: "y", Prompt: "p", Labels: []string{"a"}})
		p.expect(p.results["x"].Outcome == Deferred && p.results["y"].Outcome == Done, "each of them must have room")
		p.expect(fmt.Sprint(p.seen["y"].Labels) == "[a]", "the worker gets them", p.seen)
	},
	"Worker": func(t *testing.T) {
		p := play(t, nil, worker.Task{ID: "x", Prompt: "p", Worker: "b"})
		p.expect(p.at["x"] == "b", "it goes there", p.at)
	},
	"Model": func(t *testing.T) {
		p := play(t, nil, worker.Task{ID: "x", Prompt: "p", Model: "mb"})
		p.expect(p.at["x"] == "b" && p.seen["x"].Model == "mb", "it goes to the worker that has it", p.at)
	},
	"MaxOutput": passedOn(func(task *worker.Task) any { return &task.MaxOutput }, int64(7)),
	"MinOutput": passedOn(func(task *worker.Task) any { return &task.MinOutput }, int64(5)),
	"Limit": func(t *testing.T) {
		p := play(t, nil, worker.Task{ID: "x", Prompt: "p", Limit: budget.TokenLimit(5)}, worker.Task{ID: "y", Prompt: "p"})
		p.expect(p.results["x"].Outcome == Exhausted && p.results["x"].Tokens == 0 && p.results["y"].Outcome == Done, "it is spent")
		ctx := budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("x"))
		_, err := p.manager.Reserve(ctx, budget.Call{Model: "m", Input: 100})
		p.expect(err == nil, "the manager has its own limits again", err)
	},
	"Request":  passedOn(func(task *worker.Task) any { return &task.Request }, &wire.Request{Model: "ma"}),
	"Columns":  carried(func(task *worker.Task, r *Result) (a, b *json.RawMessage) { return &task.Columns, &r.Columns }),
	"Metadata": carried(func(task *worker.Task, r *Result) (a, b *json.RawMessage) { return &task.Metadata, &r.Metadata }),
	"Stored": func(t *testing.T) {
		p := play(t, nil, worker.Task{ID: "x", Stored: elsewhere("p")}, worker.Task{ID: "y", Stored: elsewhere("")})
		p.expect(p.seen["x"].Prompt == "p" && p.seen["x"].Stored == nil && p.results["x"].Outcome == Done, "the worker gets the prompt", p.seen)
		p.expect(p.results["y"].Outcome == Failed && p.results["y"].Tokens == 0, "one that is lost is not asked", p.results)
		same := play(t, nil, worker.Task{ID: "x", Prompt: "p"})
		p.expect(p.results["x"].Digest == same.results["x"].Digest && p.results["x"].Digest != "", "it asks the same")
	},
	"Parameters": passedOn(func(task *worker.Task) any { return &task.Parameters }, &worker.Parameters{Stop: []string{"end"}}),
	"Source":     passedOn(func(task *worker.Task) any { return &task.Source }, "tasks.toml:12"),
	"Numbered": func(t *testing.T) {
		first := play(t, nil, worker.Task{ID: "1", Prompt: "p", Numbered: true}).results["1"]
		resumed := func(o *Options) { o.Earlier = []Result{first} }
		p := play(t, resumed, worker.Task{ID: "1", Prompt: "new", Numbered: true}, worker.Task{ID: "2", Prompt: "p", Numbered: true})
		p.expect(fmt.Sprint(p.order) == "[1]" && p.summary.Resumed == 1, "it is known again by what it asks", p.order)
	},
}

// carried says that the worker gets the field as it was, that results have it, however they came about, and books do not.
func carried(fields func(*worker.Task, *Result) (inTask, inResult *json.RawMessage)) func(*testing.T) {
	return func(t *testing.T) {
		value := json.RawMessage(`{"a":"carried"}`)
		task, l := worker.Task{ID: "x", Prompt: "p"}, new(budget.Memory)
		inTask, _ := fields(&task, new(Result))
		*inTask = value
		first := play(t, func(o *Options) { o.Manager = onBooks(t, l) }, task)
		if strings.Contains(string(lastResult(l)), "carried") {
			t.Errorf("the books have it: %s", lastResult(l))
		}
		kept, err := DecodeResult(lastResult(l))
		if err != nil {
			t.Fatal(err)
		}
		var again []Result
		play(t, func(o *Options) {
			o.Earlier, o.OnResumed = []Result{kept}, func(left Resumed) error { again = left.Kept; return nil }
		}, task)
		never := play(t, func(o *Options) {
			o.Manager = budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(0)}, OnFull: budget.Refuse})
		}, task)
		for _, r := range append(again, first.results["x"], never.results["x"]) {
			if _, inResult := fields(new(worker.Task), &r); string(*inResult) != string(value) || len(again) != 1 {
				t.Errorf("a result lacks it: %+v", r)
			}
		}
	}
}

func oneWorker(o *Options) { o.Workers = o.Workers[:1] }

// passedOn says that the worker gets the field as it was.
func passedOn(field func(*worker.Task) any, value any) func(*testing.T) {
	return func(t *testing.T) {
		task := worker.Task{ID: "x", Prompt: "p"}
		reflect.ValueOf(field(&task)).Elem().Set(reflect.ValueOf(value))
		p := play(t, nil, task)
		seen := p.seen["x"]
		p.expect(reflect.DeepEqual(reflect.ValueOf(field(&seen)).Elem().Interface(), value), "the worker gets it", seen)
	}
}

// optionFields says of each option what it does. Tasks x and y are done unless it says otherwise.
var optionFields = map[string]func(*testing.T){
	"Manager": func(t *testing.T) {
		m := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(0)}, OnFull: budget.Refuse})
		p := play(t, func(o *Options) { o.Manager = m }, worker.Task{ID: "x", Prompt: "p"})
		p.expect(p.results["x"].Outcome == Deferred, "its budget is asked")
	},
	"Workers": func(t *testing.T) {
		p := play(t, func(o *Options) { o.Workers = nil }, worker.Task{ID: "x", Prompt: "p"})
		p.expect(p.err != nil, "there must be some")
	},
	"Tasks": func(t *testing.T) {
		p := play(t, func(o *Options) { o.Tasks = o.Tasks[:1] }, worker.Task{ID: "x", Prompt: "p"}, worker.Task{ID: "y", Prompt: "p"})
		p.expect(len(p.results) == 1, "these are run")
	},
	"Run": func(t *testing.T) {
		own := play(t, func(o *Options) { o.Run = "" }, worker.Task{ID: "x", Prompt: "p"})
		own.expect(own.summary.Run != "" && own.results["x"].Run == own.summary.Run && own.manager.OfRun(own.summary.Run).Settled.Tokens == 13, "it has one of its own", own.err)
		p := play(t, func(o *Options) { o.Run = "mine" }, worker.Task{ID: "x", Prompt: "p"})
		p.expect(p.results["x"].Run == "mine" && p.summary.Run == "mine" && p.manager.OfRun("mine").Settled.Tokens == 13, "it is charged")
	},
	"Earlier": func(t *testing.T) {
		first := play(t, nil, worker.Task{ID: "x", Prompt: "p"}).results["x"]
		p := play(t, func(o *Options) { o.Earlier = []Result{first} }, worker.Task{ID: "x", Prompt: "p"})
		p.expect(len(p.order) == 0 && p.summary.Resumed == 1, "it is not done again", p.order)
	},
	"Found": func(t *testing.T) {
		first := play(t, nil, worker.Task{ID: "x", Prompt: "p"}).results["x"]
		p := play(t, func(o *Options) { o.Found = []Result{first} }, worker.Task{ID: "x", Prompt: "p"})
		p.expect(len(p.order) == 0 && p.summary.Resumed == 1, "it is not done again", p.order)
	},
	"KeepChanged": func(t *testing.T) {
		first := play(t, nil, worker.Task{ID: "x", Prompt: "p"}).results["x"]
		for keep, want := range map[bool]int{true: 0, false: 1} {
			p := play(t, func(o *Options) { o.Earlier, o.KeepChanged = []Result{first}, keep }, worker.Task{ID: "x", Prompt: "q"})
			p.expect(len(p.order) == want, "a changed task keeps its result", keep, p.order)
		}
	},
	"OnResumed": func(t *testing.T) {
		p := play(t, func(o *Options) { o.OnResumed = func(Resumed) error { return errors.New("stop") } }, worker.Task{ID: "x", Prompt: "p"})
		p.expect(p.err != nil && len(p.order) == 0, "its error ends the run", p.err)
	},
	"DiscardOutputs": func(t *testing.T) {
		l := new(budget.Memory)
		play(t, func(o *Options) { o.Manager, o.DiscardOutputs = onBooks(t, l), true }, worker.Task{ID: "x", Prompt: "p"})
		if strings.Contains(string(lastResult(l)), "out of x") {
			t.Errorf("the books have the output: %s", lastResult(l))
		}
	},
	"KeepOutput": func(t *testing.T) {
		kept := 0
		play(t, func(o *Options) {
			o.Manager, o.DiscardOutputs = onBooks(t, new(budget.Memory)), true
			o.KeepOutput = func(Result) (string, error) { kept++; return "f", nil }
		}, worker.Task{ID: "x", Prompt: "p"})
		if kept != 1 {
			t.Errorf("called %d times", kept)
		}
	},
	"Last": func(t *testing.T) {
		last := func(o *Options) { oneWorker(o); o.Last = map[string]bool{"x": true} }
		p := play(t, last, worker.Task{ID: "x", Prompt: "p"}, worker.Task{ID: "y", Prompt: "p"})
		p.expect(fmt.Sprint(p.order) == "[y x]", "it goes last", p.order)
	},
	"Policy": func(t *testing.T) {
		p := play(t, func(o *Options) { o.Policy = ByPlace }, worker.Task{ID: "x", Prompt: "p", Worker: "a"}, worker.Task{ID: "y", Prompt: "p", Worker: "a", Priority: 1})
		p.expect(fmt.Sprint(p.order) == "[x y]", "it orders the tasks", p.order)
	},
	"Worth": func(t *testing.T) {
		p := play(t, func(o *Options) { o.Worth = map[int]float64{0: 9} }, worker.Task{ID: "x", Prompt: "p", Worker: "a", Priority: 1}, worker.Task{ID: "y", Prompt: "p", Worker: "a"})
		p.expect(fmt.Sprint(p.order) == "[y x]", "it says what a priority is worth", p.order)
	},
	"OutputCap": func(t *testing.T) {
		w := lowering(t, 1300, 100)
		w.mustRun()
		w.want("t0:done t1:done t2:done x:done")
	},
	"OnDeferred": TestAWaitEndsWithTheRun,
	"Limit":      TestARunHasALimitOfItsOwn,
	"Control":    TestARunIsSuspended,
	"Only":       TestAPartOfARun,
	"Again":      TestAnAnswerIsAskedForAgain,
	"MaxRunTime": TestARunEndsByTheClock,
	"MaxCalls":   TestATaskHasSoManyCalls,
	"Zone": func(t *testing.T) {
		zone := time.FixedZone("x", -int(time.Since(time.Now().Truncate(24*time.Hour)).Seconds()))
		p := play(t, func(o *Options) { o.Zone = zone }, worker.Task{ID: "x", Prompt: "p", Deadline: "00:30"})
		p.expect(p.results["x"].Outcome == Done, "a time of day is the next one there", p.results)
	},
	"History": func(t *testing.T) {
		first := play(t, nil, worker.Task{ID: "x", Prompt: "p"})
		result := first.results["x"]
		result.Usage.Output = 4000
		past := make(History)
		for range 50 {
			past.Add(result)
		}
		second := play(t, func(o *Options) { o.History = past }, worker.Task{ID: "x", Prompt: "p"})
		second.expect(second.results["x"].Expected > 3000 && result.Expected < 1000, "expectations begin with it", second.results["x"].Expected, result.Expected)
	},
	"Gates": func(t *testing.T) {
		paused := false
		play(t, func(o *Options) {
			o.Gates = shut{}
			o.OnEvent = func(e Event) { paused = paused || e.Kind == Paused && e.Pause.Provider == "p" }
		}, worker.Task{ID: "x", Prompt: "p"})
		if !paused {
			t.Error("nobody is told that a provider is paused")
		}
	},
	"Drain": func(t *testing.T) {
		drain := make(chan struct{})
		close(drain)
		p := play(t, func(o *Options) { o.Drain = drain }, worker.Task{ID: "x", Prompt: "p"})
		p.expect(p.results["x"].Outcome == Cancelled && p.summary.Interrupted, "nothing is begun")
	},
	"OnResult": func(t *testing.T) {
		p := play(t, func(o *Options) { o.OnResult = func(Result) error { return errors.New("full") } }, worker.Task{ID: "x", Prompt: "p"})
		p.expect(p.err != nil, "its error ends the run")
	},
	"OnEvent": func(t *testing.T) {
		var kinds []EventKind
		play(t, func(o *Options) { o.OnEvent = func(e Event) { kinds = append(kinds, e.Kind) } }, worker.Task{ID: "x", Prompt: "p"})
		if len(kinds) < 2 {
			t.Errorf("events: %v", kinds)
		}
	},
	"Logger": func(t *testing.T) {
		var log bytes.Buffer
		panics := worker.Func(func(context.Context, worker.Task) (worker.Result, error) { panic("a bug") })
		play(t, func(o *Options) {
			o.Logger, o.Workers[0].Worker = slog.New(slog.NewTextHandler(&log, nil)), panics
		}, worker.Task{ID: "x", Prompt: "p", Worker: "a"})
		if !strings.Contains(log.String(), "worker panicked") {
			t.Errorf("the log is %q", log.String())
		}
	},
}

// elsewhere is a prompt that is not in memory, lost if it is empty.
type elsewhere string

func (e elsewhere) Prompt() (string, error) {
	if e == "" {
		return "", errors.New("lost")
	}
	return string(e), nil
}

// shut are gates of which one is shut for ever.
type shut struct{}

func (shut) Paused() ([]wire.Pause, <-chan struct{}) { return []wire.Pause{{Provider: "p"}}, nil }
func (shut) Stop()                                   {}

func onBooks(t *testing.T, l *budget.Memory) *budget.Manager {
	m, err := budget.Open(t.Context(), budget.Config{Ledger: l})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func lastResult(l *budget.Memory) (result []byte) {
	for _, e := range l.Entries() {
		if e.Op == budget.OpResult {
			result = e.Result
		}
	}
	return result
}

// No field of a task or of the options is silently ignored: each is said to do something, and does it.
func TestNoFieldIsIgnored(t *testing.T) {
	for typed, fields := range map[reflect.Type]map[string]func(*testing.T){
		reflect.TypeFor[worker.Task](): taskFields, reflect.TypeFor[Options](): optionFields,
	} {
		for i := range typed.NumField() {
			name := typed.Field(i).Name
			if fields[name] == nil {
				t.Errorf("nobody says what %s.%s does", typed.Name(), name)
				continue
			}
			t.Run(typed.Name()+"/"+name, fields[name])
		}
	}
}

// A task that names no model reaches the worker with that of its slots, and asks something else where that is another.
func TestTheModelOfSlotsReachesTheWorker(t *testing.T) {
	p := play(t, nil, worker.Task{ID: "x", Prompt: "p", Worker: "a"}, worker.Task{ID: "y", Prompt: "p", Worker: "b"})
	p.expect(p.seen["x"].Model == "ma" && p.seen["y"].Model == "mb", "it is the worker's", p.seen)
	p.expect(p.results["x"].Digest != p.results["y"].Digest, "another model is another question")
	request := &middleware.Request{Model: "own", Messages: wire.Prompt("p")}
	p = play(t, nil, worker.Task{ID: "x", Request: request, Worker: "a"})
	p.expect(p.seen["x"].Model == "", "a request has its own", p.seen)
}
