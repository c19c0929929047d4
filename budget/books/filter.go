package books

import (
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Filter chooses entries of the books. Its zero value chooses all of them; each field that is set leaves
// out more.
type Filter struct {
	Run    string    // charged to this run
	Period int64     // of this period; 0 is any
	Since  time.Time // at this instant or later
	Until  time.Time // before this instant

	// Charging leaves out what [Summarize] has no use for: entries that end no attempt, charge nothing and
	// change no debt.
	Charging bool
}

// Match reports whether f chooses e.
func (f Filter) Match(e budget.Entry) bool {
	return (f.Run == "" || e.Run() == f.Run) &&
		(f.Period == 0 || e.Period == f.Period) &&
		(f.Since.IsZero() || !e.Time.Before(f.Since)) &&
		(f.Until.IsZero() || e.Time.Before(f.Until)) &&
		(!f.Charging || charging(e))
}

func charging(e budget.Entry) bool {
	switch e.Op {
	case budget.OpSettle, budget.OpRelease, budget.OpRecord, budget.OpAdjust:
		return true
	}
	return len(e.Debts) > 0
}
