package orchestrator

import (
	"fmt"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// readConfigTables reads what each table says on its own; [checkConfig] then looks across them.
func readConfigTables(root *table) *Config {
	c := &Config{Budget: readBudget(root.table("budget"))}
	for _, t := range root.elements("workers") {
		c.Workers = append(c.Workers, readWorker(t, c.Budget.DefaultMaxOutput))
	}
	c.Providers = map[string]ProviderConfig{}
	for _, t := range root.named("providers") {
		p := readProvider(t)
		c.Providers[p.Name] = p
	}
	c.Prices, c.BundledPrices = readPrices(root.table("prices"))
	c.Retry = readRetry(root.table("retry"))

	log := root.table("log")
	c.Log = LogConfig{
		Level:   choice(log, "level", LogInfo, LogDebug, LogWarn, LogError),
		Format:  choice(log, "format", LogText, LogJSON),
		Prompts: log.boolean("prompts", false),
	}
	log.done()

	c.Run = readRun(root.table("run"))

	root.done()
	return c
}

func readBudget(t *table) BudgetConfig {
	b := BudgetConfig{
		Total:            t.limit("total_budget_limit", "total_cost_limit"),
		PerTask:          t.limit("max_tokens_per_task", "max_cost_per_task"),
		PerWorker:        t.limit("max_tokens_per_worker", "max_cost_per_worker"),
		WarningPercent:   t.percent("budget_warning_threshold", 80),
		Mode:             choice(t, "budget_enforcement_mode", budget.Strict, budget.Soft),
		Period:           choice(t, "period", PeriodManual, PeriodRun, PeriodDay, PeriodWeek, PeriodMonth),
		TimeZone:         readTimeZone(t),
		OnFull:           choice(t, "on_full", budget.Wait, budget.Refuse),
		DefaultMaxOutput: t.outputCap("default_max_output_tokens", 1024),
		Recover:          choice(t, "recover", budget.Charge, budget.ReturnHold),
		Models:           map[string]budget.Limit{},
	}
	if n := t.tokens("unbounded_input_allowance"); n != nil {
		b.UnboundedInput = *n
	}
	for _, m := range t.named("models") {
		limit := m.limit("max_tokens", "max_cost")
		if len(m.keys) == 0 {
			m.mistake("", "limits nothing", "give it max_tokens or max_cost")
		}
		m.done()
		b.Models[m.lastName()] = limit
	}
	t.done()
	return b
}

func (t *table) limit(tokensKey, costKey string) budget.Limit {
	return budget.Limit{Tokens: t.tokens(tokensKey), Cost: t.usd(costKey)}
}

// positive is a number of tokens above zero.
func (t *table) positive(key string, fallback int64) int64 {
	n := t.tokens(key)
	switch {
	case n == nil:
		return fallback
	case *n == 0:
		t.mistake(key, "expected at least 1, got 0", "")
		return fallback
	}
	return *n
}

// outputCap is an output cap in tokens, above zero.
func (t *table) outputCap(key string, fallback int64) int64 {
	n := t.positive(key, fallback)
	if n > budget.MaxOutput {
		t.mistake(key, fmt.Sprintf("%d is more than the most that a call may ask for, %d tokens", n, budget.MaxOutput), "")
		return fallback
	}
	return n
}

func readTimeZone(t *table) *time.Location {
	name := t.text("time_zone")
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.mistake("time_zone", fmt.Sprintf("%s is not a known time zone", quote(name)), `write an IANA name like "Europe/Berlin"`)
		return time.UTC
	}
	return zone
}

func readWorker(t *table, defaultOutput int64) WorkerConfig {
	w := WorkerConfig{
		Name:        t.required("name", `every worker has a name: name = "writer"`),
		Provider:    t.required("provider", "name one of [providers]"),
		Model:       t.required("model", `name the model to ask: model = "gpt-4o-mini"`),
		Concurrency: int(t.integer("concurrency", 4, 1, 10_000)),
		System:      t.text("system"),
		MaxOutput:   t.outputCap("max_output_tokens", defaultOutput),
		Temperature: t.number("temperature", 0, 2),
	}
	if n := t.tokens("min_output_tokens"); n != nil {
		w.MinOutput = *n
	}
	if w.MinOutput > w.MaxOutput {
		t.mistake("min_output_tokens", fmt.Sprintf("%d is more than max_output_tokens, %d", w.MinOutput, w.MaxOutput), "")
	}
	if bad := badName(w.Name); w.Name != "" && bad != "" {
		t.mistake("name", quote(w.Name)+" "+bad, "")
	}
	t.done()
	return w
}

func readRetry(t *table) RetryConfig {
	r := RetryConfig{
		Attempts: int(t.integer("attempts", 3, 1, 100)),
		Initial:  t.duration("initial", 500*time.Millisecond, 0),
		Max:      t.duration("max", 30*time.Second, 0),
	}
	if r.Initial > r.Max {
		t.mistake("initial", fmt.Sprintf("%v is longer than max, %v", r.Initial, r.Max), "")
	}
	t.done()
	return r
}

func readRun(t *table) RunConfig {
	r := RunConfig{
		StoreOutputs: t.boolean("store_outputs", true),
		Patience:     t.duration("patience", 10*time.Minute, 0),
	}
	t.done()
	return r
}
