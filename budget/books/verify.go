package books

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// VerifyOptions are what [Verify] holds entries against beside each other. The zero value checks no family and no
// cost.
type VerifyOptions struct {
	Family       func(model string) string // [budget.Config].Family
	Prices       budget.Prices             // those in force
	PriceVersion string
}

// Verify reads whole books as of one moment, while their owner goes on, and checks that no entry is gone from between
// others; that every entry is right by itself and after those before it ([Audit]), and kept as it was written; that
// corrections are whole, take back what stood, and are charged as their attempts were; that the totals, open holds and
// periods that are stored are what the entries come to; and what else the store can check of itself ([View].Check).
// Entries come first among the problems, in order. An error means that it could not find out.
//
// Where o has prices, the costs that they made are recomputed: those of entries that name their version, if these books
// were written since they keep tiers. A cost that was billed cannot be: its entry names no version.
//
// It keeps the open holds, the totals and the corrections in memory, not the other entries.
func Verify(ctx context.Context, from Viewer, o VerifyOptions) (Verification, error) {
	v := &verifier{
		audit: Audit{Family: o.Family, Prices: o.Prices, PriceVersion: o.PriceVersion}, ctx: ctx,
		openSeq: make(map[string]int64), begun: make(map[int64]Begun), miscorrected: make(map[string]bool),
	}
	err := from.View(ctx, "verify", func(view View) error {
		v.view = view
		for _, part := range [][]func() error{
			{v.entries, v.corrections, v.totals, v.holds, v.periods, v.runs}, // what follows needs what came before
			{v.store},
		} {
			if err := v.check(part); err != nil {
				return err
			}
		}
		return nil
	})
	return v.verification(), err
}

// verifier is a verification that is going on.
type verifier struct {
	found findings
	sizes Verification // without what was found
	ctx   context.Context
	view  View
	audit Audit

	openSeq map[string]int64 // of the reserve entries that are open
	begun   map[int64]Begun  // what the entries say of each period

	corrected    []correction    // those that are right by themselves
	miscorrected map[string]bool // attempts of which a correction was told to be wrong
}

// check runs checks until one finds books that it cannot read.
func (v *verifier) check(part []func() error) error {
	for _, check := range part {
		err := check()
		switch {
		case err == nil:
			continue
		case v.ctx.Err() != nil || !v.view.Damaged(err):
			return err
		}
		v.found.addf("file", "%v", err)
		return nil
	}
	return nil
}

// entries checks each entry, and gathers what else must be stored.
func (v *verifier) entries() error {
	next := int64(1)
	for e, err := range v.view.Entries(v.ctx) {
		if err != nil {
			return err
		}
		v.sizes.Entries++
		// Numbers have no gaps: each is the highest one and one more, also after a write that was undone.
		if e.Seq > next {
			what := "it is not there"
			if e.Seq > next+1 {
				what = fmt.Sprintf("it and those after it, up to %d, are not there", e.Seq-1)
			}
			v.found.add(Problem{Table: "entries", Seq: next, What: what})
		}
		next = e.Seq + 1
		what := v.entry(e)
		if what != "" {
			v.found.add(Problem{Table: "entries", Seq: e.Seq, ID: e.ID, Op: e.Op, What: what})
		}
		v.correction(e, what != "")
	}
	return nil
}

// entry returns the first thing that is wrong with e.
func (v *verifier) entry(e Placed) string {
	if e.Unread != nil {
		return e.Unread.Error()
	}
	audited := e.Entry
	if e.Old || e.Period < 0 { // what came from other books may name a version of theirs
		audited.PriceVersion = ""
	}
	err := v.audit.Add(audited)
	switch e.Op {
	case budget.OpReserve:
		v.openSeq[e.ID] = e.Seq
	case budget.OpSettle, budget.OpRelease:
		delete(v.openSeq, e.ID)
	case budget.OpReset:
		v.begun[e.Period] = Begun{budget.Period{ID: e.Period, Start: e.Time}, e.Seq}
	}
	if _, seen := v.begun[e.Period]; !seen && e.Period > 0 {
		v.begun[e.Period] = Begun{Period: budget.Period{ID: e.Period, Start: e.Time}}
	}
	switch {
	case err != nil:
		return err.Error()
	case e.Fault != "":
		return e.Fault
	case len(e.Result) > 0 && e.Op != budget.OpResult:
		return "it carries a result, which only a result entry can"
	}
	return ""
}

func (v *verifier) totals() error {
	want := maps.Clone(v.audit.Totals())
	for t, err := range v.view.Totals(v.ctx) {
		if err != nil {
			return err
		}
		v.sizes.Accounts++
		sum, ok := want[t.Account]
		delete(want, t.Account)
		switch {
		case !ok:
			v.found.addf("totals", "%v has no entries", t.Account)
		case sum != t.Counters:
			v.found.addf("totals", "%v says %s, its entries come to %s", t.Account, difference(t.Counters, sum), difference(sum, t.Counters))
		}
	}
	byText := func(a, b budget.Account) int { return cmp.Compare(a.String(), b.String()) }
	for _, account := range slices.SortedFunc(maps.Keys(want), byText) {
		v.found.addf("totals", "%v is missing, its entries come to %v settled, %v held", account, want[account].Settled, want[account].Held)
	}
	return nil
}

func (v *verifier) holds() error {
	want := maps.Clone(v.openSeq)
	for h, err := range v.view.Holds(v.ctx) {
		if err != nil {
			return err
		}
		v.sizes.Open++
		seq, open := want[h.ID]
		delete(want, h.ID)
		switch {
		case !open:
			v.found.addf("holds", "%s is listed, and its hold is not open", h.ID)
		case seq != h.Seq:
			v.found.addf("holds", "%s is entry %d, not %d", h.ID, seq, h.Seq)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		v.found.addf("holds", "%s is missing, and its hold is open", id)
	}
	return nil
}

func (v *verifier) periods() error {
	want := maps.Clone(v.begun)
	for p, err := range v.view.Periods(v.ctx) {
		if err != nil {
			return err
		}
		begun, seen := want[p.ID]
		delete(want, p.ID)
		switch {
		case p.ID <= 0:
			if p.Reset != 0 {
				v.found.addf("periods", "%d was imported, and has a reset", p.ID)
			}
		case !seen:
			v.found.addf("periods", "%d has no entries", p.ID)
		case p.Reset != begun.Reset:
			v.found.addf("periods", "%d begins with entry %d, its reset is entry %d", p.ID, p.Reset, begun.Reset)
		case !p.Start.Equal(begun.Start):
			v.found.addf("periods", "%d begins at %v, its entries say %v", p.ID, p.Start, begun.Start)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		v.found.addf("periods", "%d is missing", id)
	}
	return nil
}

func (v *verifier) runs() error {
	runs, err := v.view.Runs(v.ctx)
	v.sizes.Runs = len(runs)
	for _, r := range runs {
		if r.ID == "" || r.Started.IsZero() {
			v.found.addf("runs", "a run without an id or a start: %q, %v", r.ID, r.Started)
		}
	}
	return err
}

// store has the store check itself.
func (v *verifier) store() error { return v.view.Check(v.ctx, v.found.add) }
