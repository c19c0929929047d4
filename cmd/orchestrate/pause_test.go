package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

// tooFast answers every request with 429, and asks to wait.
func tooFast(t *testing.T, seconds string) *providertest.Server {
	server := providertest.NewServer()
	t.Cleanup(server.Close)
	server.Always(providertest.Answer{Status: 429, Header: map[string]string{"Retry-After": seconds}})
	return server
}

// A provider that asks for longer than patience costs a file nothing but time: every task is deferred until
// then, the provider is asked by those only that were under way, and five tasks with one cause are one line.
func TestAPauseThatIsTooLongDefersTheFile(t *testing.T) {
	t.Parallel()
	server := tooFast(t, "3600")
	dir := writeProject(t, providerProject("openai", "gpt-4o-mini", server.URL(openai.Format)), manyTasks(5))
	p := command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl")
	result := p.run(exitProvider)
	want(t, result, map[string]string{"len": "5", "id=t5.outcome": "deferred", "id=t5.provider": "far", "id=t5.tokens": "0"})
	at, err := time.Parse(time.RFC3339, valueOf(t, result, "id=t5.not_before"))
	if left := time.Until(at); err != nil || left < 50*time.Minute || left > time.Hour {
		t.Errorf("not before %v, %v", at, err)
	}
	if n := server.Calls(); n > 2 {
		t.Errorf("%d requests", n)
	}
	wantTotal(t, dir, map[string]string{"held": "0", "settled": "0"})
	said := p.err.String()
	_, summary, _ := strings.Cut(said, "5 deferred of 5 tasks")
	if strings.Count(summary, "rate_limit") != 1 || !strings.Contains(summary, "5 tasks deferred: provider far: rate_limit (status 429") ||
		!strings.Contains(summary, "provider far takes no calls before ") {
		t.Errorf("summary: %s", summary)
	}
	if strings.Count(said, "paused: ") != 1 {
		t.Errorf("progress: %s", said)
	}
}

// A run whose every task waits for its provider ends at once, whichever signal comes, with nothing charged.
func TestARunThatWaitsForItsProviderIsInterruptedAtOnce(t *testing.T) {
	t.Parallel()
	server := tooFast(t, "300")
	dir := writeProject(t, providerProject("openai", "gpt-4o-mini", server.URL(openai.Format)), manyTasks(5))
	p := command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl", "--progress", "json").begin(true)
	pause := p.waitFor(`"event":"paused"`, 1)
	want(t, pause, map[string]string{"provider": "far", "model": "gpt-4o-mini"})
	start := time.Now()
	p.signal(os.Interrupt)
	last := p.waitFor(`"event":"ended"`, 1)
	if code := p.end(); code != 130 || time.Since(start) > time.Minute {
		t.Errorf("exit code %d after %v", code, time.Since(start))
	}
	want(t, last, map[string]string{"ended.cancelled": "5", "interrupted": "true"})
	want(t, p.out.String(), map[string]string{"len": "5", "id=t1.reason": "the run was interrupted"})
	wantTotal(t, dir, map[string]string{"held": "0", "settled": "0"})
}

// A run that waits for a rate of its own ends at once, too: what waits is not sent and paid first.
func TestARunThatWaitsForARateIsInterruptedAtOnce(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer()
	t.Cleanup(server.Close)
	config := strings.Replace(providerProject("openai", "gpt-4o-mini", server.URL(openai.Format)), "timeout =", "requests_per_minute = 1\ntimeout =", 1)
	p := command(t, writeProject(t, config, manyTasks(5)), []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl", "--progress", "json").begin(true)
	p.waitFor(`"outcome":"done"`, 1)
	start := time.Now()
	p.signal(os.Interrupt)
	last := p.waitFor(`"event":"ended"`, 1)
	if code := p.end(); code != 130 || time.Since(start) > 30*time.Second || server.Calls() != 1 {
		t.Errorf("exit code %d after %v, %d requests", code, time.Since(start), server.Calls())
	}
	want(t, last, map[string]string{"ended.done": "1", "ended.cancelled": "4", "interrupted": "true"})
}

// What to mend names what is at fault: a provider, a worker's model, or nothing but time.
func TestMend(t *testing.T) {
	at := time.Date(2026, 11, 26, 15, 4, 5, 0, time.Local)
	p := &project.Project{Config: &config.Config{
		Workers:   []config.Worker{{Name: "w", Provider: "far", Model: "gtp-4o"}, {Name: "v", Provider: "far", Model: "gpt-4o"}},
		Providers: map[string]config.Provider{"far": {Name: "far", APIKeyEnv: "FAR_KEY"}},
	}}
	e := project.Ended{Paused: map[string]time.Time{"near": at}}
	after := func(s orchestrator.Summary) []string { e.Summary = s; return mend(p, e) }
	got := after(orchestrator.Summary{Unavailable: []string{"far"}, NoModel: []string{"w"}})
	want := []string{
		"provider far took no calls: look at its address, at the key in FAR_KEY and at the account behind it",
		`worker w was stopped: look at its model, "gtp-4o", which provider far does not have for this key`,
		"provider near takes no calls before 2026-11-26 15:04:05, it said",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	e.Paused = map[string]time.Time{"near": {}}
	p.Config.Run.Patience = time.Minute
	got = after(orchestrator.Summary{})
	want = []string{"provider near took no calls for as long as a task waits ([run] patience, 1m0s): go on later, or let them wait longer"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got = after(orchestrator.Summary{Interrupted: true}); len(got) > 0 {
		t.Errorf("after an interrupt: %q", got)
	}
}

// Where the budget ran out the end says how to get more of it, with what helps.
func TestMendBudget(t *testing.T) {
	set := "  " + program() + " budget set total_budget_limit=VALUE --config /p/orchestrate.toml"
	short := orchestrator.Summary{Counts: map[orchestrator.Outcome]int{orchestrator.Deferred: 2}}
	for _, test := range []struct {
		name   string
		period config.Period
		sim    bool
		want   []string
	}{
		{"by hand", config.PeriodManual, false, []string{
			"the budget ran out: raise the limit named above, or begin a new period for total and models", set,
			"  " + program() + " budget reset --config /p/orchestrate.toml",
		}},
		{"simulated", config.PeriodManual, true, []string{
			"the budget ran out: raise the limit named above, or begin a new period for total and models", set,
			"  " + program() + " budget reset --config /p/orchestrate.toml --sim",
		}},
		{"by run", config.PeriodRun, false, []string{"the budget ran out: raise the limit named above", set}},
	} {
		p := &project.Project{Path: "/p/orchestrate.toml", Sim: test.sim, Config: &config.Config{}}
		p.Config.Budget.Period = test.period
		e := project.Ended{Summary: short}
		if got := mend(p, e); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q", test.name, got)
		}
		if e.Unserved = 1; len(mend(p, e)) > 0 {
			t.Errorf("%s: a provider is to blame, and it says %q", test.name, mend(p, e))
		}
	}
}
