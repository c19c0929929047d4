package books

import (
	"github.com/orchestrate-go/orchestrate/budget"
)

// entry enters e, unless it is here.
func (i *intake) entry(e budget.Entry) error {
	if err := i.audit.Add(e); err != nil {
		return i.file.errorf("%s entry %s: %w", e.Op, e.ID, err)
	}
	if e.Op == budget.OpReset {
		i.Resets++
		i.begun[e.Period] = e.Time
		return nil
	}
	moved := e
	var err error
	if moved.Period, err = i.period(e.Period); err != nil {
		return err
	}
	period, leave, err := i.place(moved)
	if err != nil {
		return err
	}
	sums, refused, err := i.count(moved)
	if err != nil {
		return err
	}
	entered := false
	if !leave && refused == nil {
		if entered, err = i.into.Enter(moved); err != nil {
			return err
		}
	}
	if !entered {
		here, there, err := i.into.Entry(e.ID, e.Op)
		if err != nil {
			return err
		}
		if there || leave {
			return i.there(e, here, there)
		}
	}
	switch {
	case period != moved.Period:
		return i.file.errorf("%w: %s entry %s would change an attempt of period %d, which is here without it",
			budget.ErrConflict, e.Op, e.ID, period)
	case refused != nil:
		return refused
	}
	for n, scope := range moved.Scopes {
		i.totals[moved.Account(scope)] = sums[n]
	}
	i.Entries++
	i.hold(moved, moved.Period)
	return i.begin(e.Period, moved.Period)
}

// period returns what a period of the file is here, or would be.
func (i *intake) period(of int64) (int64, error) {
	if here, ok := i.Periods[of]; ok {
		return here, nil
	}
	if i.next == 0 {
		lowest, err := i.into.LowestPeriod()
		if err != nil {
			return 0, err
		}
		i.next = min(0, lowest) - 1
	}
	return i.next, nil
}

// begin notes that a period of the file is here from now on.
func (i *intake) begin(period, here int64) error {
	if _, known := i.Periods[period]; known {
		return nil
	}
	i.Periods[period] = here
	i.next--
	if start, ok := i.begun[period]; ok {
		return i.into.BeginPeriod(here, start)
	}
	return nil
}

// count returns what e makes of the sums here, scope by scope. It refuses an entry that leaves one which is more than is
// counted, whatever it was before.
func (i *intake) count(e budget.Entry) (sums []budget.Counters, refused, err error) {
	for _, scope := range e.Scopes {
		account := e.Account(scope)
		c, seen := i.totals[account]
		if !seen {
			if c, err = i.into.Total(account); err != nil {
				return nil, nil, err
			}
		}
		var more budget.Counters
		more.Apply(e, scope)
		sum, err := c.Plus(more)
		if err != nil || !sum.Countable() {
			return nil, i.file.errorf("%w: %s entry %s beside what the books have of %v: it belongs into a ledger of its own",
				budget.ErrUncountable, e.Op, e.ID, account), nil
		}
		sums = append(sums, sum)
	}
	return sums, nil, nil
}

// hold notes what e does to the holds of the file; its period here is given.
func (i *intake) hold(e budget.Entry, period int64) {
	switch e.Op {
	case budget.OpReserve:
		i.held[e.ID] = heldLine{i.file.line, period}
	case budget.OpSettle, budget.OpRelease:
		delete(i.held, e.ID)
	}
}
