package books

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

// correction is an entry of [budget.Manager.Adjust].
type correction struct {
	seq     int64
	id      string
	attempt string
	n       int // its number among the attempt's corrections
	charge
}

// charge is what an entry charges, and to whom.
type charge struct {
	scopes []budget.Scope
	model  string
	period int64
	used   budget.Amount
}

func chargeOf(e budget.Entry) charge { return charge{e.Scopes, e.Model, e.Period, e.Used} }

// correction keeps e, if it is one, until all entries have been read: only then are the halves known.
func (v *verifier) correction(e Placed, wrong bool) {
	attempt, n, ok := e.Correction()
	switch {
	case !ok:
	case wrong:
		v.miscorrected[attempt] = true
	default:
		v.corrected = append(v.corrected, correction{e.Seq, e.ID, attempt, n, chargeOf(e.Entry)})
	}
}

// corrections checks that the corrections which are right by themselves go with what they correct, and are whole. Of an
// attempt whose corrections are wrong, what one of them lacks is not told as well.
func (v *verifier) corrections() error {
	halves := v.audit.Halves()
	for _, k := range v.corrected {
		of, err := v.view.Attempt(v.ctx, k.attempt)
		if err != nil {
			return err
		}
		what := goesWith(k, of)
		if _, half := slices.BinarySearch(halves, k.id); half && what == "" && !v.miscorrected[k.attempt] {
			what = "the other half of the correction is not there"
		}
		if what != "" {
			v.miscorrected[k.attempt] = true
			v.found.add(Problem{Table: "entries", Seq: k.seq, ID: k.id, Op: budget.OpAdjust, What: what})
		}
	}
	return nil
}

// goesWith returns what is wrong with k beside the entries of its attempt, whose scopes, period and model are its own,
// and beside what stood before it, which every odd correction takes back.
func goesWith(k correction, attempt []budget.Entry) string {
	of, found := first(attempt, func(e budget.Entry) bool {
		return e.Op == budget.OpSettle || e.Op == budget.OpRelease || e.Op == budget.OpRecord
	})
	switch {
	case !found:
		return "there is no attempt that it could correct"
	case !slices.Equal(k.scopes, of.scopes) || k.period != of.period:
		return fmt.Sprintf("it is charged to %s in period %d, its attempt to %s in period %d", scopesText(k.scopes), k.period, scopesText(of.scopes), of.period)
	case k.model != of.model:
		return fmt.Sprintf("its model is %q, its attempt's %q", k.model, of.model)
	case k.n%2 == 0:
		return ""
	}
	stood := of
	if k.n > 1 {
		before := fmt.Sprintf("%s~%d", k.attempt, k.n-1)
		stood, _ = first(attempt, func(e budget.Entry) bool { return e.Op == budget.OpAdjust && e.ID == before }) // the audit has seen it
	}
	if back := (budget.Amount{}).Sub(k.used); back != stood.used {
		return fmt.Sprintf("it takes back %v, and %v stood", back, stood.used)
	}
	return ""
}

func first(entries []budget.Entry, is func(budget.Entry) bool) (charge, bool) {
	if i := slices.IndexFunc(entries, is); i >= 0 {
		return chargeOf(entries[i]), true
	}
	return charge{}, false
}

// scopesText is scopes as JSON has them.
func scopesText(scopes []budget.Scope) string {
	if len(scopes) == 0 {
		return "[]"
	}
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(scopes) // text
	return strings.TrimSuffix(text.String(), "\n")
}
