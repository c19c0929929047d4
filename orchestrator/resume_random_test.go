package orchestrator

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
	"github.com/orchestrate-go/orchestrate/worker"
)

// However a file of lines is edited between the parts of a run, each line is reported with the answer to its own
// prompt, and a prompt is paid for as often as the file ever had it at once.
func TestRandomEditsOfLines(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 12))
		r := newResumable(t)
		paid, most := make(map[string]int), make(map[string]int)
		var prompts []string
		for range 8 {
			prompts = edit(rng, prompts, func() string { return fmt.Sprint("p", rng.IntN(6)) })
			tasks := lines(prompts...)
			r.part(Options{}, tasks...)
			now := make(map[string]int)
			for _, task := range tasks {
				if got := r.results[task.ID]; got.Outcome != Done || got.Output != "<"+task.Prompt+">" {
					t.Fatalf("seed %d: %s asks %s and is reported with %+v", seed, task.ID, task.Prompt, got)
				}
				now[task.Prompt]++
				most[task.Prompt] = max(most[task.Prompt], now[task.Prompt])
			}
			for _, prompt := range r.asked {
				paid[prompt]++
			}
			if diff := cmp.Diff(most, paid); diff != "" {
				t.Fatalf("seed %d: how often prompts were in the file, and how often they were paid:\n%s", seed, diff)
			}
		}
	}
}

// The same of tasks with and without ids, whose prompts have each other's outputs, of which some are not answered:
// what is done has the answer to its prompt, whatever that has become, and asking once more asks only the others.
func TestRandomEditsOfTasks(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 14))
		r := newResumable(t)
		var tasks []worker.Task
		for range 6 {
			tasks = renumber(edit(rng, tasks, func() worker.Task { return randomTask(rng) }))
			r.empty = map[string]bool{fmt.Sprint("p", rng.IntN(6)): true}
			r.part(Options{}, tasks...)
			checkAnswers(t, seed, r, tasks)
			r.part(Options{}, tasks...)
			for _, prompt := range r.asked {
				if !r.empty[prompt] {
					t.Fatalf("seed %d: asked %q, and nothing changed", seed, prompt)
				}
			}
			checkAnswers(t, seed, r, tasks)
		}
	}
}

// edit inserts, takes out, changes and moves some of list.
func edit[T any](rng *rand.Rand, list []T, fresh func() T) []T {
	list = slices.Clone(list)
	for range 1 + rng.IntN(4) {
		at := rng.IntN(len(list) + 1)
		switch kind := rng.IntN(5); {
		case kind < 2 || at == len(list):
			list = slices.Insert(list, at, fresh())
		case kind == 2:
			list = slices.Delete(list, at, at+1)
		case kind == 3:
			list[at] = fresh()
		default:
			other := rng.IntN(len(list))
			list[at], list[other] = list[other], list[at]
		}
	}
	return list
}

// randomTask is a task whose place in the file, and with it what it may depend on, is not settled yet.
func randomTask(rng *rand.Rand) worker.Task {
	t := worker.Task{Prompt: fmt.Sprint("p", rng.IntN(6)), Numbered: rng.IntN(2) == 0, Priority: rng.IntN(3)}
	if !t.Numbered {
		t.ID = fmt.Sprint("t", rng.IntN(5))
	}
	if rng.IntN(3) == 0 {
		t.DependsOn = []string{fmt.Sprint("t", rng.IntN(5))}
	}
	return t
}

// renumber makes a task file of tasks: ids that come twice become lines, and dependencies on what does not come
// before go.
func renumber(tasks []worker.Task) []worker.Task {
	before := make(map[string]bool)
	for i := range tasks {
		t := &tasks[i]
		t.Numbered = t.Numbered || before[t.ID]
		if t.Numbered {
			t.ID = fmt.Sprint("line-", i+1)
		}
		if t.Prompt = t.Prompt[:2]; len(t.DependsOn) > 0 && before[t.DependsOn[0]] {
			t.Prompt += fmt.Sprintf(" {{output %q}}", t.DependsOn[0])
		} else {
			t.DependsOn = nil
		}
		before[t.ID] = true
	}
	return tasks
}

func checkAnswers(t *testing.T, seed uint64, r *resumable, file []worker.Task) {
	t.Helper()
	for _, task := range file {
		result := r.results[task.ID]
		asks, err := tasks.Expand(task, func(id string) (string, bool) { return r.results[id].Output, r.results[id].Outcome == Done })
		switch {
		case r.err != nil || result.ID == "":
			t.Fatalf("seed %d: %s has %+v, %v", seed, task.ID, result, r.err)
		case result.Outcome == Done && (err != nil || result.Output != "<"+asks.Prompt+">"):
			t.Fatalf("seed %d: %s asks %q and is reported with %q (%v)", seed, task.ID, asks.Prompt, result.Output, err)
		case result.Outcome != Done && err == nil && !r.empty[asks.Prompt]:
			t.Fatalf("seed %d: %s asks %q and is %s: %s", seed, task.ID, asks.Prompt, result.Outcome, result.Reason)
		}
	}
}
