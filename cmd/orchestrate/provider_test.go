package main

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

// providerProject is a project whose only worker asks a provider at this address, twice at most.
func providerProject(kind, model, address string) string {
	return fmt.Sprintf(`[budget]
total_budget_limit = 10_000
[[workers]]
name = "w"
provider = "far"
model = %q
max_output_tokens = 40
concurrency = 2
[providers.far]
kind = %q
base_url = %q
api_key_env = "FAR_KEY"
timeout = "10s"
[retry]
attempts = 2
initial = "1ms"
max = "5s"
[log]
level = "debug"
`, model, kind, address)
}

const farKey = "far-key-5c1d0e77aa2b4f"

// faults are the ways in which a provider can fail one task, with what comes of it. Amounts are in holds of
// an attempt: what is assumed is the hold.
var faults = []struct {
	name     string
	answer   func(n int) providertest.Answer
	code     int    // exit code
	outcome  string // of the task
	reason   string // a pattern
	attempts int    // that the result counts
	calls    int    // that reached the provider
	assumed  int    // in holds
	patience string // of the run; "" is 0
	plain    bool   // it is asked for no stream
}{
	{name: "401", answer: refuses(401, "invalid_api_key"), code: 4, outcome: "deferred", attempts: 1, calls: 1,
		reason: `^provider far: auth \(status 401.*`},
	{name: "403", answer: refuses(403, ""), code: 4, outcome: "deferred", attempts: 1, calls: 1, reason: `(auth|forbidden) \(status 403`},
	{name: "quota", answer: refuses(429, "insufficient_quota"), code: 4, outcome: "deferred", attempts: 1, calls: 1, reason: `quota \(status 429`},
	{name: "unknown model", answer: refuses(404, ""), code: 1, outcome: "failed", attempts: 1, calls: 1, reason: `invalid \(status 404`},

	{name: "429 without patience", answer: refuses(429, ""), code: 4, outcome: "deferred", attempts: 1, calls: 1, reason: `^provider far: rate_limit \(status 429`},
	{name: "503 without patience", answer: refuses(503, ""), code: 4, outcome: "deferred", attempts: 1, calls: 1, reason: `^provider far: server \(status 503`},
	{name: "429 that asks for an hour", code: 4, outcome: "deferred", attempts: 1, calls: 1, patience: "10m", reason: `^provider far: rate_limit \(status 429.*asks to wait 1h`,
		answer: func(int) providertest.Answer {
			return providertest.Answer{Status: 429, Header: map[string]string{"Retry-After": "3600"}}
		}},
	{name: "429 more often than attempts", code: 0, outcome: "done", attempts: 5, calls: 5, patience: "10m",
		answer: func(n int) providertest.Answer {
			if n < 5 {
				return providertest.Answer{Status: 429}
			}
			return providertest.Answer{}
		}},
	{name: "429 that asks for a moment", code: 0, outcome: "done", attempts: 2, calls: 2, patience: "10m",
		answer: func(n int) providertest.Answer {
			if n == 1 {
				return providertest.Answer{Status: 429, Header: map[string]string{"Retry-After-Ms": "5"}}
			}
			return providertest.Answer{}
		}},
	{name: "500", answer: refuses(500, ""), code: 1, outcome: "failed", attempts: 2, calls: 2, reason: `server \(status 500`},
	{name: "504", answer: refuses(504, ""), code: 1, outcome: "failed", attempts: 2, calls: 2, assumed: 2, reason: `server \(status 504`},

	{name: "garbage", answer: says("<html>hello"), code: 1, outcome: "failed", attempts: 1, calls: 1, assumed: 1,
		reason: `^provider: garbled \(status 200\): no whole JSON$`},
	{name: "half a JSON", answer: says(`{"id": "1", "choices": [{"index": 0`), code: 1, outcome: "failed", attempts: 1, calls: 1, assumed: 1,
		reason: `^provider: garbled \(status 200\): no whole JSON$`},
	{name: "empty", answer: says(""), code: 1, outcome: "failed", attempts: 1, calls: 1, assumed: 1,
		reason: `^provider: garbled \(status 200\): empty body$`},
	{name: "cut before the answer", answer: breaks(providertest.CutBeforeHeaders), code: 1, outcome: "failed", attempts: 2, calls: 2, assumed: 2, patience: "10m",
		reason: `^provider: lost: `},
	{name: "cut in the answer", plain: true, answer: breaks(providertest.CutInText), code: 1, outcome: "failed", attempts: 2, calls: 2, assumed: 2, patience: "10m",
		reason: `^provider: lost \(status 200\): `},
	{name: "no usage", code: 0, outcome: "done", attempts: 1, calls: 1, assumed: 1,
		answer: func(int) providertest.Answer { return providertest.Answer{NoUsage: true} }},
}

func refuses(code int, word string) func(int) providertest.Answer {
	return func(int) providertest.Answer { return providertest.Answer{Status: code, Code: word, Message: "no"} }
}

func says(text string) func(int) providertest.Answer {
	return func(int) providertest.Answer { return providertest.Answer{Body: &text} }
}

func breaks(f providertest.Fault) func(int) providertest.Answer {
	return func(int) providertest.Answer { return providertest.Answer{Fault: f} }
}

var spoken = []struct {
	kind, model string
	format      wire.Format
}{
	{"openai", "gpt-4o-mini", openai.Format},
	{"anthropic", "claude-haiku-4-5", anthropic.Format},
}

func TestProviderFaults(t *testing.T) {
	for _, f := range spoken {
		for _, tt := range faults {
			t.Run(f.kind+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				server := providertest.NewServer()
				t.Cleanup(server.Close)
				server.Script(func(n int, _ *wire.Request) providertest.Answer { return tt.answer(n) })
				config := providerProject(f.kind, f.model, server.URL(f.format)) + fmt.Sprintf("[run]\npatience = %q\n", cmp.Or(tt.patience, "0s"))
				if tt.plain {
					config = strings.Replace(config, "[providers.far]\n", "[providers.far]\nstream = false\n", 1)
				}
				dir := writeProject(t, config, manyTasks(1))
				hold, err := strconv.Atoi(valueOf(t, command(t, dir, nil, "plan", "tasks.jsonl", "--json").run(0), "tasks.0.tokens"))
				if err != nil || hold == 0 {
					t.Fatal("no plan: ", err)
				}

				result := command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl").run(tt.code)
				want(t, result, map[string]string{
					"len": "1", "id=t1.outcome": tt.outcome, "id=t1.attempts": strconv.Itoa(tt.attempts),
				})
				if reason := valueOf(t, result, "0.reason"); !regexp.MustCompile(tt.reason).MatchString(reason) {
					t.Errorf("reason %q, want %s", reason, tt.reason)
				}
				if n := server.Calls(); n != tt.calls {
					t.Errorf("%d calls reached the provider, want %d", n, tt.calls)
				}
				assumed := tt.assumed * hold
				settled := strconv.Itoa(assumed)
				if tt.outcome == "done" && tt.assumed == 0 {
					settled = valueOf(t, result, "0.tokens")
				}
				wantTotal(t, dir, map[string]string{"held": "0", "assumed": strconv.Itoa(assumed), "settled": settled, "debt": "0"})
			})
		}
	}
}

func TestProviderThatIsNotThere(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer()
	address := server.URL(openai.Format)
	server.Close()
	dir := writeProject(t, providerProject("openai", "gpt-4o-mini", address), manyTasks(5))

	p := command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl")
	result := p.run(exitProvider)
	want(t, result, map[string]string{"len": "5", "id=t5.outcome": "deferred", "id=t5.provider": "far", "id=t5.attempts": "0"})
	if reason := valueOf(t, result, "id=t5.reason"); !regexp.MustCompile(`^provider far: unreachable: .*refused$`).MatchString(reason) {
		t.Errorf("reason %q", reason)
	}
	wantTotal(t, dir, map[string]string{"held": "0", "settled": "0", "assumed": "0"})
}

func TestProviderThatNeverAnswersIsAskedUntilTheTimeout(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer()
	t.Cleanup(server.Close)
	server.Always(providertest.Answer{Fault: providertest.HangBeforeHeaders})
	config := regexp.MustCompile(`timeout = "10s"`).ReplaceAllString(providerProject("openai", "gpt-4o-mini", server.URL(openai.Format)), `timeout = "50ms"`)
	dir := writeProject(t, config, manyTasks(1))

	result := command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl").run(exitFailed)
	want(t, result, map[string]string{"0.outcome": "failed", "0.attempts": "2"})
	wantTotal(t, dir, map[string]string{"held": "0", "settled": "104", "assumed": "104"})
}

func TestProviderThatBillsMoreThanWasHeld(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer()
	t.Cleanup(server.Close)
	server.Always(providertest.Answer{Usage: &budget.Usage{Input: 9_000, Output: 1_500}})
	dir := writeProject(t, providerProject("openai", "gpt-4o-mini", server.URL(openai.Format)), manyTasks(1))

	result := command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl").run(exitDone)
	want(t, result, map[string]string{"0.outcome": "done", "0.tokens": "10500", "0.estimate": "52"})
	wantTotal(t, dir, map[string]string{
		"held": "0", "settled": "10500", "overrun": "10448", "debt": "500", "debt_by_cause.overrun": "500", "remaining": "-500",
	})
}

func TestOneProviderOfTwoIsEnough(t *testing.T) {
	t.Parallel()
	bad, good := providertest.NewServer(), providertest.NewServer()
	t.Cleanup(bad.Close)
	t.Cleanup(good.Close)
	bad.Always(providertest.Answer{Status: 401})
	config := providerProject("openai", "gpt-4o-mini", bad.URL(openai.Format)) + fmt.Sprintf(`[[workers]]
name = "v"
provider = "near"
model = "gpt-4o-mini"
max_output_tokens = 40
[providers.near]
kind = "openai"
base_url = %q
`, good.URL(openai.Format))
	env := []string{"FAR_KEY=" + farKey}

	// Tasks that may go anywhere are done by the provider that works.
	dir := writeProject(t, config, manyTasks(6))
	result := command(t, dir, env, "run", "tasks.jsonl").run(exitDone)
	for i := range 6 {
		want(t, result, map[string]string{fmt.Sprintf("id=t%d.outcome", i+1): "done"})
	}

	// One that must go to the other is deferred, and the exit code tells it.
	dir = writeProject(t, config, manyTasks(1)+`{"id": "only-w", "prompt": "Say w.", "worker": "w"}`)
	result = command(t, dir, env, "run", "tasks.jsonl").run(exitProvider)
	want(t, result, map[string]string{"id=t1.outcome": "done", "id=only-w.outcome": "deferred", "id=only-w.provider": "far"})
	wantTotal(t, dir, map[string]string{"held": "0", "assumed": "0"})
}

// A stream that breaks off after it told what its input was is charged for that, and for all of the output that it had.
func TestACutStreamIsChargedForTheInputThatItTold(t *testing.T) {
	const input, cap = 17, 40
	server := providertest.NewServer()
	t.Cleanup(server.Close)
	server.Script(func(int, *wire.Request) providertest.Answer {
		return providertest.Answer{Fault: providertest.CutInText, Usage: &budget.Usage{Input: input, Output: 3}}
	})
	dir := writeProject(t, providerProject("anthropic", "claude-haiku-4-5", server.URL(anthropic.Format)), manyTasks(1))
	command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl").run(1)
	charged := strconv.Itoa(2 * (input + cap))
	wantTotal(t, dir, map[string]string{"held": "0", "assumed": charged, "settled": charged})
}
