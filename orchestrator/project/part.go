package project

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/worker"
)

// Part is which tasks of a file a run does, and those that they depend on; the rest is done when it is resumed.
type Part struct {
	First  int      // so many from the beginning of the file; 0 is no such part
	Sample int      // so many from anywhere in it, the same ones for one run
	Tasks  []string // these, or those of these groups
}

// What Retry of [RunOptions] may be.
const (
	RetryFailed = "failed"
	RetryCut    = "cut"
)

// of returns the ids of the part, nil for all tasks.
func (p Part) of(tasks []worker.Task, run string) (only map[string]bool, err error) {
	if p.First == 0 && p.Sample == 0 && len(p.Tasks) == 0 {
		return nil, nil
	}
	only = make(map[string]bool)
	for _, t := range tasks[:min(p.First, len(tasks))] {
		only[t.ID] = true
	}
	h := fnv.New64a()
	h.Write([]byte(run))
	for _, i := range rand.New(rand.NewPCG(h.Sum64(), 0)).Perm(len(tasks))[:min(p.Sample, len(tasks))] { //nolint:gosec // a sample, no secret
		only[tasks[i].ID] = true
	}
	asked := make(map[string]bool)
	for _, t := range tasks {
		for _, name := range []string{t.ID, t.Group} {
			if name != "" && slices.Contains(p.Tasks, name) {
				asked[name], only[t.ID] = true, true
			}
		}
		for _, name := range p.Tasks {
			if t.StandsFor(name) {
				asked[name], only[name] = true, true
			}
		}
	}
	for _, id := range p.Tasks {
		if !asked[id] {
			return nil, usagef("--task %s: the task file has no such task", id)
		}
	}
	return only, nil
}

// part is what a run is to do: the part that was asked for, less what a retry leaves alone.
func (o *owned) part() (only, again map[string]bool, err error) {
	if only, err = o.options.Part.of(o.tasks, o.run.ID); err != nil || o.options.Retry == "" {
		return only, nil, err
	}
	newest := make(map[string]orchestrator.Result, len(o.earlier))
	for _, r := range o.earlier {
		newest[r.ID] = r
	}
	retry := make(map[string]bool)
	for id, r := range newest {
		if o.options.Retry == RetryFailed && r.Outcome == orchestrator.Failed || o.options.Retry == RetryCut && r.Cut() {
			retry[id] = only == nil || only[id]
		}
	}
	if len(retry) == 0 {
		return nil, nil, usage(fmt.Errorf("nothing to try again: no task of run %s is %s", o.run.ID, map[string]string{
			RetryFailed: "failed", RetryCut: "cut at its output cap"}[o.options.Retry]))
	}
	return retry, retry, nil
}
