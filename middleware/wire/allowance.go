package wire

import "github.com/orchestrate-go/orchestrate/budget"

// Allowance is what is held for what calls of a model are charged for and no request shows: see [budget.Unseen]. The zero
// value leaves that to the manager's own allowance, [budget.Config].Allowance.
type Allowance struct {
	// Input is the most, in tokens, that all comes to which has no bound of its own; 0 is the manager's.
	Input int64

	// Tools are bounds of tools that run at the provider, by their kind, with or without its date.
	Tools map[string]ToolBound
}

// ToolBound bounds a tool that runs at the provider.
type ToolBound struct {
	Uses         int64 // in one call, where the request does not say; 0 is unknown
	TokensPerUse int64 // the most input that a use brings
	CostPerUse   budget.NanoUSD
}

// Of is the bound of a tool of that kind, or of its kind without the date.
func (a Allowance) Of(t ServerTool) (bound ToolBound, known bool) {
	if bound, known = a.Tools[t.Kind]; !known {
		bound, known = a.Tools[t.Undated()]
	}
	return bound, known
}
