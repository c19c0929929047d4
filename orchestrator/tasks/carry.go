package tasks

import (
	"fmt"
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
	has := func(model string) bool {
		for _, w := range c.Workers {
			if w.Model == model {
				return true
			}
		}
		return false
	}
	for _, t := range tasks {
		if t.Parameters == nil {
			continue
		}
		lane := worker.LaneOf(t, has)
		for _, w := range c.Workers {
			if !lane.Takes(w.Name, w.Model) {
				continue
			}
			if why := cannotSend(t, w, c); why != "" {
				var at document.Place
				m.File, at = splitSource(t.Source)
				m.Add(at, "", fmt.Sprintf("worker %s cannot take the task: %s", document.Quote(w.Name), why), "name a worker that can")
				break
			}
		}
	}
	return m.Err()
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
