package view

import (
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// Rates are what ended and was settled a minute, over the last one, or since the run began where that is less.
type Rates struct {
	Tasks  float64           `json:"tasks_per_minute"`
	Tokens int64             `json:"tokens_per_minute"`
	Cost   orchestrator.Cost `json:"cost_nano_usd_per_minute"`
}

// paceOver is what rates are taken over, and paceEvery how long two samples are apart at least.
const (
	paceOver  = time.Minute
	paceEvery = time.Second
)

// pace remembers the last minute of a run. It is safe for concurrent use.
type pace struct {
	mu      sync.Mutex
	samples []sample // the oldest first
}

type sample struct {
	at    time.Time
	tasks int // that have ended
	spent budget.Amount

	workers map[string]int64 // tokens that each has settled
}

// at takes in how things stand now, and returns the rates, those of workers in tokens a second. Where nobody has looked for
// more than a minute they are over that time; began is when the run did.
func (p *pace) at(now sample, began time.Time) (r Rates, workers map[string]float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.samples) == 0 {
		p.samples = append(p.samples, now) // what was settled before may be of earlier runs
		return Rates{Tasks: perMinute(float64(now.tasks), now.at.Sub(began).Minutes())}, nil
	}
	if now.at.Sub(p.samples[len(p.samples)-1].at) >= paceEvery {
		p.samples = append(p.samples, now)
	}
	for len(p.samples) > 1 && now.at.Sub(p.samples[1].at) >= paceOver {
		p.samples = p.samples[1:]
	}
	first := p.samples[0]
	took, spent := now.at.Sub(first.at).Minutes(), now.spent.Sub(first.spent).Max(budget.Amount{})
	workers = make(map[string]float64, len(now.workers))
	for name, tokens := range now.workers {
		workers[name] = perMinute(float64(tokens-first.workers[name]), took) / 60
	}
	return Rates{
		Tasks:  perMinute(float64(now.tasks-first.tasks), took),
		Tokens: int64(perMinute(float64(spent.Tokens), took)),
		Cost:   orchestrator.Cost(perMinute(float64(spent.Cost), took)),
	}, workers
}

// perMinute is n in so many minutes, 0 where no time has passed.
func perMinute(n, minutes float64) float64 {
	if minutes <= 0 {
		return 0
	}
	return max(0, n) / minutes
}
