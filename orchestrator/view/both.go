package view

import (
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Both shows a run on a display, which has the log, and writes its events beside it.
func Both(shown, beside Display) Display { return both{shown, beside} }

type both struct {
	Display
	beside Display
}

func (b both) Begin(o project.Opening) {
	b.Display.Begin(o)
	b.beside.Begin(o)
}

func (b both) Event(e orchestrator.Event) {
	b.Display.Event(e)
	b.beside.Event(e)
}

func (b both) End(c Closing) {
	b.Display.End(c)
	b.beside.End(c)
}
