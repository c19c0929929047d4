package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// correction is an entry of [budget.Manager.Adjust].
type correction struct {
	seq     int64
	attempt string
	n       int // its number among the attempt's corrections
	charge
}

// charge is what an entry charges, and to whom.
type charge struct {
	scopes string // as they are stored
	model  string
	period int64
	used   budget.Amount
}

// correction keeps s, if it is one, until all entries have been read: only then are the halves known.
func (c *verifier) correction(s storedRow, wrong bool) {
	attempt, n, ok := budget.CorrectionOf(s.ID)
	switch {
	case s.Op != budget.OpAdjust || !ok:
	case wrong:
		c.miscorrected[attempt] = true
	default:
		c.corrected = append(c.corrected, correction{s.seq, attempt, n, charge{s.scopes, s.Model, s.Period, s.Used}})
	}
}

// corrections checks that the corrections which are right by themselves go with what they correct, and are whole. Of an
// attempt whose corrections are wrong, what one of them lacks is not told as well.
func (c *verifier) corrections() error {
	halves := c.audit.Halves()
	for _, k := range c.corrected {
		id := fmt.Sprintf("%s~%d", k.attempt, k.n)
		what, err := c.goesWith(k)
		if err != nil {
			return err
		}
		if _, half := slices.BinarySearch(halves, id); half && what == "" && !c.miscorrected[k.attempt] {
			what = "the other half of the correction is not there"
		}
		if what != "" {
			c.miscorrected[k.attempt] = true
			c.add(Problem{Table: "entries", Seq: k.seq, ID: id, Op: budget.OpAdjust, What: what})
		}
	}
	return nil
}

// goesWith returns what is wrong with k beside its attempt, whose scopes, period and model are its own, and beside what
// stood before it, which every odd correction takes back.
func (c *verifier) goesWith(k correction) (string, error) {
	of, found, err := c.charge("op IN ('settle', 'release', 'record')", k.attempt)
	switch {
	case err != nil:
		return "", err
	case !found:
		return "there is no attempt that it could correct", nil
	case k.scopes != of.scopes || k.period != of.period:
		return fmt.Sprintf("it is charged to %s in period %d, its attempt to %s in period %d", k.scopes, k.period, of.scopes, of.period), nil
	case k.model != of.model:
		return fmt.Sprintf("its model is %q, its attempt's %q", k.model, of.model), nil
	case k.n%2 == 0:
		return "", nil
	}
	stood := of
	if k.n > 1 {
		stood, _, err = c.charge("op = 'adjust'", fmt.Sprintf("%s~%d", k.attempt, k.n-1)) // the audit has seen it
	}
	if back := (budget.Amount{}).Sub(k.used); err == nil && back != stood.used {
		return fmt.Sprintf("it takes back %v, and %v stood", back, stood.used), nil
	}
	return "", err
}

// charge returns what the first entry of that kind and id charges.
func (c *verifier) charge(kind, id string) (of charge, found bool, err error) {
	text := "SELECT scopes, model, period, used_tokens, used_nano_usd FROM entries WHERE id = ? AND " + kind + " ORDER BY seq LIMIT 1"
	err = c.tx.QueryRowContext(c.ctx, text, id).Scan(&of.scopes, &of.model, &of.period, &of.used.Tokens, &of.used.Cost)
	if errors.Is(err, sql.ErrNoRows) {
		return of, false, nil
	}
	return of, err == nil, err
}
