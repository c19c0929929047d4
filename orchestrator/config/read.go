package config

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// readTables reads what each table says on its own; [check] then looks across them.
func readTables(root *document.Table) *Config {
	c := &Config{Budget: readBudget(root.Table("budget"))}
	c.Providers = map[string]Provider{}
	for _, t := range root.Tables("providers") {
		p := readProvider(t)
		c.Providers[p.Name] = p
	}
	for _, t := range root.Elements("workers") {
		c.Workers = append(c.Workers, c.readWorker(t))
	}
	c.Prices, c.BundledPrices = readPrices(root)
	c.Retry = readRetry(root.Table("retry"))

	log := root.Table("log")
	c.Log = Log{
		Level:   document.Choice(log, "level", LogInfo, LogDebug, LogWarn, LogError),
		Format:  document.Choice(log, "format", LogText, LogJSON),
		Prompts: log.Bool("prompts", false),
	}
	log.Done()

	c.Run = readRun(root.Table("run"))
	c.Serve = readServe(root.Table("serve"))
	c.Template = readTemplate(root.Table("template"))
	for _, t := range root.Elements("alerts") {
		c.Alerts = append(c.Alerts, readAlert(t))
	}

	root.Done()
	return c
}

func readBudget(t *document.Table) Budget {
	b := Budget{
		Total:            t.Limit("total_budget_limit", "total_cost_limit"),
		PerTask:          t.Limit("max_tokens_per_task", "max_cost_per_task"),
		PerWorker:        t.Limit("max_tokens_per_worker", "max_cost_per_worker"),
		WarningPercents:  t.Percents("budget_warning_threshold", 80),
		Mode:             document.Choice(t, "budget_enforcement_mode", budget.Strict, budget.Soft),
		Period:           document.Choice(t, "period", PeriodManual, PeriodRun, PeriodDay, PeriodWeek, PeriodMonth),
		TimeZone:         readTimeZone(t),
		OnFull:           document.Choice(t, "on_full", budget.Wait, budget.Refuse),
		DefaultMaxOutput: t.OutputCap("default_max_output_tokens", 1024),
		Recover:          document.Choice(t, "recover", ChargeHolds, ReturnHolds),
	}
	b.BurnWarning = t.Duration("burn_warning", 0, leastBurn)
	b.MaxCalls = int(t.Integer("max_calls_per_task", 0, 0, 1_000_000))
	if n := t.Tokens(unboundedKey); n != nil {
		b.UnboundedInput = *n
	}
	b.Models, b.Labels = readLimits(t.Tables("models")), readLimits(t.Tables("labels"))
	for _, label := range slices.Sorted(maps.Keys(b.Labels)) {
		if bad := document.BadLabel(label); bad != "" {
			t.Table("labels").Mistake(label, document.Quote(label)+" "+bad, "")
		}
	}
	t.Done()
	return b
}

// readLimits reads limits by name.
func readLimits(tables []*document.Table) map[string]budget.Limit {
	limits := make(map[string]budget.Limit)
	for _, t := range tables {
		limit := t.Limit("max_tokens", "max_cost")
		if len(t.Values) == 0 {
			t.Mistake("", "limits nothing", "give it max_tokens or max_cost")
		}
		t.Done()
		limits[t.Name()] = limit
	}
	return limits
}

func readTimeZone(t *document.Table) *time.Location {
	name := t.Text("time_zone")
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Mistake("time_zone", fmt.Sprintf("%s is not a known time zone", document.Quote(name)), `write an IANA name like "Europe/Berlin"`)
		return time.UTC
	}
	return zone
}

func (c *Config) readWorker(t *document.Table) Worker {
	w := Worker{
		Name:        t.Required("name", `every worker has a name: name = "writer"`),
		Provider:    t.Required("provider", "name one of [providers]"),
		Model:       t.Required("model", `name the model to ask: model = "gpt-4o-mini"`),
		System:      t.Text("system"),
		Temperature: t.Number("temperature", 0, 2),
		Command:     readCommand(t),
	}
	w.Concurrency, w.Start = readConcurrency(t, w.defaultConcurrency())
	w.MaxOutput = t.OutputCap("max_output_tokens", c.defaultOutput(w))
	if n := t.Tokens("min_output_tokens"); n != nil {
		w.MinOutput = *n
	}
	if w.MinOutput > w.MaxOutput {
		t.Mistake("min_output_tokens", fmt.Sprintf("%d is more than max_output_tokens, %d", w.MinOutput, w.MaxOutput), "")
	}
	if bad := document.BadName(w.Name); w.Name != "" && bad != "" {
		t.Mistake("name", document.Quote(w.Name)+" "+bad, "")
	}
	t.Done()
	return w
}

func readRetry(t *document.Table) Retry {
	r := Retry{
		Attempts: int(t.Integer("attempts", 3, 1, 100)),
		Initial:  t.Duration("initial", 500*time.Millisecond, 0),
		Max:      t.Duration("max", 30*time.Second, 0),
	}
	if r.Initial > r.Max {
		t.Mistake("initial", fmt.Sprintf("%v is longer than max, %v", r.Initial, r.Max), "")
	}
	t.Done()
	return r
}

func readRun(t *document.Table) Run {
	r := Run{
		StoreOutputs: t.Bool("store_outputs", true),
		Patience:     t.Duration("patience", 30*time.Minute, 0),
		OnDeferred:   document.Choice(t, "on_deferred", "end", "wait"),
		MaxRunTime:   t.Duration("max_run_time", 0, 0),

		SchemaRepairs: int(t.Integer("schema_repairs", 1, 0, 5)),
		Policy:        document.Choice(t, "policy", "value", "priority", "fifo"),
		OutputCap:     document.Choice(t, "output_cap", "declared", "history"),
	}
	if of := t.Table("worth"); of != nil {
		for word, priority := range worker.Priorities {
			if worth := of.Number(word, 0, 1e9); worth != nil {
				if r.Worth == nil {
					r.Worth = make(map[int]float64)
				}
				r.Worth[priority] = *worth
			}
		}
		of.Done()
	}
	t.Done()
	return r
}
