package view

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Adjustment is a correction and what it changed.
type Adjustment struct {
	Schema  int             `json:"schema_version"`
	Attempt string          `json:"attempt"`
	Entries [2]string       `json:"entries"` // the ids of those that were added
	Before  int64           `json:"before"`
	Assumed bool            `json:"before_assumed"`
	After   int64           `json:"after"`
	Cost    *budget.NanoUSD `json:"cost_nano_usd"` // null: unknown
	Period  int64           `json:"period"`

	// What is said to people alone.
	account string
	total   budget.Status
}

// NewAdjustment is a correction that is in the books.
func NewAdjustment(of project.Adjustment) Adjustment {
	undo, redo := of.Undo, of.Redo
	a := Adjustment{
		Schema: SchemaVersion, Attempt: of.Attempt, Entries: [2]string{undo.ID, redo.ID}, Before: -undo.Used.Tokens,
		Assumed: undo.Assumed, After: redo.Used.Tokens, Period: redo.Period, account: of.Account, total: of.Total,
	}
	if !redo.Unpriced {
		a.Cost = &redo.Used.Cost
	}
	return a
}

// Text is the correction for people.
func (a Adjustment) Text() string {
	was, cost := "", "cost unknown"
	if a.Assumed {
		was = " (assumed)"
	}
	if a.Cost != nil {
		cost = a.Cost.String()
	}
	return fmt.Sprintf("attempt %s: %s tokens%s -> %s tokens (%s), in period %d\nbooked as %s and %s\n%s now: %s\n",
		a.Attempt, Number(a.Before), was, Number(a.After), cost, a.Period, a.Entries[0], a.Entries[1], a.account, SpentText(a.total))
}
