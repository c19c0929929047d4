package books

import "github.com/orchestrate-go/orchestrate/budget"

// Keys gives the keys of an entry in a group: of each line that it counts in. The slice is good until the next call.
type Keys func(budget.Entry) []string

// OneKey is the key that each entry has, "" for none. It is for one [SummarizeBy] at a time.
func OneKey(key func(budget.Entry) string) Keys {
	one := make([]string, 1)
	return func(e budget.Entry) []string {
		one[0] = key(e)
		return one
	}
}

// LabelKeys are the labels of an entry, "" for none: one with several counts in the line of each.
func LabelKeys(e budget.Entry) []string {
	if labels := e.Labels(); len(labels) > 0 {
		return labels
	}
	return []string{""}
}
