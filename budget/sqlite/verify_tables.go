package sqlite

import (
	"cmp"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// What a verification checks when it has read the entries: the tables that follow from them, and the file.

func (c *verifier) totals() error {
	want := maps.Clone(c.audit.Totals())
	for t, err := range query(c.ctx, c.tx, scanTotal, "SELECT "+totalColumns+" FROM totals") {
		if err != nil {
			return err
		}
		c.Accounts++
		sum, ok := want[t.Account]
		delete(want, t.Account)
		switch {
		case !ok:
			c.addf("totals", "%s has no entries", accountText(t.Account))
		case sum != t.Counters:
			c.addf("totals", "%s says %s, its entries come to %s", accountText(t.Account), difference(t.Counters, sum), difference(sum, t.Counters))
		}
	}
	for _, account := range slices.SortedFunc(maps.Keys(want), compareAccounts) {
		c.addf("totals", "%s is missing, its entries come to %v settled, %v held", accountText(account), want[account].Settled, want[account].Held)
	}
	return nil
}

func compareAccounts(a, b budget.Account) int { return cmp.Compare(accountText(a), accountText(b)) }

func accountText(a budget.Account) string {
	if a.Run != "" {
		return fmt.Sprintf("%v in run %s", a.Scope, a.Run)
	}
	return fmt.Sprintf("%v in period %d", a.Scope, a.Period)
}

// difference names the figures of c that are not those of other.
func difference(c, other budget.Counters) string {
	var out []string
	for _, f := range []struct {
		name string
		a, b budget.Amount
	}{
		{"settled", c.Settled, other.Settled}, {"held", c.Held, other.Held}, {"assumed", c.Assumed, other.Assumed},
		{"overrun", c.Overrun, other.Overrun}, {"unpriced", budget.Amount{Tokens: c.Unpriced}, budget.Amount{Tokens: other.Unpriced}},
		{"overrun debt", c.Debt.Overrun, other.Debt.Overrun}, {"recorded debt", c.Debt.Recorded, other.Debt.Recorded},
		{"lowered debt", c.Debt.Lowered, other.Debt.Lowered}, {"soft debt", c.Debt.Soft, other.Debt.Soft},
	} {
		if f.a != f.b {
			out = append(out, fmt.Sprintf("%v %s", f.a, f.name))
		}
	}
	return strings.Join(out, ", ")
}

func (c *verifier) spans() error {
	for s, err := range query(c.ctx, c.tx, scanSpan, selectSpans) {
		if err != nil {
			return err
		}
		want, ok := c.stand[s.span]
		delete(c.stand, s.span)
		switch {
		case !ok:
			c.addf("spans", "%v has no entries", s.span)
		case s.reach != want:
			c.addf("spans", "%v goes from entry %d to %d, its entries from %d to %d", s.span, s.first, s.last, want.first, want.last)
		}
	}
	for _, s := range slices.SortedFunc(maps.Keys(c.stand), compareSpans) {
		c.addf("spans", "%v is missing, its entries go from %d to %d", s, c.stand[s].first, c.stand[s].last)
	}
	return nil
}

func compareSpans(a, b span) int {
	return cmp.Or(cmp.Compare(a.run, b.run), cmp.Compare(a.period, b.period), cmp.Compare(a.day, b.day))
}

func (c *verifier) holds() error {
	type hold struct {
		id  string
		seq int64
	}
	scan := func(rows *sql.Rows) (h hold, err error) {
		err = rows.Scan(&h.id, &h.seq)
		return h, err
	}
	want := maps.Clone(c.openSeq)
	for h, err := range query(c.ctx, c.tx, scan, "SELECT id, seq FROM holds ORDER BY seq") {
		if err != nil {
			return err
		}
		c.Open++
		seq, open := want[h.id]
		delete(want, h.id)
		switch {
		case !open:
			c.addf("holds", "%s is listed, and its hold is not open", h.id)
		case seq != h.seq:
			c.addf("holds", "%s is entry %d, not %d", h.id, seq, h.seq)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		c.addf("holds", "%s is missing, and its hold is open", id)
	}
	return nil
}

func (c *verifier) periods() error {
	type period struct {
		budget.Period
		reset sql.NullInt64
	}
	scan := func(rows *sql.Rows) (p period, err error) {
		var start int64
		err = rows.Scan(&p.ID, &start, &p.reset)
		p.Start = time.Unix(0, start).UTC()
		return p, err
	}
	want := maps.Clone(c.begun)
	for p, err := range query(c.ctx, c.tx, scan, "SELECT id, start, reset FROM periods ORDER BY id") {
		if err != nil {
			return err
		}
		begun, seen := want[p.ID]
		delete(want, p.ID)
		switch {
		case p.ID <= 0:
			if p.reset.Valid {
				c.addf("periods", "%d was imported, and has a reset", p.ID)
			}
		case !seen:
			c.addf("periods", "%d has no entries", p.ID)
		case p.reset.Int64 != c.resets[p.ID]:
			c.addf("periods", "%d begins with entry %d, its reset is entry %d", p.ID, p.reset.Int64, c.resets[p.ID])
		case !p.Start.Equal(begun.Start):
			c.addf("periods", "%d begins at %v, its entries say %v", p.ID, p.Start, begun.Start)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		c.addf("periods", "%d is missing", id)
	}
	return nil
}

// results finds contents whose entry is gone; those of other entries are found with the entries.
func (c *verifier) results() error {
	scan := func(rows *sql.Rows) (seq int64, err error) {
		err = rows.Scan(&seq)
		return seq, err
	}
	for seq, err := range query(c.ctx, c.tx, scan, "SELECT seq FROM results WHERE seq NOT IN (SELECT seq FROM entries)") {
		if err != nil {
			return err
		}
		c.addf("results", "a result belongs to entry %d, which is not there", seq)
	}
	return nil
}

func (c *verifier) runs() error {
	for r, err := range query(c.ctx, c.tx, scanRun, selectRuns) {
		if err != nil {
			return err
		}
		c.Runs++
		if r.ID == "" || r.Started.IsZero() {
			c.addf("runs", "a run without an id or a start: %q, %v", r.ID, r.Started)
		}
	}
	return nil
}

func (c *verifier) integrity() error {
	for text, err := range query(c.ctx, c.tx, scanText, "PRAGMA integrity_check(20)") {
		if err != nil {
			return err
		}
		if text != "ok" {
			c.addf("file", "%s", text)
		}
	}
	return nil
}

func (c *verifier) references() error {
	scan := func(rows *sql.Rows) (what string, err error) {
		var table, parent string
		var row, key sql.NullInt64
		err = rows.Scan(&table, &row, &parent, &key)
		return fmt.Sprintf("row %d of %s refers to a row of %s that is not there", row.Int64, table, parent), err
	}
	for what, err := range query(c.ctx, c.tx, scan, "PRAGMA foreign_key_check") {
		if err != nil {
			return err
		}
		c.addf("file", "%s", what)
	}
	return nil
}

func scanText(rows *sql.Rows) (text string, err error) {
	err = rows.Scan(&text)
	return text, err
}
