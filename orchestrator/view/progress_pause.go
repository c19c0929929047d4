package view

import (
	"fmt"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// pauses says of each pause of a provider that it begins and that it is over: the first [maxOther] of those
// that are noticed, a second long at least.
type pauses struct {
	open  map[paused]bool // those that were told, and are not over
	lines int
}

// paused is what is paused: a provider, or one of its models.
type paused struct{ provider, model string }

// line returns what there is to say of an event, "" for nothing.
func (p *pauses) line(e orchestrator.Event) string {
	if e.Pause == nil {
		return ""
	}
	what := paused{e.Pause.Provider, e.Pause.Model}
	switch wait := time.Until(e.Pause.Until); {
	case e.Kind == orchestrator.Reopened && p.open[what]:
		delete(p.open, what)
		return "going on: " + what.String()
	case e.Kind == orchestrator.Paused && !p.open[what] && wait >= time.Second && p.lines < maxOther:
		if p.open == nil {
			p.open = make(map[paused]bool)
		}
		p.open[what] = true
		p.lines++
		return fmt.Sprintf("paused: %s is asked again in %v (%s)", what, wait.Round(time.Second), e.Pause.Reason)
	}
	return ""
}

func (p paused) String() string {
	if p.model == "" {
		return "provider " + p.provider
	}
	return fmt.Sprintf("provider %s, model %q", p.provider, p.model)
}
