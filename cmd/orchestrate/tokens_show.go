package main

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func (t *tokens) show(c view.Count) error {
	if c.Note != "" {
		fmt.Fprintf(t.std.err, "orchestrate: %s: %s\n", view.Place(c.Source, c.Line), c.Note)
	}
	t.found = append(t.found, c)
	if t.json {
		return nil
	}
	_, err := fmt.Fprint(t.std.out, c.Text(t.several))
	return err
}

// finish prints the total.
func (t *tokens) finish() (err error) {
	total := view.NewCounts(t.found, t.failed)
	if t.json {
		err = view.WriteJSON(t.std.out, total)
	} else {
		_, err = fmt.Fprint(t.std.out, total.Text())
	}
	if err == nil && len(t.failed) > 0 {
		return &exitError{code: exitUsage} // each was reported
	}
	return err
}
