package view

import (
	"regexp"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
)

// sampleLine is a sample of Prometheus' text format.
var sampleLine = regexp.MustCompile(`^[a-z_]+(\{[a-z_]+="([^"\\\n]|\\.)*"(,[a-z_]+="([^"\\\n]|\\.)*")*\})? -?[0-9]+(\.[0-9]+)?$`)

func TestMetrics(t *testing.T) {
	m := night()
	odd := totalAt(10, 4, 1)
	odd.Scope = budget.Label("a\"b\\c\nd")
	m.Scopes = append(m.Scopes, ScopeOf(odd))
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
