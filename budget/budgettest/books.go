package budgettest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Books makes the entries of plausible books, one after the other, for ever: reservations of three runs,
// their settlements and releases in another order, usage that was recorded afterwards, debts and their
// repayment, new limits, corrections, results and, now and then, a reset while holds are open. The same
// seed makes the same books.
type Books struct {
	rng    *rand.Rand
	prefix string
	n      int
	now    time.Time
	period int64
	open   []budget.Entry
	done   []string
}

// maxOpen is the most holds of [Books] that are open at a time.
const maxOpen = 32

// Runs are the runs that the entries of [Books] are charged to.
var Runs = []string{"run-a", "run-b", "run-c"}

// NewBooks returns books whose entries' ids begin with prefix.
func NewBooks(prefix string, seed uint64) *Books {
	return &Books{
		rng:    rand.New(rand.NewPCG(seed, 1)),
		prefix: prefix,
		now:    time.Date(2026, 1, 5, 9, 0, 0, 123456789, time.UTC),
		period: 1,
	}
}

// Take returns the next n entries.
func (b *Books) Take(n int) []budget.Entry {
	entries := make([]budget.Entry, n)
	for i := range entries {
		entries[i] = b.Next()
	}
	return entries
}

// Next returns the next entry.
func (b *Books) Next() budget.Entry {
	b.now = b.now.Add(time.Duration(1 + b.rng.Int64N(int64(time.Second))))
	switch p := b.rng.IntN(100); {
	case p < 45 && len(b.open) < maxOpen || len(b.open) == 0:
		return b.reserve()
	case p < 75:
		return b.settle()
	case p < 83:
		return b.release()
	case p < 88:
		return b.record()
	case p < 93:
		return b.result()
	case p < 96:
		return b.limit()
	case p < 98:
		return b.adjust()
	default:
		return b.reset()
	}
}

func (b *Books) entry(op budget.Op) budget.Entry {
	b.n++
	return budget.Entry{
		ID: fmt.Sprintf("%s-%06d", b.prefix, b.n), Op: op, Time: b.now, Period: b.period,
	}
}

func (b *Books) attempt(op budget.Op) budget.Entry {
	e := b.entry(op)
	e.Model = []string{"gpt-4o", "claude-sonnet"}[b.rng.IntN(2)]
	e.Scopes = []budget.Scope{budget.Total, budget.Model(e.Model)}
	for label := range b.n % 3 {
		e.Scopes = append(e.Scopes, budget.Label(fmt.Sprintf("customer-%d", label)))
	}
	e.Scopes = append(e.Scopes, budget.Run(Runs[b.rng.IntN(len(Runs))]), budget.Worker("writer"), budget.Task(fmt.Sprintf("t%d", b.rng.IntN(8))))
	return e
}

func (b *Books) reserve() budget.Entry {
	e := b.attempt(budget.OpReserve)
	e.Certainty = []budget.Certainty{budget.Exact, budget.Upper, budget.Estimate}[b.rng.IntN(3)]
	e.Counted, e.Output = b.rng.Int64N(4000), b.rng.Int64N(1024)
	e.Hold = b.amount(5000)
	if b.rng.IntN(10) == 0 {
		e.Debts = []budget.Debt{{Scope: budget.Total, Cause: budget.CauseSoft, Amount: b.amount(100)}}
	}
	b.open = append(b.open, e)
	return e
}

// closing returns the entry that closes a hold, whichever it picks, in the hold's own period.
func (b *Books) closing(op budget.Op) budget.Entry {
	i := b.rng.IntN(len(b.open))
	e := b.open[i]
	b.open = append(b.open[:i:i], b.open[i+1:]...)
	e.Op, e.Time, e.Debts = op, b.now, nil
	return e
}

func (b *Books) settle() budget.Entry {
	e := b.closing(budget.OpSettle)
	b.use(&e)
	e.Tier = []budget.Tier{{}, {}, {Service: "priority"}, {Service: "flex", Region: "us"}}[b.n%4]
	e.Served, e.RequestID = e.Model+"-2026-01-01", fmt.Sprintf("req_%d", b.rng.IntN(1e6))
	e.PriceVersion = "prices-1"
	if e.Used != e.Used.Min(e.Hold) {
		e.Overrun = e.Used.Sub(e.Hold).Max(budget.Amount{})
		for _, s := range e.Scopes[:1+b.rng.IntN(len(e.Scopes))] {
			e.Debts = append(e.Debts, budget.Debt{Scope: s, Cause: budget.CauseOverrun, Amount: e.Overrun})
		}
	}
	b.done = append(b.done, e.ID)
	return e
}

func (b *Books) use(e *budget.Entry) {
	e.Usage = budget.Usage{
		Input: b.rng.Int64N(1000), CacheRead: b.rng.Int64N(1000), CacheWrite5m: b.rng.Int64N(100),
		CacheWrite1h: b.rng.Int64N(100), Output: b.rng.Int64N(800), AudioInput: b.rng.Int64N(10),
		AudioOutput: b.rng.Int64N(10), Reasoning: b.rng.Int64N(50), Fees: budget.NanoUSD(b.rng.Int64N(1e6)),
	}
	e.Used = budget.Amount{Tokens: e.Usage.Tokens(), Cost: e.Usage.Fees + budget.NanoUSD(b.rng.Int64N(1e7))}
	switch b.rng.IntN(6) {
	case 0:
		e.Unpriced, e.Used.Cost, e.Usage.Fees = true, 0, 0
	case 1:
		e.Assumed, e.Reason = true, "stream cut"
	}
}

func (b *Books) release() budget.Entry {
	e := b.closing(budget.OpRelease)
	e.Reason = budget.NotSent
	return e
}

func (b *Books) record() budget.Entry {
	e := b.attempt(budget.OpRecord)
	b.use(&e)
	e.Debts = []budget.Debt{{Scope: e.Scopes[1], Cause: budget.CauseRecorded, Amount: e.Used}}
	return e
}

// result ends a task under the ID of its last settlement, as a run does, or under one of its own.
func (b *Books) result() budget.Entry {
	e := b.attempt(budget.OpResult)
	if n := len(b.done); n > 0 {
		e.ID, b.done = b.done[n-1], b.done[:n-1]
	}
	e.Result = fmt.Appendf(nil, "{\"output\": \"%d\"}", b.rng.IntN(1e6))
	return e
}

func (b *Books) limit() budget.Entry {
	e := b.attempt(budget.OpLimit)
	e.Scopes = e.Scopes[:1]
	e.Limit = budget.TokenLimit(b.rng.Int64N(1e6))
	if b.rng.IntN(2) == 0 {
		e.Limit = e.Limit.WithCost(budget.NanoUSD(b.rng.Int64N(1e9)))
	}
	e.Debts = []budget.Debt{{Scope: e.Scopes[0], Cause: budget.CauseLowered, Amount: b.amount(50)}}
	if b.rng.IntN(2) == 0 { // raised again: the debt is taken back
		e.Debts[0].Amount = budget.Amount{}.Sub(e.Debts[0].Amount)
	}
	return e
}

func (b *Books) adjust() budget.Entry {
	e := b.attempt(budget.OpAdjust)
	e.Used = budget.Amount{}.Sub(b.amount(30))
	e.Usage.Input = e.Used.Tokens
	e.Reason = "billed twice"
	return e
}

func (b *Books) reset() budget.Entry {
	b.period++
	e := b.entry(budget.OpReset)
	e.Scopes, e.Reason = []budget.Scope{budget.Total}, "new month"
	return e
}

func (b *Books) amount(tokens int64) budget.Amount {
	return budget.Amount{Tokens: 1 + b.rng.Int64N(tokens), Cost: budget.NanoUSD(b.rng.Int64N(1e6))}
}
