package sqlite

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// BenchmarkReport sums one run of books of some size, and says how much longer reading all of them takes.
// Set LEDGER_ENTRIES for another size.
func BenchmarkReport(b *testing.B) {
	entries := 50_000
	if n, err := strconv.Atoi(os.Getenv("LEDGER_ENTRIES")); err == nil {
		entries = n
	}
	l := openWith(b, Options{synchronous: "OFF"})
	fillRuns(b, l, entries)
	model := func(e budget.Entry) string { return e.Model }
	sum := func(f books.Filter, want int) time.Duration {
		began := time.Now()
		h, err := books.Summarize(l.Entries(b.Context(), f), model, budget.Entry.TaskID)
		if err != nil || h.Total.Attempts != want {
			b.Fatal(h.Total.Attempts, err)
		}
		return time.Since(began)
	}
	var one time.Duration
	runs := 0
	for b.Loop() {
		one += sum(books.Filter{Run: "run-7", Charging: true}, attemptsOfARun)
		runs++
	}
	one /= time.Duration(runs)
	all := sum(books.Filter{Charging: true}, entries/(2*attemptsOfARun)*attemptsOfARun)
	info, _ := os.Stat(l.path)
	b.ReportMetric(float64(all)/float64(one), "times-faster")
	b.ReportMetric(all.Seconds(), "s-for-all")
	b.ReportMetric(float64(info.Size())/float64(entries), "bytes/entry")
}

const attemptsOfARun = 500

// fillRuns appends reservations and settlements, a thousand entries a run.
func fillRuns(b *testing.B, l *Ledger, entries int) {
	b.Helper()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for run := range entries / (2 * attemptsOfARun) {
		var batch []budget.Entry
		for i := range attemptsOfARun {
			at = at.Add(time.Second)
			e := budget.Entry{
				ID: fmt.Sprintf("%06d-%06d", run, i), Op: budget.OpReserve, Time: at, Period: 1 + int64(run/100), Model: "gpt-4o",
				Scopes: []budget.Scope{budget.Total, budget.Model("gpt-4o"), budget.Run(fmt.Sprintf("run-%d", run)),
					budget.Worker("writer"), budget.Task(fmt.Sprint("task-", i))},
				Hold: budget.Amount{Tokens: 1000, Cost: 3_000_000}, Counted: 480, Output: 500, Certainty: budget.Exact,
			}
			settle := e
			settle.Op, settle.Usage = budget.OpSettle, budget.Usage{Input: 480, Output: 300}
			settle.Used = budget.Amount{Tokens: 780, Cost: 2_000_000}
			batch = append(batch, e, settle)
		}
		if err := l.Append(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
}
