// Package alert tells people, or programs, what they should know of a run while they look elsewhere: by a command that is run, or
// by a webhook. What cannot be delivered is logged as that; nothing waits for a delivery but the end of the process.
package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Kind is what an alert is about.
type Kind string

// The kinds of alerts.
const (
	Threshold Kind = "threshold" // a scope has used a percentage of its limit that is warned of
	Burn      Kind = "burn"      // at its pace a scope has used its limit soon
	Paused    Kind = "paused"    // a provider takes no calls for a while, or somebody holds the run
	Ended     Kind = "ended"     // the run has
)

// Kinds are all of them.
var Kinds = []Kind{Threshold, Burn, Paused, Ended}

// Alert is one of them: what a command reads as JSON from its standard input, and a webhook is sent.
type Alert struct {
	Schema  int       `json:"schema_version"`
	Kind    Kind      `json:"kind"`
	Time    time.Time `json:"time"`
	Run     string    `json:"run"`
	Scope   string    `json:"scope,omitempty"`   // of a threshold, or a burn
	Percent int       `json:"percent,omitempty"` // of a threshold
	Text    string    `json:"text"`              // for people
}

// Format is how a webhook gets an alert.
type Format string

// The formats of webhooks.
const (
	JSON  Format = "json"  // as it is; the default
	Slack Format = "slack" // {"text": ...}, which Slack, Mattermost and others read
)

// body is the alert in a format.
func (a Alert) body(f Format) []byte {
	var object any = a
	if f == Slack {
		object = map[string]string{"text": a.Text}
	}
	data, err := json.Marshal(object)
	if err != nil {
		panic("alert: " + err.Error()) // plain values
	}
	return data
}

// Target is where alerts go.
type Target struct {
	On      []Kind
	Command []string // run with the alert on its standard input; nil for a webhook
	Webhook string   // its URL, which is a secret
	Format  Format
}

// name says what a target is without its secret.
func (t Target) name() string {
	if t.Command != nil {
		return "command " + t.Command[0]
	}
	return "webhook"
}

// queued is how many alerts wait for a target at most: what comes beyond is not delivered, and logged.
const queued = 64

// Sender delivers alerts, to each target in its order. It is safe for concurrent use.
type Sender struct {
	log     *slog.Logger
	targets []Target
	queues  []chan Alert
	working sync.WaitGroup
	abort   context.CancelFunc

	mu     sync.Mutex
	closed bool
}

// NewSender returns a sender, which has to be closed.
func NewSender(targets []Target, log *slog.Logger) *Sender {
	ctx, abort := context.WithCancel(context.Background())
	s := &Sender{log: log, targets: targets, abort: abort}
	for _, t := range targets {
		queue := make(chan Alert, queued)
		s.queues = append(s.queues, queue)
		s.working.Go(func() {
			for a := range queue {
				s.report(t, a, deliver(ctx, t, a))
			}
		})
	}
	return s
}

// Send delivers an alert to the targets that want its kind. It does not wait.
func (s *Sender) Send(a Alert) {
	a.Schema = 1
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, t := range s.targets {
		if !slices.Contains(t.On, a.Kind) {
			continue
		}
		if s.closed {
			s.report(t, a, errors.New("the process is ending"))
			continue
		}
		select {
		case s.queues[i] <- a:
		default:
			s.report(t, a, fmt.Errorf("%d others wait for it", queued))
		}
	}
}

func (s *Sender) report(t Target, a Alert, err error) {
	attrs := []any{slog.String("kind", string(a.Kind)), slog.String("to", t.name()), slog.String("text", a.Text)}
	if err != nil {
		s.log.Error("alert not delivered", append(attrs, slog.String("error", err.Error()))...)
		return
	}
	s.log.Debug("alert delivered", attrs...)
}

// Close delivers what waits, for so long at most. What is sent later is logged as not delivered. It is called once.
func (s *Sender) Close(within time.Duration) {
	s.mu.Lock()
	s.closed = true
	for _, queue := range s.queues {
		close(queue)
	}
	s.mu.Unlock()
	stop := time.AfterFunc(within, s.abort)
	s.working.Wait()
	stop.Stop()
	s.abort()
}
