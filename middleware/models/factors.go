package models

import (
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

// factor is what a service tier or a region multiplies the list price of some models by: by name, or else by family.
// It is for every bucket: a discount on input and output that leaves cached input alone is not here (Google's batch and
// flex), nor is what costs more by no fixed part (its priority before Gemini 3.7), nor what is bought beforehand
// (Anthropic's priority tier). A word that is absent has no price that is known.
type factor struct {
	services, region string // services are words for one tier, separated by spaces
	times            budget.Ratio
	models           string // separated by spaces
}

// tierFactors are no part of the generated table: its source has no tiers. From, as of PricesDate:
//
//   - Anthropic, platform.claude.com/docs/en/about-claude/pricing: "Batch processing", "Fast mode pricing",
//     "Data residency pricing".
//   - OpenAI, developers.openai.com/api/docs/pricing, its tables of batch, flex and priority;
//     openai.com/api-priority-processing; its pages of single models; and developers.openai.com/api/docs/guides/fast-mode:
//     priority was renamed to fast, and either word asks for it.
//   - Google, ai.google.dev/gemini-api/docs/pricing, the priority tier of each model.
var tierFactors = []factor{
	{services: "batch", times: half, models: `claude-3-haiku claude-3-5-haiku claude-haiku-4-5 claude-3-sonnet claude-3-5-sonnet
		claude-3-7-sonnet claude-sonnet-4 claude-sonnet-4-5 claude-sonnet-4-6 claude-sonnet-5 claude-3-opus claude-opus-4
		claude-opus-4-1 claude-opus-4-5 claude-opus-4-6 claude-opus-4-7 claude-opus-4-8 claude-opus-5 claude-opus-5-5
		claude-fable-5 claude-fable-5-1`},
	{services: "fast", times: budget.Ratio{Num: 6, Den: 1}, models: `claude-opus-4-6 claude-opus-4-7`},
	{services: "fast", times: double, models: `claude-opus-4-8 claude-opus-5 claude-opus-5-5`},
	{region: "us", times: budget.Ratio{Num: 11, Den: 10}, models: `claude-sonnet-4-6 claude-sonnet-5 claude-opus-4-6
		claude-opus-4-7 claude-opus-4-8 claude-opus-5 claude-opus-5-5 claude-fable-5 claude-fable-5-1`},

	{services: "batch", times: half, models: `gpt-5 gpt-5-mini gpt-5-nano gpt-5.1 gpt-5.2 gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.5
		gpt-5.6 gpt-5.6-sol gpt-5.6-luna gpt-5.6-terra gpt-6-sol gpt-6-luna gpt-6-astra`},
	{services: "flex", times: half, models: `gpt-5 gpt-5-mini gpt-5-nano gpt-5.1 gpt-5.2 gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.5
		gpt-5.6 gpt-5.6-sol gpt-5.6-luna gpt-5.6-terra gpt-6-sol gpt-6-luna gpt-6-astra o3 o4-mini`},
	{services: "priority fast", times: double, models: `gpt-5 gpt-5-codex gpt-5.1 gpt-5.1-codex gpt-5.2 gpt-5.4 gpt-5.4-mini gpt-4.1-nano
		gpt-5.6 gpt-5.6-sol gpt-5.6-luna gpt-5.6-terra gpt-6-sol gpt-6-luna gpt-6-astra`},
	{services: "priority fast", times: budget.Ratio{Num: 5, Den: 2}, models: `gpt-5.5`},
	{services: "priority fast", times: budget.Ratio{Num: 9, Den: 5}, models: `gpt-5-mini`},
	{services: "priority fast", times: budget.Ratio{Num: 7, Den: 4}, models: `gpt-4.1 gpt-4.1-mini o3 gpt-4o-2024-05-13`},
	{services: "priority fast", times: budget.Ratio{Num: 17, Den: 10}, models: `gpt-4o`},
	{services: "priority fast", times: budget.Ratio{Num: 5, Den: 3}, models: `gpt-4o-mini`},
	{services: "priority fast", times: budget.Ratio{Num: 20, Den: 11}, models: `o4-mini`},

	{services: "priority", times: budget.Ratio{Num: 9, Den: 5}, models: `gemini-3.7-flash gemini-3.8-flash`},
}

var (
	half   = budget.Ratio{Num: 1, Den: 2}
	double = budget.Ratio{Num: 2, Den: 1}
)

// factorsByModel gives a price that has them its tiers.
func factorsByModel() map[string]budget.Price {
	by := make(map[string]budget.Price)
	for _, f := range tierFactors {
		for name := range strings.FieldsSeq(f.models) {
			p := by[name]
			for service := range strings.FieldsSeq(f.services) {
				p.Services = with(p.Services, service, f.times)
			}
			if f.region != "" {
				p.Regions = with(p.Regions, f.region, f.times)
			}
			by[name] = p
		}
	}
	return by
}

func with(factors map[string]budget.Ratio, word string, times budget.Ratio) map[string]budget.Ratio {
	if factors == nil {
		factors = make(map[string]budget.Ratio)
	}
	factors[word] = times
	return factors
}
