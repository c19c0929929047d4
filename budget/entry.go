package budget

import (
	"fmt"
	"math"
	"reflect"
	"time"
	"unicode/utf8"
)

// Words in entries that have a meaning.
const (
	// The reasons of attempts that the books charged in full, or not at all, because nobody learnt what they used. What
	// such an attempt really cost can be stated with [Manager.Adjust].
	ReasonRecovered = "recovered: the owner died with the hold open"
	ReasonReturned  = "recovered: the owner died; released as configured"
	ReasonLeaked    = "leaked: neither settled nor released in time"

	// NotSent is the reason to release a hold whose attempt never left.
	NotSent = "not sent"

	// The words of a [Tier] for what costs the price as it is listed.
	StandardService = "standard"
	GlobalRegion    = "global"
)

// Validate reports an entry that no ledger accepts: without an ID or a time, of an unknown Op, a reset to a
// period that is not above zero, with a scope of an unknown kind or a name that is not UTF-8, or with a
// debt that no total would show, because its scope is not among the entry's scopes or its cause is unknown. Figures that
// no sum can count, the buckets of its usage and its debts taken together, are [ErrUncountable]: the bound is that of
// sums, 2^62, and not what one attempt can use, because older programs wrote more.
//
// Every ledger calls it before it writes.
func (e Entry) Validate() error {
	switch {
	case e.ID == "":
		return fmt.Errorf("budget: %s entry without an id", e.Op)
	case !e.Op.known():
		return fmt.Errorf("budget: entry %s with the unknown op %q", e.ID, e.Op)
	case e.Time.Before(earliest) || e.Time.After(latest):
		return fmt.Errorf("budget: %s entry %s at %v, outside the years 1678 to 2262", e.Op, e.ID, e.Time)
	}
	if e.Op == OpReset && e.Period <= 0 {
		return fmt.Errorf("budget: %s entry %s of period %d", e.Op, e.ID, e.Period)
	}
	for _, s := range e.Scopes {
		if s.Kind.index() < 0 || !utf8.ValidString(s.Name) || (s.Kind == KindTotal && s.Name != "") {
			return fmt.Errorf("budget: %s entry %s with the scope %q", e.Op, e.ID, s)
		}
	}
	for _, d := range e.Debts {
		if !d.Cause.known() || !e.charges(d.Scope) {
			return fmt.Errorf("budget: %s entry %s with a debt of cause %q on %v, which it cannot book",
				e.Op, e.ID, d.Cause, d.Scope)
		}
	}
	if !e.Countable() {
		return fmt.Errorf("%w: the figures of %s entry %s", ErrUncountable, e.Op, e.ID)
	}
	return nil
}

// Countable reports whether sums can count each figure of e, and those of its buckets and of its debts together.
func (e *Entry) Countable() bool {
	u := &e.Usage
	var tokens, owed, cost sum
	for _, n := range u.buckets() {
		tokens.add(*n)
	}
	for _, d := range e.Debts {
		owed.add(d.Amount.Tokens)
		cost.add(int64(d.Amount.Cost))
	}
	return !tokens.wild && !owed.wild && !cost.wild && e.Hold.Countable() && e.Used.Countable() && e.Overrun.Countable() &&
		Amount{u.Reasoning, u.Fees}.Countable() && Amount{Tokens: e.Counted}.Countable() && Amount{Tokens: e.Output}.Countable()
}

// sum is a sum of magnitudes.
type sum struct {
	n    int64
	wild bool // it is more than is counted, and n says nothing
}

func (s *sum) add(n int64) {
	s.wild = s.wild || !Amount{Tokens: n}.Countable() || max(n, -n) > maxSum-s.n
	if !s.wild {
		s.n += max(n, -n)
	}
}

// The times that fit into an int64 of nanoseconds since 1970. The zero time does not.
var earliest, latest = time.Unix(0, math.MinInt64), time.Unix(0, math.MaxInt64)

func (o Op) known() bool {
	switch o {
	case OpReserve, OpSettle, OpRelease, OpRecord, OpReset, OpLimit, OpAdjust, OpResult:
		return true
	}
	return false
}

func (c Cause) known() bool {
	switch c {
	case CauseOverrun, CauseRecorded, CauseLowered, CauseSoft:
		return true
	}
	return false
}

func (e Entry) charges(scope Scope) bool {
	for _, s := range e.Scopes {
		if s == scope {
			return true
		}
	}
	return false
}

// Same reports whether e and f have the same content: a repeat of the same submission. Times are compared
// as instants, and an empty slice is as good as none.
func (e Entry) Same(f Entry) bool { return reflect.DeepEqual(e.normal(), f.normal()) }

// normal returns e as a ledger gives it back: its time in UTC without a monotonic reading, empty slices nil.
func (e Entry) normal() Entry {
	e.Time, e.Tier = e.Time.UTC().Round(0), e.Tier.normal()
	if len(e.Scopes) == 0 {
		e.Scopes = nil
	}
	if len(e.Debts) == 0 {
		e.Debts = nil
	}
	if len(e.Result) == 0 {
		e.Result = nil
	}
	return e
}
