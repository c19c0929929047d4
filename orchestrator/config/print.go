package config

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// TOML returns the configuration in force as a file that would read the same; see [Config.Table].
func (c *Config) TOML() string {
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(c.Table()); err != nil {
		panic(fmt.Sprintf("config: encode a configuration: %v", err)) // only plain values are in it
	}
	return b.String()
}

// Table returns the configuration in force in the words of its file, tables in tables, every default filled
// in. What is unlimited, or left to a default that is no value, is absent.
func (c *Config) Table() map[string]any {
	doc := map[string]any{
		"budget": c.Budget.table(),
		"retry":  map[string]any{"attempts": c.Retry.Attempts, "initial": c.Retry.Initial.String(), "max": c.Retry.Max.String()},
		"log":    map[string]any{"level": string(c.Log.Level), "format": string(c.Log.Format), "prompts": c.Log.Prompts},
		"run":    c.Run.table(),
	}
	var workers []map[string]any
	for _, w := range c.Workers {
		workers = append(workers, w.table())
	}
	providers, prices := map[string]any{}, map[string]any{}
	for name, p := range c.Providers {
		providers[name] = p.table()
	}
	for model, p := range c.Prices {
		prices[model] = tablePrice(p)
	}
	if c.BundledPrices {
		prices["bundled"] = true
	}
	if len(c.Template.Keys) > 0 {
		doc["template"] = c.Template.Keys
	}
	var alerts []map[string]any
	for _, a := range c.Alerts {
		alerts = append(alerts, a.table())
	}
	if alerts != nil {
		doc["alerts"] = alerts
	}
	if c.Serve.configured() {
		doc["serve"] = c.Serve.table()
	}
	doc["workers"], doc["providers"], doc["prices"] = workers, providers, prices
	return doc
}

func dollars(c budget.NanoUSD) string { return strings.TrimPrefix(c.String(), "$") }

func (b Budget) table() map[string]any {
	t := map[string]any{
		"budget_warning_threshold": b.WarningPercents, "budget_enforcement_mode": string(b.Mode),
		"period": string(b.Period), "on_full": string(b.OnFull),
		"default_max_output_tokens": b.DefaultMaxOutput, "recover": string(b.Recover),
	}
	if b.Period != PeriodManual && b.Period != PeriodRun {
		t["time_zone"] = b.TimeZone.String()
	}
	if b.BurnWarning > 0 {
		t["burn_warning"] = b.BurnWarning.String()
	}
	if len(b.WarningPercents) == 1 {
		t["budget_warning_threshold"] = b.WarningPercents[0]
	}
	if b.MaxCalls > 0 {
		t["max_calls_per_task"] = b.MaxCalls
	}
	if b.UnboundedInput > 0 {
		t[unboundedKey] = b.UnboundedInput
	}
	putLimit(t, b.Total, "total_budget_limit", "total_cost_limit")
	putLimit(t, b.PerTask, "max_tokens_per_task", "max_cost_per_task")
	putLimit(t, b.PerWorker, "max_tokens_per_worker", "max_cost_per_worker")
	putLimits(t, "models", b.Models)
	putLimits(t, "labels", b.Labels)
	return t
}

func putLimits(t map[string]any, key string, limits map[string]budget.Limit) {
	tables := map[string]any{}
	for name, l := range limits {
		table := map[string]any{}
		putLimit(table, l, "max_tokens", "max_cost")
		tables[name] = table
	}
	if len(tables) > 0 {
		t[key] = tables
	}
}

func putLimit(t map[string]any, l budget.Limit, tokens, cost string) {
	if l.Tokens != nil {
		t[tokens] = *l.Tokens
	}
	if l.Cost != nil {
		t[cost] = dollars(*l.Cost)
	}
}

func (w Worker) table() map[string]any {
	t := map[string]any{"name": w.Name, "provider": w.Provider, "model": w.Model, "concurrency": w.Concurrency}
	if w.Start > 0 {
		t["concurrency"], t["max_concurrency"] = "auto", w.Concurrency
	}
	if w.System != "" {
		t["system"] = w.System
	}
	if w.MaxOutput > 0 {
		t["max_output_tokens"] = w.MaxOutput
	}
	if w.MinOutput > 0 {
		t["min_output_tokens"] = w.MinOutput
	}
	if w.Temperature != nil {
		t["temperature"] = *w.Temperature
	}
	if w.Command != nil {
		w.Command.put(t)
	}
	return t
}

func (p Provider) table() map[string]any {
	t := map[string]any{"kind": string(p.Kind)}
	if p.Kind == KindSim {
		s := p.Sim
		t["seed"], t["latency"], t["jitter"] = s.Seed, s.Latency.String(), s.Jitter.String()
		t["min_output_tokens"], t["max_output_tokens"] = s.MinOutput, s.MaxOutput
		t["error_rate"], t["rate_limit_rate"] = s.ErrorRate, s.RateLimitRate
	} else {
		t["timeout"] = p.Timeout.String()
		if !p.Stream {
			t["stream"] = false
		}
		if p.KeyCommand != nil {
			t["api_key_command"] = p.KeyCommand
		} else {
			t["api_key_env"] = p.APIKeyEnv
		}
		if p.BaseURL != "" {
			t["base_url"] = p.BaseURL
		}
		if p.APIVersion != "" {
			t["api_version"] = p.APIVersion
		}
		if p.ServiceTier != "" {
			t["service_tier"] = p.ServiceTier
		}
		putCaps(t, p.Caps)
	}
	if p.RequestsPerMinute > 0 {
		t["requests_per_minute"] = p.RequestsPerMinute
	}
	if p.TokensPerMinute > 0 {
		t["tokens_per_minute"] = p.TokensPerMinute
	}
	putAllowance(t, p.UnboundedInput)
	putTools(t, p.Tools)
	putModels(t, p.Models)
	return t
}

func (r Run) table() map[string]any {
	worth := make(map[string]any)
	for word, priority := range worker.Priorities {
		worth[word] = worker.Worth(worker.Task{Priority: priority}, r.Worth)
	}
	t := map[string]any{"store_outputs": r.StoreOutputs, "patience": r.Patience.String(), "policy": r.Policy, "output_cap": r.OutputCap, "on_deferred": r.OnDeferred, "schema_repairs": r.SchemaRepairs, "worth": worth}
	if r.MaxRunTime > 0 {
		t["max_run_time"] = r.MaxRunTime.String()
	}
	return t
}
