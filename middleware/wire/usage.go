package wire

import "github.com/orchestrate-go/orchestrate/budget"

// Usage is what a provider said that one answer used and cost.
type Usage struct {
	// Usage has what it reported. Unknown are the sides of it that the provider left out, or of which it said what
	// cannot be (no input, no output beside a text); they are zero in Usage.
	budget.Usage
	Unknown budget.Sides

	// Least is what was surely used of the sides that are Unknown.
	Least Least

	// Doubt says why a usage that is whole is not taken for exact; "" if it is.
	Doubt string

	Tier   budget.Tier     // how it was served, where it says so
	Billed *budget.NanoUSD // the cost that the provider stated, nil if none
}

// Least are figures of tokens that are no whole: no less was used.
type Least struct {
	Output int64          // a running figure, or a part such as the reasoning
	Total  int64          // of input and output together, where neither was said
	Cost   budget.NanoUSD // that was stated while more could follow
}
