package config_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
)

func ExampleParse() {
	c, _, err := config.Parse("orchestrate.toml", []byte(`
[budget]
total_budget_limit = "2M"
max_tokens_per_task = "50k"
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	limits := c.Limits()
	fmt.Println(*limits.Of(budget.Total).Tokens, *limits.Of(budget.Task("summary")).Tokens)
	// Output: 2000000 50000
}

// All mistakes are told at once.
func ExampleParse_mistakes() {
	_, _, err := config.Parse("orchestrate.toml", []byte(`[budget]
total_budget_limt = "2M"
budget_warning_threshold = 0.8
`))
	fmt.Println(err)
	// Output:
	// orchestrate.toml:2:1: budget.total_budget_limt: unknown key (did you mean total_budget_limit?)
	// orchestrate.toml:3:1: budget.budget_warning_threshold: expected a percentage from 1 to 100, got 0.8 (write 80 or "80%")
}

func ExampleSetBudget() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, config.FileName)
	if err := os.WriteFile(path, []byte("[budget]\ntotal_budget_limit = \"1M\" # agreed in May\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	changes, err := config.SetBudget(path, []string{"total_budget_limit=2M", "max_tokens_per_task=50k"})
	fmt.Println(changes, err)
	content, err := os.ReadFile(path)
	fmt.Println(string(content), err)
	// Output:
	// [{total_budget_limit "1M" "2M"} {max_tokens_per_task  "50k"}] <nil>
	// [budget]
	// total_budget_limit = "2M" # agreed in May
	// max_tokens_per_task = "50k"
	//  <nil>
}
