package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// Verification is what [Ledger.Verify] found.
type Verification struct {
	Entries  int64     `json:"entries"` // that were checked
	Accounts int       `json:"accounts"`
	Open     int       `json:"open_holds"`
	Runs     int       `json:"runs"`
	Wrong    int64     `json:"wrong"` // all that is wrong, of which Problems has the first
	Problems []Problem `json:"problems"`
}

// Problem is one thing that is wrong. Of an entry, Seq, ID and Op say which.
type Problem struct {
	Table string    `json:"table"` // entries, totals, spans, holds, periods, results, runs, or file for SQLite's own checks
	Seq   int64     `json:"seq,omitempty"`
	ID    string    `json:"id,omitempty"`
	Op    budget.Op `json:"op,omitempty"`
	What  string    `json:"what"`
}

func (p Problem) String() string {
	switch {
	case p.Seq == 0:
		return p.Table + ": " + p.What
	case p.Op == "":
		return fmt.Sprintf("entry %d: %s", p.Seq, p.What)
	}
	return fmt.Sprintf("entry %d (%s %s): %s", p.Seq, p.Op, p.ID, p.What)
}

// printable returns text as it is, or escaped if a terminal would do anything but show it: damaged books may hold
// any bytes.
func printable(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) < 0 && utf8.ValidString(text) {
		return text
	}
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

// maxProblems is how many problems a verification keeps.
const maxProblems = 100

// OK reports whether nothing is wrong.
func (v *Verification) OK() bool { return v.Wrong == 0 }

func (v *Verification) add(p Problem) {
	v.Wrong++
	if len(v.Problems) < maxProblems {
		p.ID, p.Op, p.What = printable(p.ID), budget.Op(printable(string(p.Op))), printable(p.What)
		v.Problems = append(v.Problems, p)
	}
}

func (v *Verification) addf(table, format string, args ...any) {
	v.add(Problem{Table: table, What: fmt.Sprintf(format, args...)})
}

// VerifyOptions are what [Ledger.Verify] holds entries against beside each other. The zero value checks no family and no
// cost.
type VerifyOptions struct {
	Family       func(model string) string // [budget.Config].Family
	Prices       budget.Prices             // those in force
	PriceVersion string
}

// Verify reads the whole ledger as of one moment, while its owner goes on, and checks that SQLite finds
// the file sound and every reference kept; that no entry is gone from between others; that every entry is right by
// itself and after those before it ([books.Audit]), that its columns say what its scopes say, and that its result is
// the one it was written with; that corrections are whole, take back what stood, and are charged as their
// attempts were; and that the totals, spans, open holds and periods that are stored are what the
// entries come to. Entries come first among the problems, in order. An error means that it could not find out.
//
// Where o has prices, the costs that they made are recomputed: those of entries that name their version, if this ledger
// wrote them since it keeps tiers. A cost that was billed cannot be: its entry names no version.
//
// It keeps the open holds, the totals and the corrections in memory, not the other entries.
func (l *Ledger) Verify(ctx context.Context, o VerifyOptions) (v Verification, err error) {
	tx, err := l.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return v, fmt.Errorf("budget/sqlite: verify: %w", l.closedOr(err))
	}
	defer tx.Rollback()
	c := newVerifier(ctx, tx, o)
	for _, part := range [][]func() error{
		{c.entries, c.corrections, c.totals, c.spans, c.holds, c.periods, c.results, c.runs}, // what follows needs what came before
		{c.integrity},
		{c.references},
	} {
		for _, check := range part {
			if err = check(); err != nil {
				break
			}
		}
		if err == nil {
			continue
		}
		if cause := l.closedOr(err); errors.Is(cause, ErrClosed) || ctx.Err() != nil || !unreadable(err) {
			return c.Verification, fmt.Errorf("budget/sqlite: verify: %w", cause)
		}
		c.addf("file", "%v", err)
	}
	slices.SortStableFunc(c.Problems, func(a, b Problem) int { // entries first, by number
		if a.Seq == 0 || b.Seq == 0 {
			return cmp.Compare(b.Seq, a.Seq)
		}
		return cmp.Compare(a.Seq, b.Seq)
	})
	return c.Verification, nil
}

// verifier is a verification that is going on.
type verifier struct {
	Verification
	ctx   context.Context
	tx    *sql.Tx
	audit books.Audit

	openSeq map[string]int64        // of the reserve entries that are open
	begun   map[int64]budget.Period // what the entries say of each period
	resets  map[int64]int64         // the seq of each period's reset
	stand   map[span]reach          // where the entries of each span are

	corrected    []correction    // those that are right by themselves
	miscorrected map[string]bool // attempts of which a correction was told to be wrong
}

func newVerifier(ctx context.Context, tx *sql.Tx, o VerifyOptions) *verifier {
	return &verifier{
		audit: books.Audit{Family: o.Family, Prices: o.Prices, PriceVersion: o.PriceVersion},
		ctx:   ctx, tx: tx, Verification: Verification{Problems: []Problem{}},
		openSeq: make(map[string]int64), begun: make(map[int64]budget.Period), resets: make(map[int64]int64),
		stand: make(map[span]reach), miscorrected: make(map[string]bool),
	}
}

// storedRow is a row of entries beside the entry.
type storedRow struct {
	row
	seq      int64
	checksum any    // of the result
	columns  string // where they differ from the scopes
	unread   error  // why the row is no entry
}

const selectStored = "SELECT seq, result_crc32c, " + entryColumns + ", result FROM entries LEFT JOIN results USING (seq) ORDER BY seq"

func scanStored(rows *sql.Rows) (s storedRow, err error) {
	if err := rows.Scan(append([]any{&s.seq, &s.checksum}, s.row.columns()...)...); err != nil {
		s.unread = err
		return s, nil //nolint:nilerr // what cannot be read is a finding, not the end of the audit
	}
	s.unread = s.decode()
	for _, c := range []struct {
		name         string
		stored, want string
	}{
		{"run", string(s.run), s.Run()}, {"task", string(s.task), s.TaskID()}, {"worker", string(s.worker), s.Name(budget.KindWorker)},
	} {
		if c.stored != c.want && s.unread == nil {
			s.columns = fmt.Sprintf("its column %s is %q, its scopes say %q", c.name, c.stored, c.want)
		}
	}
	return s, nil
}

// entries checks each entry, and gathers what the other tables must say.
func (c *verifier) entries() error {
	next := int64(1)
	for s, err := range query(c.ctx, c.tx, scanStored, selectStored) {
		if err != nil {
			return err
		}
		c.Entries++
		// Numbers have no gaps: each is the highest one and one more, also after a write that was undone.
		if s.seq > next {
			what := "it is not there"
			if s.seq > next+1 {
				what = fmt.Sprintf("it and those after it, up to %d, are not there", s.seq-1)
			}
			c.add(Problem{Table: "entries", Seq: next, What: what})
		}
		next = s.seq + 1
		what := c.entry(s)
		if what != "" {
			c.add(Problem{Table: "entries", Seq: s.seq, ID: s.ID, Op: s.Op, What: what})
		}
		c.correction(s, what != "")
	}
	return nil
}

// entry returns the first thing that is wrong with s.
func (c *verifier) entry(s storedRow) string {
	if s.unread != nil {
		return s.unread.Error()
	}
	of := spanOf(s.Entry)
	c.stand[of] = c.stand[of].with(s.seq)
	audited := s.Entry
	if !s.tier.Valid || s.Period < 0 { // older programs named a version whatever made the cost, and other ledgers may have been theirs
		audited.PriceVersion = ""
	}
	err := c.audit.Add(audited)
	switch s.Op {
	case budget.OpReserve:
		c.openSeq[s.ID] = s.seq
	case budget.OpSettle, budget.OpRelease:
		delete(c.openSeq, s.ID)
	case budget.OpReset:
		c.begun[s.Period], c.resets[s.Period] = budget.Period{ID: s.Period, Start: s.Time}, s.seq
	}
	if _, seen := c.begun[s.Period]; !seen && s.Period > 0 {
		c.begun[s.Period] = budget.Period{ID: s.Period, Start: s.Time}
	}
	switch {
	case err != nil:
		return err.Error()
	case s.columns != "":
		return s.columns
	case len(s.Result) > 0 && s.Op != budget.OpResult:
		return "it carries a result, which only a result entry can"
	case len(s.Result) == 0 && s.checksum != nil:
		return "its result is missing"
	case checksum(s.Result) != s.checksum:
		return "its result was changed"
	}
	return ""
}

// unreadable reports whether err, met while reading, is about what the file holds: SQLite calls it damaged, or a value is
// of another type than its column's, which the driver cannot scan and has no code for.
func unreadable(err error) bool {
	switch code(err) {
	case 0, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}
