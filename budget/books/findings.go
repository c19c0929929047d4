package books

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Verification is what [Verify] found.
type Verification struct {
	Entries  int64     `json:"entries"` // that were checked
	Accounts int       `json:"accounts"`
	Open     int       `json:"open_holds"`
	Runs     int       `json:"runs"`
	Wrong    int64     `json:"wrong"` // all that is wrong, of which Problems has the first
	Problems []Problem `json:"problems"`
}

// OK reports whether nothing is wrong.
func (v *Verification) OK() bool { return v.Wrong == 0 }

// Problem is one thing that is wrong. Of an entry, Seq, ID and Op say which.
type Problem struct {
	Table string    `json:"table"` // entries, totals, spans, holds, periods, results, runs, or file for the store's own checks
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

// tables is the order in which problems are told.
var tables = []string{"entries", "totals", "spans", "holds", "periods", "results", "runs", "file"}

// maxProblems is how many problems a verification keeps.
const maxProblems = 100

// findings are the problems that a verification has found so far, of each table no more than can be told.
type findings struct {
	wrong    int64
	problems []Problem
	kept     map[string]int // by table
}

func (f *findings) add(p Problem) {
	f.wrong++
	if f.kept == nil {
		f.kept = make(map[string]int)
	}
	if f.kept[p.Table]++; f.kept[p.Table] > maxProblems {
		return
	}
	p.ID, p.Op, p.What = printable(p.ID), budget.Op(printable(string(p.Op))), printable(p.What)
	f.problems = append(f.problems, p)
}

func (f *findings) addf(table, format string, args ...any) {
	f.add(Problem{Table: table, What: fmt.Sprintf(format, args...)})
}

// told are the first problems: entries by number, then table by table.
func (f *findings) told() []Problem {
	told := slices.Clone(f.problems)
	slices.SortStableFunc(told, func(a, b Problem) int {
		return cmp.Compare(slices.Index(tables, a.Table), slices.Index(tables, b.Table))
	})
	told = told[:min(len(told), maxProblems)]
	slices.SortStableFunc(told, func(a, b Problem) int {
		if a.Seq == 0 || b.Seq == 0 {
			return cmp.Compare(b.Seq, a.Seq)
		}
		return cmp.Compare(a.Seq, b.Seq)
	})
	if told == nil {
		return []Problem{} // in JSON, too
	}
	return told
}

// verification is what was found so far.
func (v *verifier) verification() Verification {
	out := v.sizes
	out.Wrong, out.Problems = v.found.wrong, v.found.told()
	return out
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
