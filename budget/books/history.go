package books

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

// History is what entries of the books add up to.
type History struct {
	Total  Line
	Groups [][]Line      // by each key, in order of key
	Debts  []AccountDebt // what the entries left owing, widest scope first
}

// AccountDebt is what an account owes for one cause.
type AccountDebt struct {
	Account budget.Account
	Cause   budget.Cause
	Amount  budget.Amount
}

// Line sums the entries that have a key in common: those of one model, worker, task or day.
type Line struct {
	Key      string
	Attempts int           // that were charged
	Released int           // that ended without a charge
	Tasks    int           // that the charged attempts were for
	Settled  budget.Amount // charged, corrections included
	Exact    budget.Amount // the part that is the provider's word
	Assumed  budget.Amount // the part that is not
	Overrun  budget.Amount
	Unpriced int64 // the part of Settled.Tokens whose cost is unknown
	Usage    budget.Usage
	Held     budget.Amount // what the charged attempts had held
	Debt     budget.Debts  // of the total scope
	Estimate Estimates

	tasks map[taskKey]struct{}
}

// taskKey names a task of a run.
type taskKey struct{ run, task string }

// Estimates compare what was expected of attempts with what they came to, where the provider said so. All
// but the counts of attempts are tokens. Corrections are left out: they say what was charged, not what was
// estimated.
type Estimates struct {
	Attempts int
	Above    int   // attempts that were charged more than they held
	Held     int64 // what they held
	Charged  int64 // what they were charged
	Counted  int64 // their input as counted
	Input    int64 // their input as charged
}

// Summarize adds up entries, once as a whole and once for each of by, which gives an entry's key. An entry
// without a key ("") belongs to a line of its own, so that every group adds up to the total; a line that
// charged nothing is left out. Entries are read once and not kept: the memory it takes depends on the
// number of lines, tasks and accounts in debt.
//
// Sums of many periods may come to more than those of one: one that passes 2^62, and an entry that no sum can count, end
// Summarize with [budget.ErrUncountable].
func Summarize(entries iter.Seq2[budget.Entry, error], by ...func(budget.Entry) string) (History, error) {
	keys := make([]Keys, len(by))
	for i, key := range by {
		keys[i] = OneKey(key)
	}
	return SummarizeBy(entries, keys...)
}

// SummarizeBy is [Summarize] by keys of which an entry may have several: the lines of such a group come to more than the
// total.
func SummarizeBy(entries iter.Seq2[budget.Entry, error], by ...Keys) (History, error) {
	h := History{Groups: make([][]Line, len(by))}
	lines := make([]map[string]*Line, len(by))
	for i := range lines {
		lines[i] = make(map[string]*Line)
	}
	debts := make(map[AccountDebt]budget.Amount) // the key's amount is zero
	for e, err := range entries {
		if err != nil {
			return History{}, err
		}
		if !e.Countable() {
			return History{}, fmt.Errorf("%w: the figures of %s entry %s", budget.ErrUncountable, e.Op, e.ID)
		}
		h.Total.add(e)
		for i, keys := range by {
			for _, k := range keys(e) {
				if lines[i][k] == nil {
					lines[i][k] = &Line{Key: k}
				}
				lines[i][k].add(e)
				if !lines[i][k].countable() {
					return History{}, fmt.Errorf("%w: the entries of %q together, up to %s entry %s", budget.ErrUncountable, k, e.Op, e.ID)
				}
			}
		}
		for _, d := range e.Debts {
			k := AccountDebt{Account: e.Account(d.Scope), Cause: d.Cause}
			debts[k] = debts[k].Add(d.Amount)
			if !debts[k].Countable() {
				return History{}, fmt.Errorf("%w: the debts of %v together, up to %s entry %s", budget.ErrUncountable, d.Scope, e.Op, e.ID)
			}
		}
		if !h.Total.countable() {
			return History{}, fmt.Errorf("%w: the entries together, up to %s entry %s", budget.ErrUncountable, e.Op, e.ID)
		}
	}
	for i := range lines {
		h.Groups[i] = sortLines(lines[i])
	}
	h.Debts = sortDebts(debts)
	return h, nil
}

func sortLines(lines map[string]*Line) []Line {
	var out []Line
	for _, l := range lines {
		if l.Attempts > 0 || !l.Settled.IsZero() {
			out = append(out, *l)
		}
	}
	slices.SortFunc(out, func(a, b Line) int { return strings.Compare(a.Key, b.Key) })
	return out
}

func sortDebts(debts map[AccountDebt]budget.Amount) []AccountDebt {
	var out []AccountDebt
	for k, amount := range debts {
		if k.Amount = amount; !amount.IsZero() {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b AccountDebt) int {
		if c := a.Account.Compare(b.Account); c != 0 {
			return c
		}
		return strings.Compare(string(a.Cause), string(b.Cause))
	})
	return out
}

func (l *Line) add(e budget.Entry) {
	for _, d := range e.Debts {
		if d.Scope == budget.Total {
			debt := l.Debt.Of(d.Cause)
			*debt = debt.Add(d.Amount)
		}
	}
	switch e.Op {
	case budget.OpRelease:
		l.Released++
		return
	case budget.OpSettle, budget.OpRecord:
		l.addAttempt(e)
	case budget.OpAdjust:
	default:
		return
	}
	l.Settled = l.Settled.Add(e.Used)
	l.Overrun = l.Overrun.Add(e.Overrun)
	l.Usage = l.Usage.Add(e.Usage)
	if e.Unpriced {
		l.Unpriced += e.Used.Tokens
	}
	if e.Assumed {
		l.Assumed = l.Assumed.Add(e.Used)
	} else {
		l.Exact = l.Exact.Add(e.Used)
	}
}

// countable reports whether none of the sums has passed what is counted. Each is compared before it is added to.
func (l *Line) countable() bool {
	sums := budget.Counters{Settled: l.Exact, Held: l.Assumed, Assumed: l.Settled, Overrun: l.Overrun, Unpriced: l.Unpriced, Debt: l.Debt}
	e := &l.Estimate
	for _, n := range l.Usage.Figures() {
		if !(budget.Amount{Tokens: *n}).Countable() {
			return false
		}
	}
	for _, a := range [...]budget.Amount{
		{Cost: l.Usage.Fees}, l.Held, {Tokens: e.Held}, {Tokens: e.Charged}, {Tokens: e.Counted}, {Tokens: e.Input},
	} {
		if !a.Countable() {
			return false
		}
	}
	return sums.Countable()
}

// addAttempt counts a charged attempt, and compares it with its estimate if it had one.
func (l *Line) addAttempt(e budget.Entry) {
	l.Attempts++
	l.Held = l.Held.Add(e.Hold)
	if task := e.TaskID(); task != "" {
		if l.tasks == nil {
			l.tasks = make(map[taskKey]struct{})
		}
		l.tasks[taskKey{e.Run(), task}] = struct{}{}
		l.Tasks = len(l.tasks)
	}
	if e.Op != budget.OpSettle || e.Assumed {
		return
	}
	l.Estimate.Attempts++
	l.Estimate.Held += e.Hold.Tokens
	l.Estimate.Charged += e.Used.Tokens
	l.Estimate.Counted += e.Counted
	l.Estimate.Input += e.Usage.InputTokens()
	if e.Overrun.Tokens > 0 {
		l.Estimate.Above++
	}
}

// Fold returns the totals of the entries, account by account.
func Fold(entries []budget.Entry) map[budget.Account]budget.Counters {
	totals := make(map[budget.Account]budget.Counters)
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
