package sqlite

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// span names the entries of a run in a period on a day. One process writes, and mostly for one run in one
// period, so that these entries stand close together: what lies between the first and the last of them is
// little more than they are.
type span struct {
	run    string
	period int64
	day    int64
}

func spanOf(e budget.Entry) span {
	return span{e.Run(), e.Period, day(e.Time.UnixNano())}
}

func (s span) String() string {
	return fmt.Sprintf("run %q in period %d on %s", s.run, s.period, time.Unix(s.day*24*3600, 0).UTC().Format(time.DateOnly))
}

// day returns the day of a time, as the books write both.
func day(nanos int64) int64 { return nanos / int64(24*time.Hour) }

// reach is where a span's entries begin and end: the lowest and the highest seq.
type reach struct{ first, last int64 }

// with returns r with seq, which is higher than all before, in it.
func (r reach) with(seq int64) reach {
	if r.first == 0 {
		r.first = seq
	}
	r.last = seq
	return r
}

const addSpan = `INSERT INTO spans (run, period, day, first, last) VALUES (?, ?, ?, ?, ?)
	ON CONFLICT (run, period, day) DO UPDATE SET last = excluded.last`

const selectSpans = `SELECT run, period, day, first, last FROM spans`

// scanSpan reads the current row of selectSpans.
func scanSpan(rows *sql.Rows) (s struct {
	span
	reach
}, err error) {
	err = rows.Scan(&s.run, &s.period, &s.day, &s.first, &s.last)
	return s, err
}
