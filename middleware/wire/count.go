package wire

import "github.com/orchestrate-go/orchestrate/tokenizer"

// Count is replaced on merge.
func Count(r *Request) tokenizer.Count {
	c := tokenizer.For(r.Model)
	var total tokenizer.Count
	total.Kind = tokenizer.Exact
	for _, m := range r.Messages {
		total = total.Add(c.Count(m.Content))
		total.Tokens += 4
	}
	return total
}
