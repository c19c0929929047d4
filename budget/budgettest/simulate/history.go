package simulate

import (
	"context"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Books that are there before the first manager.

// history writes what an older program left in some books: sums near the most that is counted, in a run that goes on, and
// attempts that are charged to a model by its own name instead of its family's.
func (w *world) history() error {
	if w.store == nil {
		return nil
	}
	if w.rnd.IntN(4) == 0 {
		if err := w.nearlyFull(); err != nil {
			return err
		}
	}
	if w.rnd.IntN(4) > 0 {
		return nil
	}
	w.note("books of before there were families")
	w.old = true
	names := []budget.Scope{budget.Total, budget.Model("cheap-2026"), budget.Run("r1")}
	accounts := []budget.Account{
		{Period: 1, Scope: budget.Total}, {Period: 1, Scope: budget.Model("cheap")}, {Run: "r1", Scope: budget.Run("r1")},
	}
	w.model.bookPeriod, w.model.bookStart = 1, time.Now()
	record := &call{id: "old record", model: "cheap-2026", accounts: accounts, names: names}
	record.charge = recorded(budget.Usage{Input: 1 + w.rnd.Int64N(200)}, budget.NanoUSD(w.rnd.Int64N(1000)))
	hold := &call{id: "old hold", model: "cheap-2026", accounts: accounts, names: names, output: w.rnd.Int64N(40)}
	hold.held = budget.Amount{Tokens: hold.output + w.rnd.Int64N(40), Cost: budget.NanoUSD(w.rnd.Int64N(1000))}
	entries := []budget.Entry{w.written(record), w.written(hold)}
	entries[1].Op, entries[1].Hold, entries[1].Output = budget.OpReserve, hold.held, hold.output
	w.model.bookEnd(record)
	w.model.bookReserve(hold)
	w.safety.wrote(entries)
	return w.store.Append(context.Background(), entries...)
}

// nearlyFull leaves the run r1, and perhaps a worker of it, little to count: in tokens, in money or in debt.
func (w *world) nearlyFull() error {
	w.wide = true
	c := &call{id: "imported", model: "free", names: []budget.Scope{budget.Total, budget.Run("r1")}}
	if w.rnd.IntN(2) == 0 {
		c.names = append(c.names, budget.Worker("w0"))
	}
	e := budget.Entry{Period: -1, Scopes: c.names}
	for _, s := range c.names {
		c.accounts = append(c.accounts, e.Account(s))
	}
	left := 300 + w.rnd.Int64N(3000) // enough for attempts of before there were families
	switch w.rnd.IntN(3) {
	case 0:
		c.charge = recorded(budget.Usage{Input: maxSum - left}, 0)
	case 1:
		c.charge = recorded(budget.Usage{}, budget.NanoUSD(maxSum-left*3_000))
	default:
		c.charge = recorded(budget.Usage{}, 0)
		c.charge.debts[c.accounts[1]] = budget.Amount{Tokens: maxSum - left}
	}
	w.note("books with %v and %v in run r1", c.charge.used, c.charge.debts)
	entry := w.written(c)
	entry.Period = -1
	w.model.bookEnd(c)
	w.safety.wrote([]budget.Entry{entry})
	return w.store.Append(context.Background(), entry)
}

func recorded(u budget.Usage, cost budget.NanoUSD) *charge {
	return &charge{
		cause: budget.CauseRecorded, usage: u, used: budget.Amount{Tokens: tokens(u), Cost: cost},
		debts: make(map[budget.Account]budget.Amount), returned: make(map[budget.Account]budget.Amount),
	}
}

// written is the record of c as the books have it.
func (w *world) written(c *call) budget.Entry {
	e := budget.Entry{ID: c.id, Op: budget.OpRecord, Time: time.Now().UTC(), Period: 1, Scopes: c.names, Model: c.model}
	if c.charge == nil {
		return e
	}
	e.Used, e.Usage = c.charge.used, c.charge.usage
	for i, a := range c.accounts {
		if debt := c.charge.debts[a]; !debt.IsZero() {
			e.Debts = append(e.Debts, budget.Debt{Scope: c.names[i], Cause: budget.CauseRecorded, Amount: debt})
		}
	}
	return e
}
