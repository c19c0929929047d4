package project

import (
	"context"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// RunState is how a run stands.
type RunState string

// The states of runs.
const (
	RunGoing       RunState = "running"     // a process has the books for it
	RunEnded       RunState = "ended"       // it went to its end
	RunInterrupted RunState = "interrupted" // it was stopped, or its process died: run --resume goes on with it
)

// RunOf is a run with what it came to.
type RunOf struct {
	books.Run
	State    RunState
	Outcomes map[orchestrator.Outcome]int // the last of each task
	Spent    books.Line
}

// Runs lists the runs in the books, the newest first, those that began at since or later.
func (p *Project) Runs(ctx context.Context, since time.Time) (list []RunOf, err error) {
	store, err := p.openBooks(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	owner := p.Owner()
	runs, err := store.Runs(ctx)
	if err != nil {
		return nil, err
	}
	spent, err := books.SummarizeBy(store.Entries(ctx, books.Filter{Charging: true}), books.OneKey(budget.Entry.Run))
	if err != nil {
		return nil, err
	}
	of := make(map[string]books.Line)
	for _, line := range spent.Groups[0] {
		of[line.Key] = line
	}
	for _, r := range runs {
		if r.Started.Before(since) {
			continue
		}
		one := RunOf{Run: r, State: stateOf(r, owner), Spent: of[r.ID]}
		if one.Outcomes, err = outcomesOf(ctx, store, r.ID); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// stateOf is how a run stands while the books have this owner, or none.
func stateOf(r books.Run, owner *sqlite.Owner) RunState {
	switch going := owner != nil && !owner.Gone() && owner.Run == r.ID; {
	case going:
		return RunGoing
	case r.Ended.IsZero() || r.Status == "interrupted":
		return RunInterrupted
	}
	return RunEnded
}

// RunIDs are the ids of the runs in the books, the newest first.
func (p *Project) RunIDs(ctx context.Context) (ids []string, err error) {
	store, _, err := p.openReader(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	runs, err := store.Runs(ctx)
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	return ids, err
}

func outcomesOf(ctx context.Context, store books.Store, run string) (map[orchestrator.Outcome]int, error) {
	outcomes := make(map[orchestrator.Outcome]int)
	for e, err := range store.Results(ctx, run) {
		if err != nil {
			return nil, err
		}
		if len(e.Result) == 0 { // imported without it
			continue
		}
		result, err := decoded(e)
		if err != nil {
			return nil, err
		}
		outcomes[result.Outcome]++
	}
	return outcomes, nil
}
