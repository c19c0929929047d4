package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
)

// The books outlive their owner: what was held when it ended is still open for the next one.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "ledger.db")
	ctx := context.Background()

	ledger, err := sqlite.Open(ctx, path, sqlite.Options{Run: "run-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = sqlite.Open(ctx, path, sqlite.Options{})
	if owned := (*sqlite.OwnedError)(nil); errors.As(err, &owned) {
		fmt.Println("in use by", owned.Run)
	}
	hold := budget.Entry{
		ID: "attempt-1", Op: budget.OpReserve, Time: time.Now(), Period: 1,
		Scopes: []budget.Scope{budget.Total, budget.Run("run-1")},
		Hold:   budget.Amount{Tokens: 1200},
	}
	fmt.Println("reserved:", ledger.Append(ctx, hold))
	fmt.Println("repeated:", ledger.Append(ctx, hold))
	ledger.Close()

	reader, err := sqlite.OpenReader(ctx, path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reader.Close()
	state, err := reader.Load(ctx, "run-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(state.Open), "open, held:", state.Totals[budget.Account{Period: 1, Scope: budget.Total}].Held)

	// Output:
	// in use by run-1
	// reserved: <nil>
	// repeated: <nil>
	// 1 open, held: 1200 tokens
}
