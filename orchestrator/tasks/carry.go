package tasks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// CheckFormats refuses tasks that ask for what a worker that they may go to cannot send: a seed at a provider that has none,
// an image for a command. The error joins [*Error]s at the tasks' own sources.
func CheckFormats(tasks []worker.Task, c *config.Config) error {
	m := &document.Mistakes{}
	for _, t := range tasks {
		if t.Parameters == nil {
			continue
		}
		if why, hint := unsendable(t, c); why != "" {
			var at document.Place
			m.File, at = splitSource(t.Source)
			m.Add(at, "", why, hint)
		}
	}
	return m.Err()
}

// unsendable is why a worker that a task may go to cannot take it, and what to do; "" where all can.
func unsendable(t worker.Task, c *config.Config) (why, hint string) {
	has := func(model string) bool {
		return slices.ContainsFunc(c.Workers, func(w config.Worker) bool { return w.Model == model })
	}
	lane := worker.LaneOf(t, has)
	for _, w := range c.Workers {
		if !lane.Takes(w.Name, w.Model) {
			continue
		}
		if why := cannotSend(t, w, c); why != "" {
			return fmt.Sprintf("worker %s cannot take the task: %s", document.Quote(w.Name), why), "name a worker that can"
		}
	}
	return "", ""
}

// cannotSend is why a worker cannot send what a task asks for, "" if it can.
func cannotSend(t worker.Task, w config.Worker, c *config.Config) string {
	if w.Command != nil {
		return "a command takes a prompt, and nothing beside it"
	}
	kind := c.ProviderOf(w).Kind
	if kind == config.KindSim {
		return ""
	}
	p, err := formats.Of(string(kind))
	if err != nil {
		return err.Error()
	}
	sample := *t.Asks()
	sample.Model, sample.MaxOutput = t.ModelAt(w.Model), 1
	if _, err := p.Encode(&sample); err != nil {
		return strings.TrimPrefix(err.Error(), "encode the request: ")
	}
	if most := maxTemperature(kind); sample.Temperature != nil && *sample.Temperature > most {
		return fmt.Sprintf("the temperature of %s is at most %v", kind, most)
	}
	return ""
}

func maxTemperature(kind config.Kind) float64 {
	if kind == config.KindAnthropic {
		return 1
	}
	return 2
}
