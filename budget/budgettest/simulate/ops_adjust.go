package simulate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Why a correction is refused, in words of the error that says so.
const (
	unheardOf     = "no such attempt"
	notIts        = "is not of attempt"
	notAnyones    = "is not an attempt"
	usedTwice     = "a hold and a record"
	stillOpen     = "still open"
	noReason      = "a reason is required"
	notPossible   = "no attempt can have used"
	nothingNew    = "already"
	notRecordable = "record of a usage that is not possible"
	tooDear       = "more than an attempt can cost"
)

func refusal(err error) string {
	for _, words := range []string{unheardOf, notIts, notAnyones, usedTwice, stillOpen, noReason, notPossible, nothingNew, tooDear, notRecordable} {
		if strings.Contains(err.Error(), words) {
			return words
		}
	}
	return err.Error()
}

// adjust asks for the correction.
func (w *world) adjust(ctx context.Context, d *demand) {
	o := &op{name: "adjust " + d.attempt.call.id}
	m := w.manager
	w.spawn(o, func() (err error) {
		o.entries, err = m.Adjust(ctx, d.of, d.outcome)
		return err
	})
	k, refused := w.model.correct(d)
	if refused != "" {
		o.end(refused)
		return
	}
	o.fix = k
	w.model.begin(k)
	w.write(o, "adjust "+k.reason, func() { w.model.bookCorrection(k) }, func(err error) {
		served := w.model.conclude(k, err == nil && k.booked)
		w.answer(served)
		switch {
		case errors.Is(err, errFault), errors.Is(err, budget.ErrUncountable):
			o.end(class(err))
		case k.booked || len(k.attempt.standings) == k.base:
			o.end("ok")
			w.countCorrection(k, served)
		default: // it knew too little
			o.end("conflict")
		}
	})
}

// countCorrection notes what was corrected.
func (w *world) countCorrection(k *correction, served []answer) {
	tally := func(what string, is bool) {
		if is {
			w.tally["corrected "+what]++
		}
	}
	period, run := k.attempt.call.accounts[0].Period, k.attempt.call.accounts[len(k.attempt.call.accounts)-1].Run
	tally("and served", slices.ContainsFunc(served, func(a answer) bool { return a.verdict == granted }))
	tally("and refused who waits", slices.ContainsFunc(served, func(a answer) bool { return a.verdict == exceededEver }))
	tally("up", k.more != budget.Amount{})
	tally("down", k.was.used.Sub(k.is.used).Max(budget.Amount{}) != budget.Amount{})
	tally("in debt", fmt.Sprint(k.was.owing) != fmt.Sprint(k.is.owing))
	tally("of a closed period", period != w.model.period)
	tally("of another run", run != "" && run != w.run)
	tally("a record", k.attempt.record)
	tally("a release", k.was.release)
	tally("an assumption", k.was.assumed)
	tally("again", k.base > 1)
}
