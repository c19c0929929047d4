package books

import (
	"context"
	"iter"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Viewer shows books at one moment.
type Viewer interface {
	// View has f look at the books as they are at one moment, while their owner goes on. The view is good until f
	// returns. Its error is f's, or that there is nothing to view, and says of which store it is and for what it was viewed.
	View(ctx context.Context, what string, f func(View) error) error
}

// View is all that a store keeps, as it is kept: damaged books have views, too. It is for one goroutine, and its
// sequences are read one after the other, the entries first.
type View interface {
	// Entries yields all entries with their places, in order.
	Entries(ctx context.Context) iter.Seq2[Placed, error]

	// Attempt is that of [Entries].
	Attempt(ctx context.Context, id string) ([]budget.Entry, error)

	// Runs is that of [Runs].
	Runs(ctx context.Context) ([]Run, error)

	// Totals yields the sums that are stored, of every account.
	Totals(ctx context.Context) iter.Seq2[AccountTotal, error]

	// Holds yields the holds that are stored as open.
	Holds(ctx context.Context) iter.Seq2[Hold, error]

	// Periods yields the periods that are stored, lowest number first.
	Periods(ctx context.Context) iter.Seq2[Begun, error]

	// Check tells what is wrong with what only this kind of store keeps. An error means that it could not find out.
	Check(ctx context.Context, tell func(Problem)) error

	// Damaged reports whether err, of one of the others, is about what is kept, and so a finding.
	Damaged(err error) bool
}

// Placed is an entry in its place in a store.
type Placed struct {
	budget.Entry
	Seq    int64  // 1, 2, 3, ... without gaps
	Unread error  // why what is there is no entry, of which the rest is what could be read
	Fault  string // what is wrong with how it is kept
	Old    bool   // written before there were tiers, when a version of the prices was named whatever made the cost
}

// AccountTotal is an account with its total.
type AccountTotal struct {
	budget.Account
	budget.Counters
}

// Hold is a hold that is open: the id of its attempt, and the place of its reserve entry.
type Hold struct {
	ID  string
	Seq int64
}

// Begun is a period, and the place of the reset that began it: 0 where none did.
type Begun struct {
	budget.Period
	Reset int64
}
