package budget

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Ledger keeps the books. Entries are appended and never changed.
//
// A manager is the only writer of its ledger. It calls Append from many goroutines at once and expects a
// ledger to gather what arrives together into one write. Package budget/budgettest checks all that is
// said here.
type Ledger interface {
	// Append makes the entries durable before it returns: all of them, or none with an error. Entries of
	// one call are neighbours, in order. A ledger that cannot know whether it wrote them (a commit that was
	// not answered) fails every later Append as well, until it is opened again: a manager takes what failed
	// for not written, except for the ends of holds, which it repeats.
	//
	// Entries that could not be counted ([Counters.Plus]) are refused as [ErrUncountable].
	//
	// Entries that no sum can count ([Entry.Validate], [Counters.Plus]) are an error that is [ErrUncountable].
	//
	// An entry that is already there with the same content is accepted and changes nothing; one with the
	// same ID and Op but other content is an error that is ErrConflict. Append is not cancelled half-way: ctx only carries values. The caller must not change
	// the entries afterwards.
	Append(ctx context.Context, entries ...Entry) error

	// Load returns the state of the books: the newest period and its totals, the totals of the named
	// runs, and the reserve entries of every hold that is still open, whatever its run.
	Load(ctx context.Context, runs ...string) (State, error)
}

// Op is what an entry does.
type Op string

// Labels returns the labels that e is charged to, in the order in which they were given.
func (e Entry) Labels() []string {
	var labels []string
	for _, s := range e.Scopes {
		if s.Kind == KindLabel {
			labels = append(labels, s.Name)
		}
	}
	return labels
}

// Cause says why a scope is in debt.
type Cause string

// The operations of entries, and the causes of the debts that they book. None of these is a grant in strict mode.
const (
	OpReserve Op = "reserve" // a hold begins
	OpSettle  Op = "settle"  // a hold becomes usage
	OpRelease Op = "release" // a hold returns whole
	OpRecord  Op = "record"  // usage that had no hold
	OpReset   Op = "reset"   // a period ends and Period, the next, begins
	OpLimit   Op = "limit"   // a limit changed or, with Debts, what stood above a changed limit
	OpAdjust  Op = "adjust"  // a correction, with its reason
	OpResult  Op = "result"  // a task ended; Result is what its attempts bought

	CauseOverrun  Cause = "overrun"  // the provider billed more than was held
	CauseRecorded Cause = "recorded" // usage was learnt only afterwards
	CauseLowered  Cause = "lowered"  // a limit was lowered below what was spent and held
	CauseSoft     Cause = "soft"     // soft mode admitted the attempt
)

// Entry is one line of the books. ID and Op together identify it: the settlement of a reservation carries
// the reservation's ID.
type Entry struct {
	ID     string
	Op     Op
	Time   time.Time // UTC, whole nanoseconds
	Period int64     // the period that is charged; a hold settles in the period it was taken in. Below zero it was imported
	Scopes []Scope   // all the scopes charged, widest first; of an OpLimit entry the limit's scope first
	Debts  []Debt    // what this entry adds to (or, negative, takes from) the debt of scopes

	Model        string // asked for
	Served       string // answered, where known to differ or be a snapshot
	Tier         Tier   // of a reserve entry: held for; of a charge: what Used.Cost was made with
	Certainty    Certainty
	Counted      int64  // input as counted, without margin
	Output       int64  // the output cap granted
	Hold         Amount // what the reservation held: taken by a reserve entry, given back by settle and release
	Used         Amount // what was charged
	Usage        Usage  // Used.Tokens by bucket
	Unpriced     bool   // no price was known: Used.Cost and Hold.Cost say nothing
	Assumed      bool   // Usage is not the provider's word
	Overrun      Amount // the part of Used above Hold
	Reason       string
	RequestID    string // the provider's name for the attempt
	PriceVersion string // which prices Used.Cost was made with; empty where no price made it: as billed, as held, or cut

	Limit  Limit  // of an OpLimit entry, for Scopes[0]
	Result []byte // of an OpResult entry: opaque to the books
}

// Run returns the ID of the run that e is charged to, or "".
func (e Entry) Run() string { return e.Name(KindRun) }

// TaskID returns the ID of the task that e is charged to, or "".
func (e Entry) TaskID() string { return e.Name(KindTask) }

// Name returns the name of the scope of a kind that e is charged to (of the first label), or "".
func (e Entry) Name(k Kind) string {
	for _, s := range e.Scopes {
		if s.Kind == k {
			return s.Name
		}
	}
	return ""
}

// Correction reports whether e is one of [Manager.Adjust]'s: of which attempt, and its number among the attempt's
// corrections, which its ID tells. Odd ones take back, even ones charge anew.
func (e Entry) Correction() (attempt string, n int, ok bool) {
	i := strings.LastIndexByte(e.ID, '~')
	n, err := strconv.Atoi(e.ID[i+1:])
	if e.Op != OpAdjust || i < 0 || err != nil || n < 1 || strconv.Itoa(n) != e.ID[i+1:] {
		return "", 0, false
	}
	return e.ID[:i], n, true
}

// Debt is an excess over the limit of one scope.
type Debt struct {
	Scope  Scope  `json:"scope"`
	Cause  Cause  `json:"cause"`
	Amount Amount `json:"amount"`
}

// Period is the time between two resets. Periods below zero (-1, -2, ...) hold history that came from other
// books: they are closed, and none of them is ever the current one.
type Period struct {
	ID    int64     `json:"id"` // 1, 2, 3, ...
	Start time.Time `json:"start"`
	End   time.Time `json:"end,omitzero"` // zero where only a reset ends it
}

// Over reports whether the calendar has ended p: whoever is next to spend begins another.
func (p Period) Over(now time.Time) bool { return !p.End.IsZero() && !now.Before(p.End) }

// Ahead reports whether p begins in the future, as it does when the clock was moved back after it began.
func (p Period) Ahead(now time.Time) bool { return p.Start.After(now) }

// Account is a scope in its place: total, model and label scopes have a counter per period, the others one per
// run. The field that does not apply is zero.
type Account struct {
	Period int64
	Run    string
	Scope  Scope
}

// String names the account for people: "model:m in period 1", "task:t in run r".
func (a Account) String() string {
	if a.Run != "" {
		return fmt.Sprintf("%v in run %s", a.Scope, a.Run)
	}
	return fmt.Sprintf("%v in period %d", a.Scope, a.Period)
}

// Compare orders accounts by width of scope, then by period, run and name.
func (a Account) Compare(b Account) int {
	return cmp.Or(cmp.Compare(a.Scope.Kind.index(), b.Scope.Kind.index()), cmp.Compare(a.Period, b.Period),
		cmp.Compare(a.Run, b.Run), cmp.Compare(a.Scope.Name, b.Scope.Name))
}

// Account returns the account that e charges for scope s.
func (e Entry) Account(s Scope) Account {
	if s.Kind.OfPeriod() {
		return Account{Period: e.Period, Scope: s}
	}
	return Account{Run: e.Run(), Scope: s}
}
