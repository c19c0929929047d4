package tasks

import (
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// readDeadline is a deadline as text. TOML has times of its own, with a date and a zone, or of a day.
func readDeadline(t *document.Table) string {
	var text string
	switch v := t.Values["deadline"].(type) {
	case time.Time:
		t.Allow("deadline")
		if text = v.Format(time.RFC3339); v.Year() == 0 { // of a day
			text = v.Format("15:04")
		}
	default:
		text = t.Text("deadline")
	}
	if text == "" {
		return ""
	}
	if _, err := worker.ParseDeadline(text, time.Now(), time.UTC); err != nil {
		t.Mistake("deadline", err.Error(), "")
	}
	return text
}
