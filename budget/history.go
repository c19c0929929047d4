package budget

import (
	"iter"
	"slices"
	"strings"
)

// Line sums entries of the books that belong together: those of one model, worker, task or day.
type Line struct {
	Key      string
	Attempts int    // that were charged
	Settled  Amount // charged
	Exact    Amount // the part that is the provider's word
	Assumed  Amount // the part that is not
	Overrun  Amount
	Unpriced int64 // the part of Settled.Tokens whose cost is unknown
	Usage    Usage
	Held     Amount // what the charged attempts had held
	Counted  int64  // the input as counted for attempts settled exactly
	Input    int64  // the input that those were charged
	Debt     Debts  // of the total scope
}

// Group sums entries by key, in order of key; entries with an empty key are left out. It reads each entry
// once and keeps none.
func Group(entries iter.Seq2[Entry, error], key func(Entry) string) ([]Line, error) {
	lines := make(map[string]*Line)
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		k := key(e)
		if k == "" {
			continue
		}
		line, ok := lines[k]
		if !ok {
			line = &Line{Key: k}
			lines[k] = line
		}
		line.add(e)
	}
	out := make([]Line, 0, len(lines))
	for _, line := range lines {
		out = append(out, *line)
	}
	slices.SortFunc(out, func(a, b Line) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

func (l *Line) add(e Entry) {
	for _, d := range e.Debts {
		if d.Scope == Total {
			debt := l.Debt.Of(d.Cause)
			*debt = debt.Add(d.Amount)
		}
	}
	if e.Op != OpSettle && e.Op != OpRecord && e.Op != OpAdjust {
		return
	}
	if e.Op != OpAdjust {
		l.Attempts++
	}
	l.Settled = l.Settled.Add(e.Used)
	l.Overrun = l.Overrun.Add(e.Overrun)
	l.Usage = l.Usage.Add(e.Usage)
	l.Held = l.Held.Add(e.Hold)
	if e.Unpriced {
		l.Unpriced += e.Used.Tokens
	}
	if e.Assumed {
		l.Assumed = l.Assumed.Add(e.Used)
		return
	}
	l.Exact = l.Exact.Add(e.Used)
	if e.Op == OpSettle {
		l.Counted += e.Counted
		l.Input += e.Usage.InputTokens()
	}
}
