package budget

import (
	"cmp"
	"context"
	"errors"
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
	// An entry that is already there with the same content is accepted and changes nothing; one with the
	// same ID and Op but other content is an error that is ErrConflict. Append is not cancelled half-way: ctx only carries values. The caller must not change
	// the entries afterwards.
	Append(ctx context.Context, entries ...Entry) error

	// Load returns the state of the books: the newest period and its totals, the totals of the named
	// runs, and the reserve entries of every hold that is still open, whatever its run.
	Load(ctx context.Context, runs ...string) (State, error)
}

// ErrConflict is the error of an entry whose ID was used before for something else.
var ErrConflict = errors.New("budget: entry id used twice with different content")

// Op is what an entry does.
type Op string

// The operations of entries.
const (
	OpReserve Op = "reserve" // a hold begins
	OpSettle  Op = "settle"  // a hold becomes usage
	OpRelease Op = "release" // a hold returns whole
	OpRecord  Op = "record"  // usage that had no hold
	OpReset   Op = "reset"   // a period ends and Period, the next, begins
	OpLimit   Op = "limit"   // a limit changed or, with Debts, what stood above a changed limit
	OpAdjust  Op = "adjust"  // a correction, with its reason
	OpResult  Op = "result"  // a task ended; Result is what its attempts bought
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
	Bound        Bound
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
	PriceVersion string // which prices Used.Cost was made with

	Limit  Limit  // of an OpLimit entry, for Scopes[0]
	Result []byte // of an OpResult entry: opaque to the books
}

// Run returns the ID of the run that e is charged to, or "".
func (e Entry) Run() string { return e.name(KindRun) }

// TaskID returns the ID of the task that e is charged to, or "".
func (e Entry) TaskID() string { return e.name(KindTask) }

func (e Entry) name(k Kind) string {
	for _, s := range e.Scopes {
		if s.Kind == k {
			return s.Name
		}
	}
	return ""
}

// Cause says why a scope is in debt.
type Cause string

// The causes of debt. None of them is a grant in strict mode.
const (
	CauseOverrun  Cause = "overrun"  // the provider billed more than was held
	CauseRecorded Cause = "recorded" // usage was learnt only afterwards
	CauseLowered  Cause = "lowered"  // a limit was lowered below what was spent and held
	CauseSoft     Cause = "soft"     // soft mode admitted the attempt
)

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

// Account is a scope in its place: total and model scopes have a counter per period, the others one per
// run. The field that does not apply is zero.
type Account struct {
	Period int64
	Run    string
	Scope  Scope
}

// compare orders accounts by width of scope, then by period, run and name.
func (a Account) compare(b Account) int {
	return cmp.Or(cmp.Compare(a.Scope.Kind.index(), b.Scope.Kind.index()), cmp.Compare(a.Period, b.Period),
		cmp.Compare(a.Run, b.Run), cmp.Compare(a.Scope.Name, b.Scope.Name))
}

// Account returns the account that e charges for scope s.
func (e Entry) Account(s Scope) Account {
	if s.Kind.ofPeriod() {
		return Account{Period: e.Period, Scope: s}
	}
	return Account{Run: e.Run(), Scope: s}
}

// State is what a ledger knows of the present.
type State struct {
	Period Period // the zero period if there has been none
	Totals map[Account]Counters
	Open   []Entry // the reserve entries of open holds, oldest first
}

// Counters are the totals of one account: the sum of its entries.
type Counters struct {
	Settled  Amount
	Held     Amount
	Assumed  Amount // the part of Settled that is not the provider's word
	Overrun  Amount // the sum of what settlements charged above their holds
	Unpriced int64  // the part of Settled.Tokens whose cost is unknown
	Debt     Debts
}

// Debts are the debts of one account by cause.
type Debts struct{ Overrun, Recorded, Lowered, Soft Amount }

// Of returns the debt of cause c, to read or to change.
func (d *Debts) Of(c Cause) *Amount {
	switch c {
	case CauseOverrun:
		return &d.Overrun
	case CauseRecorded:
		return &d.Recorded
	case CauseLowered:
		return &d.Lowered
	case CauseSoft:
		return &d.Soft
	}
	panic("budget: unknown cause of debt " + string(c))
}

// Total is the sum over all causes.
func (d Debts) Total() Amount {
	return d.Overrun.Add(d.Recorded).Add(d.Lowered).Add(d.Soft)
}

// plus returns the sum of c and d.
func (c Counters) plus(d Counters) Counters {
	c.Settled, c.Held = c.Settled.Add(d.Settled), c.Held.Add(d.Held)
	c.Assumed, c.Overrun = c.Assumed.Add(d.Assumed), c.Overrun.Add(d.Overrun)
	c.Unpriced += d.Unpriced
	for _, cause := range []Cause{CauseOverrun, CauseRecorded, CauseLowered, CauseSoft} {
		debt := c.Debt.Of(cause)
		*debt = debt.Add(*d.Debt.Of(cause))
	}
	return c
}

// countable reports whether the sums can be sums of books: none below zero where only corrections subtract, none past
// the most that is counted.
func (c *Counters) countable() bool {
	for _, a := range []Amount{c.Settled, c.Held} {
		if a.Tokens < 0 || a.Cost < 0 || !a.countable() {
			return false
		}
	}
	return c.Settled.Tokens <= maxSum-c.Held.Tokens && c.Settled.Cost <= maxSum-c.Held.Cost && !c.overflows()
}

// Apply adds what e does to the account of scope s, which is one of e.Scopes. Totals are the fold of
// Apply over the entries: a ledger that stores them must agree with it to the token.
func (c *Counters) Apply(e Entry, s Scope) {
	switch e.Op {
	case OpReserve:
		c.Held = c.Held.Add(e.Hold)
	case OpRelease:
		c.Held = c.Held.Sub(e.Hold)
	case OpSettle, OpRecord, OpAdjust:
		c.Held = c.Held.Sub(e.Hold)
		c.Settled = c.Settled.Add(e.Used)
		c.Overrun = c.Overrun.Add(e.Overrun)
		if e.Assumed {
			c.Assumed = c.Assumed.Add(e.Used)
		}
		if e.Unpriced {
			c.Unpriced += e.Used.Tokens
		}
	}
	for _, d := range e.Debts {
		if d.Scope == s {
			debt := c.Debt.Of(d.Cause)
			*debt = debt.Add(d.Amount)
		}
	}
}

// Fold returns the totals of the entries, account by account.
func Fold(entries []Entry) map[Account]Counters {
	totals := make(map[Account]Counters)
	for _, e := range entries {
		for _, s := range e.Scopes {
			account := e.Account(s)
			c := totals[account]
			c.Apply(e, s)
			totals[account] = c
		}
	}
	return totals
}
