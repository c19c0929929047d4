package simulate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// Steps that correct what the books have.

// demand is a correction that somebody asks for.
type demand struct {
	attempt *attempt
	of      []budget.Entry // what the caller takes for all that the books have of it
	base    int            // how often it was charged, as far as the caller knows
	wrong   string         // what is wrong with of
	outcome budget.Outcome
}

// correct asks for a correction of an attempt, perhaps one that must be refused.
func (w *world) correct() error {
	if w.store == nil || len(w.ops) > 12 || len(w.model.attempts) == 0 {
		return w.arrive()
	}
	d := w.asked
	if d == nil || w.writer("adjust "+d.outcome.Reason) != nil || w.rnd.IntN(10) > 0 { // else it is asked for twice
		a := w.anyAttempt()
		d = &demand{attempt: a, base: len(a.standings), outcome: w.truth(a)}
		if err := w.read(d); err != nil {
			return err
		}
		w.asked = d
	}
	w.note("adjust %s, charged %d times, %d known (%s) by %+v", d.attempt.call.id, len(d.attempt.standings), d.base, d.wrong, d.outcome)
	ctx := w.life
	if w.rnd.IntN(4) == 0 { // a correction ignores that its context was cancelled
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		ctx = cancelled
	}
	w.adjust(ctx, d)
	return nil
}

// anyAttempt prefers attempts that count against the present limits, and one that somebody corrects already.
func (w *world) anyAttempt() *attempt {
	for _, o := range w.ops {
		if o.at == writing && o.fix != nil && w.rnd.IntN(8) == 0 {
			return o.fix.attempt
		}
	}
	all := w.model.attempts
	if w.rnd.IntN(4) > 0 {
		present := slices.DeleteFunc(slices.Clone(all), func(a *attempt) bool {
			return a.call.accounts[0].Period != w.model.period || len(a.standings) == 0
		})
		if len(present) > 0 {
			all = present
		}
	}
	return all[w.rnd.IntN(len(all))]
}

// read reads the entries of the attempt for d, or makes a mistake.
func (w *world) read(d *demand) error {
	entries, err := budgettest.ReadAll(context.Background(), w.store)
	if err != nil {
		return err
	}
	var others, resets []budget.Entry
	for _, e := range entries {
		if id := d.attempt.call.id; e.ID == id || strings.HasPrefix(e.ID, id+"~") {
			d.of = append(d.of, e)
		} else {
			others = append(others, e)
		}
		if e.Op == budget.OpReset {
			resets = append(resets, e)
		}
	}
	if d.attempt.twice {
		d.wrong = usedTwice
	}
	switch n := w.rnd.IntN(24); {
	case n == 0:
		d.of, d.wrong = nil, unheardOf
	case n == 1 && len(resets) > 0:
		d.of, d.wrong = resets[:1], notAnyones
	case n == 2 && len(others) > 0:
		d.of, d.wrong = append(d.of, others[w.rnd.IntN(len(others))]), notIts
	case n <= 5 && d.base > 1 && d.wrong == "": // not read for a while
		back := 1 + w.rnd.IntN(d.base-1)
		d.of, d.base = d.of[:len(d.of)-2*back], d.base-back
	}
	return nil
}

// truth makes up what an attempt was really charged.
func (w *world) truth(a *attempt) budget.Outcome {
	r, c := w.rnd, a.call
	w.serial++
	o := budget.Outcome{Reason: fmt.Sprint("invoice ", w.serial), Assumed: r.IntN(8) == 0}
	o.Usage = budget.Usage{Input: r.Int64N(c.input + 20), Output: r.Int64N(c.output + 20)}
	o.Usage.Reasoning = r.Int64N(o.Usage.Output + 1)
	switch r.IntN(14) {
	case 0:
		if n := len(a.standings); n > 0 { // what the books have
			o.Usage = a.standings[n-1].usage
		}
	case 1:
		o.Usage = budget.Usage{}
	case 2:
		o.Usage.Output += r.Int64N(300)
	case 3, 4:
		o.Usage.CacheRead, o.Usage.CacheWrite1h = r.Int64N(30), r.Int64N(30)
	case 5:
		o.Usage.Fees = budget.NanoUSD(r.Int64N(2_000_000))
	case 6:
		o.Usage.Input, o.Usage.Output = c.held.Tokens-c.output, c.output // the estimate was right
	case 7:
		bucket := []*int64{&o.Usage.Input, &o.Usage.CacheRead, &o.Usage.CacheWrite1h, &o.Usage.Output, &o.Usage.Reasoning}[r.IntN(5)]
		*bucket = []int64{-1, budget.MaxTokens + 1}[r.IntN(2)]
	case 8:
		o.Reason = []string{"", " \t\n"}[r.IntN(2)]
	}
	if len(w.model.waiting) > 0 && r.IntN(2) == 0 {
		o.Usage = budget.Usage{} // may make room for them
	}
	if r.IntN(4) == 0 {
		o.Served = anyModel(r)
	}
	if r.IntN(4) == 0 {
		o.Billed = anyBill(r)
	}
	if r.IntN(3) == 0 {
		o.Tier = anyTier(r)
	}
	if r.IntN(30) == 0 {
		absurd(r, &o)
	}
	return o
}
