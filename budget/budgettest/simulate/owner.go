package simulate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
	"github.com/orchestrate-go/orchestrate/budget/calendar"
)

// The life of a manager.

// config is the manager's, under the limits in force.
func (w *world) config(o opening) budget.Config {
	s := w.setup
	cfg := budget.Config{
		Limits: w.named(o.limits), Family: family, Mode: s.mode, OnFull: s.onFull, Prices: s.rules.prices, PriceVersion: priceVersion, Allowance: s.rules.allowance,
		HoldTimeout: s.timeout, Run: o.run, NewPeriod: o.newPeriod, Logger: slog.New(slog.DiscardHandler),
	}
	if o.release {
		cfg.ReturnHolds = true
	}
	if s.daily {
		cfg.Calendar = &calendar.Periods{Unit: calendar.Day}
	}
	return cfg
}

// named are limits whose models go by one name or another of their families.
func (w *world) named(limits budget.Limits) budget.Limits {
	named := make(budget.Limits)
	for s, l := range limits {
		if s == budget.Model("cheap") && w.seed%2 == 0 {
			s = budget.Model("cheap-2026")
		}
		named[s] = l
	}
	return named
}

// begin opens a manager on the books, as their next owner. If a write fails, there is none afterwards.
func (w *world) begin(o opening) error {
	o.now, o.daily, o.limits = time.Now(), w.setup.daily, maps.Clone(o.limits)
	w.run = o.run
	w.note("an owner in run %s, limits %s", o.run, showAll(o.limits))
	w.life, w.kill = context.WithCancel(context.Background())
	if w.store == nil {
		w.manager = budget.New(w.config(o))
		w.model.limits = o.limits
		w.model.reset(1, o.now)
	} else if err := w.openBooks(o); err != nil || w.manager == nil {
		return err
	}
	w.safety.opened(o.limits, w.model.period, o.run)
	if w.store == nil {
		return nil
	}
	return w.checkStore()
}

// openBooks opens the manager, in the ledger and in the model.
func (w *world) openBooks(o opening) error {
	var fates []fate
	w.store = w.reopen(w.store)
	w.gate = &gate{store: w.store, seen: w.safety.wrote}
	w.gate.direct = func() fate {
		fates = append(fates, w.fate())
		return fates[len(fates)-1]
	}
	cfg := w.config(o)
	cfg.Ledger = w.gate
	m, err := budget.Open(w.life, cfg)
	w.gate.direct = nil
	opened := w.model.reopen(o, func() (landed, failed bool) {
		if len(fates) == 0 {
			return false, true
		}
		f := fates[0]
		fates = fates[1:]
		return f != fails, f != lands
	})
	if opened != (err == nil) || len(fates) > 0 {
		return fmt.Errorf("open: %w with %d writes too many; the model says opened=%v", err, len(fates), opened)
	}
	if err != nil {
		w.note("open failed: %v", err)
		w.kill()
		return nil
	}
	w.manager = m
	return nil
}

// checkStore holds what the ledger loads against its entries.
func (w *world) checkStore() error {
	state, err := w.store.Load(context.Background(), w.run)
	if err != nil {
		return err
	}
	entries, err := budgettest.ReadAll(context.Background(), w.store)
	if err != nil {
		return err
	}
	limits := maps.Clone(w.model.limits)
	if w.old { // an account by its own name has its debts in its family's
		maps.DeleteFunc(limits, func(s budget.Scope, _ budget.Limit) bool { return s.Kind == budget.KindModel })
	}
	if problems := budgettest.Problems(state, limits, entries); len(problems) > 0 {
		return errors.New(problems[0])
	}
	if w.wide { // figures that no audit takes
		return nil
	}
	audit := books.Audit{Family: family, Prices: w.setup.rules.prices, PriceVersion: priceVersion}
	for _, e := range entries {
		if err := audit.Add(e); err != nil {
			return fmt.Errorf("%s entry %s: %w", e.Op, e.ID, err)
		}
	}
	return nil
}

// crash ends the manager's process: of the writes under way, any may have come into the books.
func (w *world) crash() {
	w.tally["crash"]++
	if w.gate != nil {
		pending := w.gate.pending()
		w.rnd.Shuffle(len(pending), func(i, j int) { pending[i], pending[j] = pending[j], pending[i] })
		for _, p := range pending {
			if o := w.writer(p.key); o != nil && w.rnd.IntN(2) == 0 && !w.gate.broken {
				w.note("  the write of %s survives", p.key)
				if errors.Is(w.gate.resolve(p, unanswered), errUnknown) {
					o.book()
				}
			}
		}
		w.gate.die()
	}
	w.kill()
	w.manager, w.gate, w.ops, w.open, w.tabs, w.asked = nil, nil, nil, nil, nil, nil
	clear(w.calls)
	synctest.Wait()
}
