package project

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/alert"
)

// alerts tell of a run what [[alerts]] want to hear. A nil one tells nothing.
type alerts struct {
	sender *alert.Sender
	run    string
	burn   time.Duration // of burn_warning, 0 for none
	paused map[string]bool
}

// How long alerts may take at the end of a run, how short a pause is nobody's business, and how often it is looked how soon a
// limit is spent, over which time.
const (
	alertsTake  = 30 * time.Second
	shortPause  = 10 * time.Second
	burnEvery   = 10 * time.Second
	burnSamples = 6
)

// openAlerts returns nil where nobody wants any.
func (p *Project) openAlerts(run string, log *slog.Logger) (*alerts, error) {
	var targets []alert.Target
	for _, a := range p.Config.Alerts {
		t := alert.Target{On: a.On, Command: a.Command, Format: a.Format}
		if a.WebhookEnv != "" {
			if t.Webhook = os.Getenv(a.WebhookEnv); t.Webhook == "" {
				return nil, usagef("%s: [[alerts]] webhook_env: the environment variable %s, which should hold the address, is not set", p.Path, a.WebhookEnv)
			}
		}
		targets = append(targets, t)
	}
	if targets == nil {
		return nil, nil
	}
	return &alerts{sender: alert.NewSender(targets, log), run: run, burn: p.Config.Budget.BurnWarning, paused: make(map[string]bool)}, nil
}

func (a *alerts) send(kind alert.Kind, scope string, percent int, text string) {
	a.sender.Send(alert.Alert{Kind: kind, Time: time.Now().UTC(), Run: a.run, Scope: scope, Percent: percent, Text: fmt.Sprintf("orchestrate run %s: %s", a.run, text)})
}

// threshold is for [budget.Config.OnWarning].
func (a *alerts) threshold(s budget.Status) {
	text := fmt.Sprintf("%v has used %d%% of its limit", s.Scope, s.Warned)
	if s.Remaining.Tokens != nil {
		text += fmt.Sprintf(", %d tokens are left", *s.Remaining.Tokens)
	}
	if s.Remaining.Cost != nil {
		text += fmt.Sprintf(", %v is left", *s.Remaining.Cost)
	}
	a.send(alert.Threshold, s.Scope.String(), s.Warned, text)
}

// event tells of pauses, of providers and of the run. One goroutine calls it.
func (a *alerts) event(e orchestrator.Event) {
	switch {
	case e.Kind == orchestrator.Suspended:
		a.send(alert.Paused, "", 0, "paused by "+e.Reason)
	case e.Pause != nil && e.Kind == orchestrator.Reopened:
		delete(a.paused, e.Pause.Provider+"\x00"+e.Pause.Model)
	case e.Pause != nil && e.Kind == orchestrator.Paused:
		key, wait := e.Pause.Provider+"\x00"+e.Pause.Model, time.Until(e.Pause.Until)
		if wait >= shortPause && !a.paused[key] {
			a.paused[key] = true
			a.send(alert.Paused, "", 0, fmt.Sprintf("provider %s takes no calls for %v (%s)", e.Pause.Provider, wait.Round(time.Second), e.Pause.Reason))
		}
	}
}

// ended tells that, and waits for what is to be delivered.
func (a *alerts) ended(s orchestrator.Summary) {
	if s.Run != "" {
		var ends []string
		for _, o := range orchestrator.Outcomes {
			if n := s.Counts[o]; n > 0 {
				ends = append(ends, fmt.Sprintf("%d %s", n, o))
			}
		}
		a.send(alert.Ended, "", 0, fmt.Sprintf("ended: %s of %d tasks", strings.Join(ends, ", "), s.Total))
	}
	a.sender.Close(alertsTake)
}

// servedTo tells that a proxy has ended, and waits for what is to be delivered.
func (a *alerts) servedTo() {
	a.send(alert.Ended, "", 0, "the proxy has ended")
	a.sender.Close(alertsTake)
}

// watch tells of what nobody reports, until end is called: how soon limits are spent and, where nothing else looks at the gates,
// which providers are paused (gates is nil where something does).
func (a *alerts) watch(ctx context.Context, m *budget.Manager, gates orchestrator.Gates) (end func()) {
	if a == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	if a.burn > 0 {
		watching.Go(func() { a.watchBurn(ctx, m) })
	}
	if gates != nil {
		watching.Go(func() { a.watchGates(ctx, gates) })
	}
	return func() { cancel(); watching.Wait() }
}

// watchGates tells of pauses as they begin. It returns with ctx.
func (a *alerts) watchGates(ctx context.Context, gates orchestrator.Gates) {
	var before []wire.Pause
	for {
		now, changed := gates.Paused()
		for _, p := range before {
			if !slices.ContainsFunc(now, func(other wire.Pause) bool { return p.Provider == other.Provider && p.Model == other.Model }) {
				a.event(orchestrator.Event{Kind: orchestrator.Reopened, Pause: &p})
			}
		}
		for _, p := range now {
			a.event(orchestrator.Event{Kind: orchestrator.Paused, Pause: &p})
		}
		before = now
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// watchBurn tells, once for each scope and period, that its limit is spent soon at the pace of the last minute. It returns with ctx.
func (a *alerts) watchBurn(ctx context.Context, m *budget.Manager) {
	tick := time.NewTicker(burnEvery)
	defer tick.Stop()
	var past []budget.Standing // the oldest first
	told := make(map[account]int64)
	for {
		now := m.Overview()
		if past = append(past, now); len(past) > burnSamples+1 {
			past = past[1:]
		}
		over := burnEvery * time.Duration(len(past)-1)
		for _, s := range now.Scopes {
			if left, ok := soonest(s, past[0], over); ok && left <= a.burn && told[scopeOf(s)] != now.Period.ID {
				told[scopeOf(s)] = now.Period.ID
				a.send(alert.Burn, s.Scope.String(), 0, fmt.Sprintf("at its pace %v has used its limit in %v", s.Scope, left.Round(time.Second)))
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// soonest is when what is left of a scope's limit is spent at the pace since it was as before; not ok where it is not.
func soonest(s budget.Status, before budget.Standing, over time.Duration) (left time.Duration, ok bool) {
	var was budget.Amount
	for _, b := range before.Scopes {
		if b.Scope == s.Scope && b.Run == s.Run {
			was = b.Settled
		}
	}
	spent := s.Settled.Sub(was)
	soon := func(remaining, spent int64) {
		if spent > 0 && remaining >= 0 {
			if d := time.Duration(float64(over) * float64(remaining) / float64(spent)); !ok || d < left {
				left, ok = d, true
			}
		}
	}
	if s.Remaining.Tokens != nil {
		soon(*s.Remaining.Tokens+s.Held.Tokens, spent.Tokens)
	}
	if s.Remaining.Cost != nil {
		soon(int64(*s.Remaining.Cost+s.Held.Cost), int64(spent.Cost))
	}
	return left, ok
}
