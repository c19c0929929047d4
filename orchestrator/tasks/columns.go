package tasks

import (
	"slices"

	"github.com/orchestrate-go/orchestrate/worker"
)

// Columns are the names of the columns of all tasks, in the order in which they first come. whole is whether every task has
// columns: others have their id alone.
func Columns(tasks []worker.Task) (names []string, whole bool) {
	whole = len(tasks) > 0
	known := make(map[string]bool)
	for _, t := range tasks {
		whole = whole && t.Columns != nil
		fields := objectOf(t.Columns).keys
		if t.Foreach != nil {
			fields = t.Foreach.Columns
		}
		for _, name := range fields {
			if !known[name] {
				known[name] = true
				names = append(names, name)
			}
		}
	}
	return slices.Clip(names), whole
}

// SchemaFields are the names of the fields that the answers of tasks have by their schemas, in the order in which they first
// come.
func SchemaFields(tasks []worker.Task) (names []string) {
	known := make(map[string]bool)
	for _, t := range tasks {
		if t.Parameters == nil || t.Parameters.Schema == nil {
			continue
		}
		properties := objectOf(t.Parameters.Schema).values["properties"]
		for _, name := range objectOf(properties).keys {
			if !known[name] {
				known[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}
