package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// TestAPeriodThatIsOver: the calendar ended it, and nobody has run since. Status says so, and a plan has the
// budget of the period that a run would begin.
func TestAPeriodThatIsOver(t *testing.T) {
	t.Parallel()
	config := "[budget]\ntotal_budget_limit = 100\nperiod = \"day\"\n[[workers]]\nname = \"w\"\nprovider = \"sim\"\nmodel = \"gpt-4o\"\nmax_output_tokens = 40\n[providers.sim]\n"
	dir := writeProject(t, config, manyTasks(1))
	spendDaysAgo(t, filepath.Join(dir, project.StateDir, "ledger.db"), 90)

	status := command(t, dir, nil, "budget", "status")
	if text := status.run(exitDone); !strings.Contains(text, "this period is over: the next run begins another") {
		t.Errorf("status says %s", text)
	}
	want(t, command(t, dir, nil, "budget", "status", "--json").run(exitDone), map[string]string{
		"period.id": "1", "period_is_over": "true", "scopes.scope=total.settled": "90",
	})
	want(t, command(t, dir, nil, "plan", "tasks.jsonl", "--json").run(exitDone), map[string]string{
		"tasks.0.verdict": "run", "budget.settled": "0", "budget.remaining": "100",
	})
	command(t, dir, nil, "run", "tasks.jsonl", "--progress", "off").run(exitDone)
	want(t, command(t, dir, nil, "budget", "status", "--json").run(exitDone), map[string]string{"period.id": "2", "period_is_over": "false"})
}

// spendDaysAgo makes books whose period began three days ago, and has that many tokens.
func spendDaysAgo(t *testing.T, path string, tokens int64) {
	t.Helper()
	books, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ago, used := time.Now().UTC().AddDate(0, 0, -3), budget.Usage{Input: tokens}
	err = books.Append(t.Context(),
		budget.Entry{ID: "period-1", Op: budget.OpReset, Time: ago, Period: 1, Scopes: []budget.Scope{budget.Total}},
		budget.Entry{
			ID: "old", Op: budget.OpRecord, Time: ago, Period: 1, Scopes: []budget.Scope{budget.Total, budget.Model("m")}, Model: "m",
			Usage: used, Used: budget.Amount{Tokens: tokens}, Unpriced: true,
		})
	if err != nil {
		t.Fatal(err)
	}
	if err := books.Close(); err != nil {
		t.Fatal(err)
	}
}
