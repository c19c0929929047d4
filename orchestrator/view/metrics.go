package view

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Metrics is a moment in Prometheus' text format (version 0.0.4). Scopes are those of the moment: no task is among them, so that
// the number of series is bounded.
func (m Moment) Metrics() []byte {
	var w metrics
	w.begin("orchestrate_budget_limit_tokens", "The most tokens that a scope may spend; absent without a limit.")
	w.scopes(m, func(s Scope) *int64 { return s.Limit })
	w.begin("orchestrate_budget_settled_tokens", "Tokens that were charged.")
	w.scopes(m, func(s Scope) *int64 { return &s.Settled })
	w.begin("orchestrate_budget_held_tokens", "Tokens that are reserved for calls under way.")
	w.scopes(m, func(s Scope) *int64 { return &s.Held })
	w.begin("orchestrate_budget_remaining_tokens", "Limit - settled - held; absent without a limit.")
	w.scopes(m, func(s Scope) *int64 { return s.Remaining })
	w.begin("orchestrate_budget_debt_tokens", "Tokens above the limit, that no grant added.")
	w.scopes(m, func(s Scope) *int64 { return &s.Debt })
	w.begin("orchestrate_budget_limit_usd", "The most money that a scope may spend; absent without a limit.")
	w.money(m, func(s Scope) *budget.NanoUSD { return s.Cost.Limit })
	w.begin("orchestrate_budget_settled_usd", "Money that was charged; absent where no token of it has a price.")
	w.money(m, func(s Scope) *budget.NanoUSD { return s.Cost.Settled })
	w.begin("orchestrate_budget_held_usd", "Money that is reserved for calls under way.")
	w.money(m, func(s Scope) *budget.NanoUSD { return &s.Cost.Held })
	w.begin("orchestrate_budget_remaining_usd", "Limit - settled - held; absent without a limit.")
	w.money(m, func(s Scope) *budget.NanoUSD { return s.Cost.Remaining })
	w.begin("orchestrate_budget_debt_usd", "Money above the limit, that no grant added.")
	w.money(m, func(s Scope) *budget.NanoUSD { return &s.Cost.Debt })

	total := m.total()
	w.begin("orchestrate_assumed_tokens", "Tokens of the period that were charged without the provider's figures.")
	w.line("", strconv.FormatInt(total.Assumed, 10))
	w.begin("orchestrate_unpriced_tokens", "Tokens of the period that have no price.")
	w.line("", strconv.FormatInt(total.Cost.UnpricedTokens, 10))
	w.tally(m.Tally)
	w.tasks(m)
	return []byte(w.String())
}

// metrics writes the text.
type metrics struct {
	strings.Builder
	name string
}

// begin begins a gauge, which stands for a moment.
func (w *metrics) begin(name, help string) { w.kind("gauge", name, help) }

// counter begins one that only grows, since the process began.
func (w *metrics) counter(name, help string) { w.kind("counter", name, help) }

func (w *metrics) kind(kind, name, help string) {
	w.name = name
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// tally is what was written into the books.
func (w *metrics) tally(t project.Tally) {
	w.counter("orchestrate_attempts_total", "Attempts that ended, by model: exact and assumed ones were charged, released ones not.")
	for _, a := range t.Attempts {
		w.line(fmt.Sprintf(`model="%s",outcome="%s"`, labelValue(a.Model), a.End), strconv.FormatInt(a.Count, 10))
	}
	if t.Charged > 0 {
		w.begin("orchestrate_hold_ratio", "Tokens that the attempts which were charged had held, for each that they were charged.")
		w.line("", strconv.FormatFloat(float64(t.Held)/float64(t.Charged), 'f', 3, 64))
	}
	w.counter("orchestrate_assumed_tokens_total", "Tokens that were charged without the provider's figures.")
	w.line("", strconv.FormatInt(t.Assumed, 10))
	w.counter("orchestrate_unpriced_tokens_total", "Tokens that were charged and have no price.")
	w.line("", strconv.FormatInt(t.Unpriced, 10))
	w.kind("summary", "orchestrate_ledger_commit_seconds", "How long writes into the books were waited for.")
	w.name = "orchestrate_ledger_commit_seconds_sum"
	w.line("", strconv.FormatFloat(t.Waited.Seconds(), 'f', 6, 64))
	w.name = "orchestrate_ledger_commit_seconds_count"
	w.line("", strconv.FormatInt(t.Commits, 10))
}

// line is one sample; labels are as they are written, or "".
func (w *metrics) line(labels, value string) {
	if labels != "" {
		labels = "{" + labels + "}"
	}
	fmt.Fprintf(w, "%s%s %s\n", w.name, labels, value)
}

func (w *metrics) scopes(m Moment, of func(Scope) *int64) {
	for _, s := range m.Scopes {
		if n := of(s); n != nil {
			w.line(scopeLabels(s), strconv.FormatInt(*n, 10))
		}
	}
}

// money is in dollars, exactly: nano-dollars have nine places.
func (w *metrics) money(m Moment, of func(Scope) *budget.NanoUSD) {
	for _, s := range m.Scopes {
		if n := of(s); n != nil {
			w.line(scopeLabels(s), strings.Replace(n.String(), "$", "", 1))
		}
	}
}

func scopeLabels(s Scope) string {
	return fmt.Sprintf(`scope_kind="%s",scope="%s"`, s.Scope.Kind, labelValue(s.Scope.Name))
}

// labelValue escapes what the format would read otherwise.
var labelValue = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace

func (w *metrics) tasks(m Moment) {
	if m.Proxy {
		return
	}
	w.begin("orchestrate_tasks", "Tasks of the run by state.")
	state := func(name string, n int) { w.line(fmt.Sprintf("state=%q", name), strconv.Itoa(n)) }
	state(orchestrator.StateWaiting, m.Tasks.Waiting)
	state(orchestrator.StateRunning, m.Tasks.Running)
	for _, o := range slices.Sorted(maps.Keys(m.Tasks.Ended)) {
		state(string(o), m.Tasks.Ended[o])
	}
	w.begin("orchestrate_paused_providers", "Providers, or models of them, that are left alone for a while.")
	w.line("", strconv.Itoa(len(m.Pauses)))
}
