package project

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
)

// Attempts are those of one model that ended alike since the process began: "exact" by the provider's figures, "assumed" without
// them, or "released" without a charge.
type Attempts struct {
	Model string `json:"model"`
	End   string `json:"outcome"`
	Count int64  `json:"count"`
}

// Tally is what a process has written into its books.
type Tally struct {
	Attempts []Attempts `json:"attempts"` // by model and end

	// Held and Charged are, in tokens, what the attempts that were charged had held, and were charged.
	Held    int64 `json:"held_tokens"`
	Charged int64 `json:"charged_tokens"`

	Assumed  int64 `json:"assumed_tokens"`  // of those charged, without the provider's figures
	Unpriced int64 `json:"unpriced_tokens"` // without a price

	Commits int64         `json:"commits"`   // writes that were waited for, of many entries or of one
	Waited  time.Duration `json:"commit_ns"` // for them, all together
}

// maxTallied bounds the models that are told apart: a proxy's clients may name any.
const maxTallied = 200

// otherModels are the models beyond.
const otherModels = "other"

// tallied are books that count what is written into them. It is safe for concurrent use.
type tallied struct {
	*sqlite.Ledger

	mu       sync.Mutex
	sum      Tally
	models   map[string]bool
	attempts map[Attempts]int64 // whose Count is 0
}

func tally(l *sqlite.Ledger) *tallied {
	return &tallied{Ledger: l, models: make(map[string]bool), attempts: make(map[Attempts]int64)}
}

// Append appends, and counts what is durable then.
func (t *tallied) Append(ctx context.Context, entries ...budget.Entry) error {
	began := time.Now()
	if err := t.Ledger.Append(ctx, entries...); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Commits++
	t.sum.Waited += time.Since(began)
	for i := range entries {
		t.count(&entries[i])
	}
	return nil
}

func (t *tallied) count(e *budget.Entry) {
	end := "exact"
	switch {
	case e.Op == budget.OpRelease:
		end = "released"
	case e.Op != budget.OpSettle && e.Op != budget.OpRecord:
		return
	case e.Assumed:
		end = "assumed"
		grow(&t.sum.Assumed, e.Used.Tokens)
	}
	if e.Op != budget.OpRelease {
		grow(&t.sum.Held, e.Hold.Tokens)
		grow(&t.sum.Charged, e.Used.Tokens)
		if e.Unpriced {
			grow(&t.sum.Unpriced, e.Used.Tokens)
		}
	}
	model := e.Model
	if !t.models[model] {
		if len(t.models) >= maxTallied {
			model = otherModels
		} else {
			t.models[model] = true
		}
	}
	t.attempts[Attempts{Model: model, End: end}]++
}

// grow adds to a sum of tokens, which stays where it is full: no entry has more than 2^62.
func grow(sum *int64, n int64) { *sum += min(n, 1<<62-*sum) }

// now is what was written until now.
func (t *tallied) now() Tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	sum := t.sum
	sum.Attempts = make([]Attempts, 0, len(t.attempts))
	for a, n := range t.attempts {
		a.Count = n
		sum.Attempts = append(sum.Attempts, a)
	}
	slices.SortFunc(sum.Attempts, func(a, b Attempts) int { return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.End, b.End)) })
	return sum
}
