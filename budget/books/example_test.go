package books_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// What a manager booked is read, checked and moved without one. sqlite.Open and sqlite.OpenReader give a store in a file.
func Example() {
	ctx := context.Background()
	store := books.NewMemory()
	m, err := budget.Open(ctx, budget.Config{Ledger: store, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	if err := store.BeginRun(ctx, books.Run{ID: "r1", Started: time.Now()}); err != nil {
		log.Fatal(err)
	}
	for _, task := range []string{"a", "b"} {
		ctx := budget.WithScopes(ctx, budget.Run("r1"), budget.Task(task))
		r, err := m.Reserve(ctx, budget.Call{Model: "gpt-4o", Input: 100, MaxOutput: 50})
		if err != nil {
			log.Fatal(err)
		}
		if err := r.Settle(ctx, budget.Outcome{Usage: budget.Usage{Input: 100, Output: 20}}); err != nil {
			log.Fatal(err)
		}
	}

	history, err := books.Summarize(store.Entries(ctx, books.Filter{Run: "r1"}), budget.Entry.TaskID)
	if err != nil {
		log.Fatal(err)
	}
	for _, line := range history.Groups[0] {
		fmt.Printf("task %s: %d tokens\n", line.Key, line.Settled.Tokens)
	}

	found, err := books.Verify(ctx, store, books.VerifyOptions{})
	fmt.Printf("%d entries, %d wrong, %v\n", found.Entries, found.Wrong, err)

	var file bytes.Buffer
	if _, err := books.Export(ctx, store, &file, books.ExportOptions{}); err != nil {
		log.Fatal(err)
	}
	moved, err := books.Import(ctx, books.NewMemory(), &file, books.ImportOptions{})
	fmt.Printf("%d entries of %d run are in period %d, %v\n", moved.Entries, moved.Runs, moved.Periods[1], err)

	standing, err := books.Open(ctx, store, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(1000)}}, books.OpenOptions{})
	fmt.Printf("run %s, %d tokens left, %v\n", standing.Run, *standing.Scopes[0].Remaining.Tokens, err)

	// Output:
	// task a: 120 tokens
	// task b: 120 tokens
	// 5 entries, 0 wrong, <nil>
	// 4 entries of 1 run are in period -1, <nil>
	// run r1, 760 tokens left, <nil>
}
