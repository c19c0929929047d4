package document

import "testing"

func TestNearest(t *testing.T) {
	keys := []string{"total_budget_limit", "total_cost_limit", "max_tokens_per_task", "max_tokens_per_worker", "period"}
	for word, want := range map[string]string{
		"total_budget_limt": "total_budget_limit",
		"total_budget":      "total_budget_limit",
		"max_tokens":        "", // two begin so
		"perod":             "period",
		"PERIOD":            "period",
		"x":                 "",
		"temperature":       "",
	} {
		if got := nearest(word, keys); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
