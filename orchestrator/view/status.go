package view

import (
	"fmt"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Status is the state of the books.
type Status struct {
	Schema int           `json:"schema_version"`
	Mode   budget.Mode   `json:"mode"`
	Period budget.Period `json:"period"`
	Over   bool          `json:"period_is_over"`  // what spends next begins another
	Ahead  bool          `json:"period_is_ahead"` // it begins in the future: the clock was moved back
	Run    string        `json:"run,omitempty"`   // the newest, whose scopes are shown, if it spent in this period
	Owner  *Owner        `json:"owner"`           // null: nobody has the books
	Ledger string        `json:"ledger"`
	Scopes []Scope       `json:"scopes"`

	Unconfirmed Unconfirmed `json:"unconfirmed"`

	// What is said to people alone.
	older   bool // Run spent in an earlier period, too
	hidden  int  // tasks that are not among the scopes
	zone    *time.Location
	program string
}

// Owner is who has the books, or had them and died.
type Owner struct {
	PID   int       `json:"pid"`
	Run   string    `json:"run,omitempty"` // the run that it is in, "" for none
	Since time.Time `json:"since"`
	Gone  bool      `json:"gone"`
}

// NewStatus is what stands in the books of p, at this moment. program is how this program is called.
func NewStatus(p *project.Project, is project.Status, program string) Status {
	now := time.Now()
	s := Status{
		Schema: SchemaVersion, Mode: is.Mode, Period: is.Period, Over: is.Period.Over(now), Ahead: is.Period.Ahead(now),
		Run: is.Run, Ledger: p.LedgerPath(), Scopes: make([]Scope, 0, len(is.Scopes)), Unconfirmed: unconfirmedOf(is.Unconfirmed),
		older: is.Older, hidden: is.Hidden, zone: p.Config.Budget.TimeZone, program: program,
	}
	if o := is.Owner; o != nil {
		s.Owner = &Owner{PID: o.PID, Run: o.Run, Since: o.Since, Gone: o.Gone()}
	}
	for _, scope := range is.Scopes {
		s.Scopes = append(s.Scopes, ScopeOf(scope))
	}
	return s
}

// Text is the status for people: a table that fits, with notes.
func (s Status) Text(f Fit) string {
	var rows [][]string
	for _, scope := range s.Scopes {
		rows = append(rows, scope.row())
	}
	text := "nothing was run yet"
	if s.Period.ID > 0 {
		text = fmt.Sprintf("period %d, %s", s.Period.ID, PeriodText(s.Period, s.zone))
	}
	text += fmt.Sprintf(", %s mode, books in %s\n%s", s.Mode, s.Ledger, s.notes())
	text += f.table([]string{"scope", "limit", "settled", "held", "remaining", "assumed", "overrun", "debt", "cost", "cost left"}, rows,
		"overrun", "assumed", "debt", "cost left")
	if s.hidden > 0 {
		text += fmt.Sprintf("and %s of run %s (--tasks shows them)\n", Plural(s.hidden, "task"), s.Run)
	}
	return text + s.Unconfirmed.text(f, s.zone, s.program)
}

// notes say what the figures below them do not.
func (s Status) notes() string {
	text := ""
	if s.Over {
		text += "this period is over: the next run begins another, with the whole budget\n"
	}
	if s.Ahead {
		text += AheadText(s.Period, s.zone) + "\n"
	}
	if s.Run != "" && s.older {
		text += fmt.Sprintf("run %s began in an earlier period: its own scopes below include what it spent there\n", s.Run)
	}
	switch owner := s.Owner; {
	case owner != nil && !owner.Gone:
		text += fmt.Sprintf("in use by process %d since %s\n", owner.PID, Clock(owner.Since, s.zone))
	case slices.ContainsFunc(s.Scopes, Scope.holds):
		text += "what is held was left by a process that is gone: the next run or reset resolves it\n"
	}
	return text
}
