package books

import (
	"context"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Importer takes history in.
type Importer interface {
	// Import has f enter history, all of it or, after an error of f or of the store, nothing. The error is that one.
	// Nothing else is written until f returns.
	Import(ctx context.Context, f func(Intake) error) error
}

// Intake enters history into a store. It is good until the function that was given it returns, for one goroutine. After
// an error nothing more can be entered.
type Intake interface {
	// Run returns the run of that id, if it is there.
	Run(id string) (r Run, there bool, err error)

	// EnterRun enters a run as imported. Where it is there, what r says of its end and its status is taken over.
	EnterRun(r Run) error

	// Entry returns the entry of that id and op, if it is there.
	Entry(id string, op budget.Op) (e budget.Entry, there bool, err error)

	// Enter enters an entry, unless there is one of its id and op: then it has not entered it, and that is no error.
	Enter(e budget.Entry) (entered bool, err error)

	// LowestPeriod returns the lowest number that a period has, 0 if none has one below zero.
	LowestPeriod() (int64, error)

	// BeginPeriod notes when a period began; otherwise it began with its first entry.
	BeginPeriod(id int64, start time.Time) error

	// Total returns the counters of an account, with what was entered.
	Total(a budget.Account) (budget.Counters, error)
}
