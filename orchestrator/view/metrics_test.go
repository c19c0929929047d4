package view

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// sampleLine is a sample of Prometheus' text format.
var sampleLine = regexp.MustCompile(`^[a-z_]+(\{[a-z_]+="([^"\\\n]|\\.)*"(,[a-z_]+="([^"\\\n]|\\.)*")*\})? -?[0-9]+(\.[0-9]+)?$`)

func TestMetrics(t *testing.T) {
	m := night()
	odd := totalAt(10, 4, 1)
	odd.Scope = budget.Label("a\"b\\c\nd")
	m.Scopes = append(m.Scopes, ScopeOf(odd))
	m.Tally = project.Tally{
		Attempts: []project.Attempts{{Model: "gpt-4o", End: "exact", Count: 7}, {Model: "a\"b", End: "released", Count: 1}},
		Held:     300, Charged: 200, Assumed: 5, Unpriced: 6, Commits: 4, Waited: 1500 * time.Microsecond,
	}
	text := string(m.Metrics())
	for _, want := range []string{
		`orchestrate_budget_limit_tokens{scope_kind="total",scope=""} 2000000`,
		`orchestrate_budget_held_tokens{scope_kind="total",scope=""} 80000`,
		`orchestrate_budget_limit_usd{scope_kind="model",scope="gpt-4o"} 2.50`,
		`orchestrate_budget_settled_usd{scope_kind="model",scope="gpt-4o"} 2.20`,
		`orchestrate_budget_limit_tokens{scope_kind="label",scope="a\"b\\c\nd"} 10`,
		`orchestrate_tasks{state="running"} 12`,
		`orchestrate_tasks{state="done"} 191`,
		`orchestrate_paused_providers 1`,
		`orchestrate_attempts_total{model="gpt-4o",outcome="exact"} 7`,
		`orchestrate_attempts_total{model="a\"b",outcome="released"} 1`,
		`orchestrate_hold_ratio 1.500`,
		`orchestrate_assumed_tokens_total 5`,
		`orchestrate_unpriced_tokens_total 6`,
		`orchestrate_ledger_commit_seconds_sum 0.001500`,
		`orchestrate_ledger_commit_seconds_count 4`,
		`# TYPE orchestrate_attempts_total counter`,
		`# TYPE orchestrate_budget_debt_usd gauge`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); !strings.HasPrefix(line, "# ") && !sampleLine.MatchString(line) {
			t.Errorf("no sample: %q", line)
		}
	}
	if strings.Contains(text, "chapter") || strings.Contains(text, `limit_tokens{scope_kind="model"`) {
		t.Errorf("a task, or a limit that is none:\n%s", text)
	}
}
