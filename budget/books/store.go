package books

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Store is where books are kept: the ledger of a manager, and all that reads it.
//
//	budget.Ledger   a manager writes, and begins with what it loads
//	Entries         what happened, entry by entry
//	Runs            which runs there were
//	Totals          what stands now
//	Lapses          what nobody confirmed
//	Viewer          all of it at one moment: Export and Verify
//	Importer        history of other books: Import
//
// Its methods may be called from many goroutines at once, by any number of readers beside the one owner. Each sees the
// books as of one moment. Package budget/budgettest checks all that is said here.
type Store interface {
	budget.Ledger
	Entries
	Runs
	Totals
	Lapses
	Viewer
	Importer
	io.Closer
}

// Entries are the entries of books. A sequence ends with its first error, and stands for the moment at which it is begun;
// appends go on meanwhile.
type Entries interface {
	// Entries yields the entries that f chooses, in the order in which they were appended.
	Entries(ctx context.Context, f Filter) iter.Seq2[budget.Entry, error]

	// Results yields the result entries of a run, of each task the last that was appended, in order of time.
	Results(ctx context.Context, run string) iter.Seq2[budget.Entry, error]

	// Attempt returns what the books have of an attempt, in order: its reservation, how that ended (or the record of
	// it), and its corrections. It is what [budget.Manager.Adjust] takes. An unknown attempt has no entries.
	Attempt(ctx context.Context, id string) ([]budget.Entry, error)
}

// Run is one invocation over a task file.
type Run struct {
	ID       string
	TaskFile string
	Digest   string // of the task file, to tell on resuming whether it changed
	Started  time.Time
	Ended    time.Time // zero while it runs, and after its process died
	Status   string    // how it is going or how it ended, in the words of the caller

	Simulated bool
	Imported  bool // it came from other books; BeginRun ignores it
}

// Runs are the runs of books.
type Runs interface {
	// BeginRun notes that r has begun; Ended is ignored. It needs an ID and a start. A run that is there already goes on
	// (it is resumed): it keeps its start, and is no longer ended; it stays simulated only if r is.
	BeginRun(ctx context.Context, r Run) error

	// EndRun notes when and how the run ended. It is an error if no such run began.
	EndRun(ctx context.Context, id string, ended time.Time, status string) error

	// Runs returns all runs: those that began here, the last to begin first, whatever the clock said and whichever was
	// resumed since; then those that were imported, the last to be entered first.
	Runs(ctx context.Context) ([]Run, error)
}

// Totals are the sums of books.
type Totals interface {
	// Totals returns the totals of the accounts that have any, whatever their period and run.
	Totals(ctx context.Context, accounts ...budget.Account) (map[budget.Account]budget.Counters, error)

	// LoadWide is Load without the accounts of tasks, which a large run has many of. It returns how many they are.
	LoadWide(ctx context.Context, runs ...string) (state budget.State, tasks int, err error)

	// Periods returns all periods, oldest number first: below zero those that were imported, above it the books' own.
	// Each but the newest of its own ends where the next begins; the end of an imported one is not known.
	Periods(ctx context.Context) ([]budget.Period, error)
}

// Lapses are the attempts that were charged, or released, by assumption. Corrected and imported ones are not among
// them.
type Lapses interface {
	// Unconfirmed counts the attempts whose caller had no say, and returns the newest of them, at most that many. It is
	// [budget.ErrUncountable] where they come to more than is counted.
	Unconfirmed(ctx context.Context, newest int) (Unconfirmed, error)

	// Assumed returns all attempts that were charged, or released, by assumption, whoever made it, newest first: those
	// that are [Unconfirmed], those that their callers aborted, and those of which the provider did not say what they
	// used.
	Assumed(ctx context.Context) ([]budget.Entry, error)
}

// Unconfirmed are attempts that were charged, or released, without their caller having a say: their owner died, or
// they were neither settled nor released in time. Nobody learnt what they used.
type Unconfirmed struct {
	Recovered int           // whose owner died
	Leaked    int           // neither settled nor released in time
	Unpriced  int           // those of unknown cost
	Charged   budget.Amount // for all of them
	Newest    []budget.Entry
	Others    bool // there are attempts whose callers assumed what they used, see [Lapses]
}
