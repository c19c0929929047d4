package models_test

import (
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/models"
)

// Prices as their vendors publish them, in dollars per million tokens: input, cache read, output.
// developers.openai.com/api/docs/pricing, platform.claude.com/docs/en/about-claude/pricing,
// ai.google.dev/gemini-api/docs/pricing, docs.x.ai/developers/pricing, mistral.ai/pricing, cohere.com/pricing.
const public = `
gpt-4o 2.50 1.25 10
gpt-4o-mini 0.15 0.075 0.60
gpt-4.1 2 0.50 8
gpt-5 1.25 0.125 10
gpt-5.4 2.50 0.25 15
o3 2 0.50 8
o4-mini 1.10 0.275 4.40
claude-haiku-4-5 1 0.10 5
claude-sonnet-4-5 3 0.30 15
claude-opus-4-6 5 0.50 25
claude-opus-5-5 4 0.20 20
claude-fable-5-1 10 0.25 50
gemini-2.5-pro 1.25 0.125 10
gemini-2.5-flash 0.30 0.03 2.50
grok-4 3 0.75 15
mistral-large-2512 0.50 0.05 1.50
command-a 2.50 2.50 10
`

func TestPublicPrices(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(public)) {
		f := strings.Fields(line)
		p, ok := models.Of(f[0]).Price()
		if !ok {
			t.Errorf("%s has no price", f[0])
			continue
		}
		for i, got := range []budget.NanoUSD{p.Input, p.CacheRead, p.Output} {
			if want := usd(t, f[i+1]); got != want {
				t.Errorf("%s: %v, want %v", f[0], got, want)
			}
		}
	}
}

// What attempts cost, with caches, audio, long contexts and tiers, as the same pages have it.
func TestPublicPricesOfAttempts(t *testing.T) {
	const mega = 1_000_000
	for _, tc := range []struct {
		model string
		usage budget.Usage
		tier  budget.Tier
		want  string
	}{
		{model: "claude-sonnet-4-6", usage: budget.Usage{CacheWrite5m: mega}, want: "3.75"},
		{model: "claude-sonnet-4-6", usage: budget.Usage{CacheWrite1h: mega}, want: "6"},
		{model: "claude-sonnet-4-5", usage: budget.Usage{Input: 200_000, Output: 100_000}, want: "2.10"},
		{model: "claude-sonnet-4-5", usage: budget.Usage{Input: 300_000, Output: 100_000}, want: "4.05"}, // above 200k: $6 and $22.50
		{model: "gpt-5.4", usage: budget.Usage{Input: 271_999}, want: "0.6799975"},
		{model: "gpt-5.4", usage: budget.Usage{Input: 272_000}, want: "1.36"}, // $5
		{model: "gemini-2.5-pro", usage: budget.Usage{Input: 200_001}, want: "0.5000025"},
		{model: "gemini-2.5-flash", usage: budget.Usage{AudioInput: mega}, want: "1"},
		{model: "gpt-audio", usage: budget.Usage{AudioInput: mega, AudioOutput: mega}, want: "96"},
		{model: "claude-opus-4-6", usage: budget.Usage{Input: mega, Output: mega}, tier: budget.Tier{Service: "fast"}, want: "180"},
		{model: "claude-opus-5", usage: budget.Usage{Input: mega}, tier: budget.Tier{Service: "fast", Region: "us"}, want: "11"},
		{model: "claude-haiku-4-5", usage: budget.Usage{Output: mega}, tier: budget.Tier{Service: "batch"}, want: "2.50"},
		{model: "gpt-5", usage: budget.Usage{CacheRead: mega}, tier: budget.Tier{Service: "flex"}, want: "0.0625"},
		{model: "gpt-5.5", usage: budget.Usage{Input: mega / 10, Output: mega}, tier: budget.Tier{Service: "priority"}, want: "76.25"},
		{model: "gpt-5.6-sol", usage: budget.Usage{CacheWrite5m: mega, Output: mega}, tier: budget.Tier{Service: "fast"}, want: "80"}, // $10 and $30 above 272k, twice
		{model: "gpt-5.6-sol", usage: budget.Usage{CacheRead: 100_000}, tier: budget.Tier{Service: "flex"}, want: "0.02"},
		{model: "gpt-5-mini", usage: budget.Usage{Output: mega}, tier: budget.Tier{Service: "priority"}, want: "3.60"},
		{model: "gpt-4.1-2025-04-14", usage: budget.Usage{CacheRead: mega}, tier: budget.Tier{Service: "priority"}, want: "0.875"},
		{model: "gpt-4o-2024-05-13", usage: budget.Usage{Input: mega}, tier: budget.Tier{Service: "priority"}, want: "8.75"},
	} {
		p, ok := models.Of(tc.model).Price()
		cost, known := p.CostAt(&tc.usage, tc.tier)
		if want := usd(t, tc.want); !ok || !known || cost != want {
			t.Errorf("%s: %+v at %q is %v (%v, %v), want %v", tc.model, tc.usage, tc.tier, cost, ok, known, want)
		}
	}
}

func TestTiersWithoutAKnownPrice(t *testing.T) {
	for model, tier := range map[string]budget.Tier{
		"claude-haiku-4-5":  {Service: "fast"},
		"claude-sonnet-4-5": {Region: "us"},
		"claude-opus-5":     {Service: "priority"}, // bought beforehand
		"gpt-5-nano":        {Service: "priority"},
		"gpt-4o":            {Service: "flex"},
		"gemini-2.5-flash":  {Service: "batch"}, // cached input is not discounted as the rest is
	} {
		p, ok := models.Of(model).Price()
		if _, known := p.CostAt(&budget.Usage{}, tier); !ok || known {
			t.Errorf("%s at %q: %v, %v", model, tier, ok, known)
		}
	}
}

// Who has which price: input and output in dollars, or none.
const lookups = `
gpt-4o 2.50 10
GPT-4o 2.50 10
gpt-4o-2024-08-06 2.50 10
gpt-4o-2099-01-01 2.50 10
openai/gpt-4o-2024-11-20 2.50 10
azure/gpt-4o 2.50 10
gpt-4o-2024-05-13 5 15
openai/gpt-4o-2024-05-13 5 15
gpt-35-turbo 0.50 1.50
gpt-3.5-turbo-0613 1.50 2
openai:gpt-3.5-turbo-0613 1.50 2
gpt-4-0125-preview 10 30
gpt-5-1-2025-11-13 1.25 10
databricks-gpt-5-1 1.25 10
us.anthropic.claude-sonnet-4-5-20250929-v1:0 3 15
anthropic/claude-opus-4.5 5 25
claude-opus-4-20250514 15 75
claude-3-5-haiku-latest 0.80 4
claude-sonnet-4-5[1m] 3 15
models/gemini-2.5-pro 1.25 10
gemini-3.1-flash-lite-preview-06-17 0.25 1.50
gemini-3.8-flash 1.50 7.50
mistral-small-2603 0.15 0.60
mistralai/mistral-small-2603 0.15 0.60
x-ai/grok-4-0709 3 15
zai.glm-5.2 1.40 4.40
gpt-4o:free none
gpt-4o:online none
gpt-4o-audio-preview none
gpt-4o-search-preview none
o3-deep-research none
ft:gpt-4o-2024-08-06:acme::1 none
gpt-4o-turbo none
claude-opus-4-9 none
claude-haiku none
gemini-2.5-flash-image none
mistral-small none
mistral-small-2409 none
text-embedding-3-small none
gpt-oss-120b none
llama-3.1-8b-instruct none
deepseek-chat none
sonar none
sim none
`

func TestWhoHasAPrice(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(lookups)) {
		f := strings.Fields(line)
		switch p, ok := models.Of(f[0]).Price(); {
		case f[1] == "none":
			if ok {
				t.Errorf("%s costs %v and %v, want no price", f[0], p.Input, p.Output)
			}
		case !ok || p.Input != usd(t, f[1]) || p.Output != usd(t, f[2]):
			t.Errorf("%s: %v and %v (%v), want %s and %s", f[0], p.Input, p.Output, ok, f[1], f[2])
		}
	}
	if _, ok := models.Of("").Price(); ok {
		t.Error("no name has a price")
	}
}

// A manager takes every price, and none is out of proportion.
func TestListPricesAreSane(t *testing.T) {
	list := models.ListPrices()
	if _, err := budget.Open(t.Context(), budget.Config{Prices: list, Family: models.Family}); err != nil {
		t.Fatal(err)
	}
	for name, p := range list {
		sane(t, name, p)
		for _, c := range p.Contexts {
			sane(t, name, c.Price)
			if c.Price.Input < p.Input || c.Price.Output < p.Output || c.Above < 100_000 {
				t.Errorf("%s: above %d tokens it is cheaper", name, c.Above)
			}
		}
	}
	if len(list) < 150 {
		t.Errorf("only %d prices", len(list))
	}
}

func sane(t *testing.T, name string, p budget.Price) {
	t.Helper()
	switch {
	case p.Input <= 0, p.CacheRead <= 0, p.Output > 1000*budget.USD,
		p.Output < p.Input, p.CacheRead > p.Input, p.CacheWrite5m < p.Input, p.CacheWrite1h < p.CacheWrite5m,
		p.AudioInput < p.Input, p.AudioOutput < p.Output:
		t.Errorf("%s: %+v", name, p)
	}
}

func usd(t *testing.T, text string) budget.NanoUSD {
	t.Helper()
	n, err := budget.ParseUSD(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
