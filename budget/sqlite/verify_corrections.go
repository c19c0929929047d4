package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
)

// selectCorrections finds the corrections (their ids end in ~1, ~2, ...) that do not go with what they correct: the
// attempt, whose scopes, period and model are theirs, and what stood before them, which every odd one takes back.
const selectCorrections = `
	WITH corrections AS (
		SELECT *, substr(id, 1, length(rtrim(id, '0123456789')) - 1) AS attempt,
			CAST(substr(id, length(rtrim(id, '0123456789')) + 1) AS INTEGER) AS n
		FROM entries WHERE op = 'adjust' AND id GLOB '*~*[0-9]' AND substr(rtrim(id, '0123456789'), -1) = '~')
	SELECT a.seq, a.id, a.scopes, a.period, a.model, a.used_tokens, a.used_nano_usd,
		e.scopes, e.period, e.model, coalesce(b.used_tokens, 0), coalesce(b.used_nano_usd, 0)
	FROM corrections AS a
	LEFT JOIN entries AS e ON e.seq = (SELECT min(seq) FROM entries WHERE id = a.attempt AND op IN ('settle', 'release', 'record'))
	LEFT JOIN entries AS b ON b.seq = CASE WHEN a.n = 1 THEN e.seq WHEN a.n % 2 = 1 THEN
		(SELECT seq FROM entries WHERE id = a.attempt || '~' || (a.n - 1) AND op = 'adjust') END
	WHERE e.seq IS NULL OR a.scopes <> e.scopes OR a.period <> e.period OR a.model <> e.model
		OR b.seq IS NOT NULL AND (a.used_tokens <> -b.used_tokens OR a.used_nano_usd <> -b.used_nano_usd)
	ORDER BY a.seq`

// corrections checks that corrections go with what they correct.
func (c *verifier) corrections() error {
	for p, err := range query(c.ctx, c.tx, scanCorrection, selectCorrections) {
		if err != nil {
			return err
		}
		c.add(p)
	}
	return nil
}

// scanCorrection says what is wrong with a row of selectCorrections.
func scanCorrection(rows *sql.Rows) (Problem, error) {
	p := Problem{Table: "entries", Op: budget.OpAdjust}
	var scopes, model string
	var period int64
	var used, stood budget.Amount
	var of struct {
		scopes, model sql.NullString
		period        sql.NullInt64
	}
	err := rows.Scan(&p.Seq, &p.ID, &scopes, &period, &model, &used.Tokens, &used.Cost,
		&of.scopes, &of.period, &of.model, &stood.Tokens, &stood.Cost)
	switch {
	case !of.scopes.Valid:
		p.What = "there is no attempt that it could correct"
	case scopes != of.scopes.String || period != of.period.Int64 || model != of.model.String:
		p.What = fmt.Sprintf("it is charged to %s in period %d, its attempt to %s in period %d", scopes, period, of.scopes.String, of.period.Int64)
	default:
		p.What = fmt.Sprintf("it takes back %v, and %v stood", budget.Amount{}.Sub(used), stood)
	}
	return p, err
}

// halves tells of corrections that take back and do not charge anew.
func (c *verifier) halves() error {
	for _, id := range c.audit.Halves() {
		p := Problem{Table: "entries", ID: id, Op: budget.OpAdjust, What: "the other half of the correction is not there"}
		err := c.tx.QueryRowContext(c.ctx, "SELECT seq FROM entries WHERE id = ? AND op = 'adjust'", id).Scan(&p.Seq)
		if err != nil && !errors.Is(err, sql.ErrNoRows) { // which only a damaged index says
			return err
		}
		c.add(p)
	}
	return nil
}
