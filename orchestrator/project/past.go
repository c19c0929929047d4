package project

import (
	"context"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// What is expected of tasks begins with the results of the last runs: of so many of them, and so many results.
const (
	pastRuns    = 10
	pastResults = 20_000
)

// historyOf is what the books say of tasks like those of a run, beside its own earlier parts.
func historyOf(ctx context.Context, store books.Store, run string) (orchestrator.History, error) {
	history := make(orchestrator.History)
	runs, err := store.Runs(ctx)
	if err != nil {
		return nil, err
	}
	left := pastResults
	for _, past := range runs[:min(pastRuns, len(runs))] {
		if past.ID == run {
			continue
		}
		for entry, err := range store.Results(ctx, past.ID) {
			if err != nil {
				return nil, err
			}
			result, err := orchestrator.DecodeResult(entry.Result)
			if err != nil {
				return nil, fmt.Errorf("the result of %s in run %s: %w", entry.TaskID(), past.ID, err)
			}
			history.Add(result)
			if left--; left == 0 {
				return history, nil
			}
		}
	}
	return history, nil
}
