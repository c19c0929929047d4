package config

import (
	"cmp"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

const unboundedKey = "unbounded_input_allowance"

// AllowanceOf is what is held for what a provider's calls of a model do not show: the allowance of the model, of the provider or
// of the budget, and the bounds of the provider's tools.
func (c *Config) AllowanceOf(p Provider, model string) wire.Allowance {
	return wire.Allowance{
		Input: cmp.Or(p.model(model).UnboundedInput, p.UnboundedInput, c.Budget.UnboundedInput), Tools: p.Tools,
	}
}

// readAllowance reads what a provider, or one of its models, has of it.
func readAllowance(t *document.Table) int64 {
	const most = budget.MaxAttemptTokens - budget.MaxOutput
	n := t.Positive(unboundedKey, 0)
	if n > most {
		t.Mistake(unboundedKey, fmt.Sprintf("%d is more than any call can have, %d tokens", n, most), "")
	}
	return n
}

// mostUses is the most that a tool may be held for in one call.
const mostUses = 10_000

// readTools reads the bounds of the tools that run at a provider.
func readTools(t *document.Table) map[string]wire.ToolBound {
	var all map[string]wire.ToolBound
	for _, tool := range t.Tables("tools") {
		if all == nil {
			all = make(map[string]wire.ToolBound)
		}
		if !tool.Has("tokens_per_use") {
			tool.Mistake("tokens_per_use", "missing", `the most input that one use brings: tokens_per_use = "10k"`)
		}
		b := wire.ToolBound{
			Uses: tool.Integer("max_uses", 0, 1, mostUses), TokensPerUse: tool.OutputCap("tokens_per_use", 0),
		}
		if c := tool.USD("cost_per_use"); c != nil {
			if b.CostPerUse = *c; *c > budget.MaxAttemptCost/mostUses {
				tool.Mistake("cost_per_use", c.String()+" is more than any tool costs", "")
			}
		}
		tool.Done()
		all[tool.Name()] = b
	}
	return all
}

func putAllowance(t map[string]any, tokens int64) {
	if tokens > 0 {
		t[unboundedKey] = tokens
	}
}

func putTools(t map[string]any, all map[string]wire.ToolBound) {
	tools := make(map[string]any, len(all))
	for name, b := range all {
		tool := map[string]any{"tokens_per_use": b.TokensPerUse}
		if b.Uses > 0 {
			tool["max_uses"] = b.Uses
		}
		if b.CostPerUse > 0 {
			tool["cost_per_use"] = dollars(b.CostPerUse)
		}
		tools[name] = tool
	}
	if len(tools) > 0 {
		t["tools"] = tools
	}
}
