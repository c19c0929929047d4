package config

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// Priced reports whether calls of a model have a price: its own, or its family's, or a bundled one.
func (c *Config) Priced(model string) bool {
	_, ok := c.Price(model)
	return ok
}

// readPrices reads a price for each model, and whether there are bundled ones for the others.
func readPrices(root *document.Table) (prices budget.Prices, bundled bool) {
	const table, key = "prices", "bundled"
	all := root.Table(table)
	if _, isModel := all.Values[key].(map[string]any); !isModel {
		bundled = all.Bool(key, false)
		delete(all.Values, key) // what is left are models
	}
	prices = budget.Prices{}
	for _, t := range root.Tables(table) {
		prices[t.Name()] = readPrice(t)
	}
	return prices, bundled
}

// readPrice reads dollars per million tokens, the factors of service tiers and regions, and the prices of long contexts.
func readPrice(t *document.Table) budget.Price {
	p := readBuckets(t)
	p.Services, p.Regions = readFactors(t, "service_tiers"), readFactors(t, "regions")
	for _, c := range t.Elements("context") {
		above := c.Tokens("above")
		if above == nil {
			c.Mistake("above", "missing", `the input from which these prices are those of the whole request: above = "200k"`)
			continue
		}
		if n := len(p.Contexts); n > 0 && *above <= p.Contexts[n-1].Above {
			c.Mistake("above", fmt.Sprintf("%d is not more than that of the price before it, %d", *above, p.Contexts[n-1].Above), "")
		}
		p.Contexts = append(p.Contexts, budget.ContextPrice{Above: *above, Price: readBuckets(c)})
		c.Done()
	}
	t.Done()
	return p
}

func readBuckets(t *document.Table) budget.Price {
	const missing = `dollars per million tokens: %s = "2.50"`
	price := func(key string, fallback budget.NanoUSD) budget.NanoUSD {
		c := t.USD(key)
		switch {
		case c == nil:
			return fallback
		case *c > budget.MaxAttemptCost:
			t.Mistake(key, fmt.Sprintf("%v for a million tokens is more than %v", *c, budget.MaxAttemptCost), "")
			return fallback
		}
		return *c
	}
	for _, key := range []string{"input", "output"} {
		if !t.Has(key) {
			t.Mistake(key, "missing", fmt.Sprintf(missing, key))
		}
	}
	input, output := price("input", 0), price("output", 0)
	return budget.Price{
		Input: input, Output: output,
		CacheRead:    price("cache_read", input),
		CacheWrite5m: price("cache_write_5m", input),
		CacheWrite1h: price("cache_write_1h", input),
		AudioInput:   price("audio_input", input),
		AudioOutput:  price("audio_output", output),
	}
}

// readFactors reads what each word multiplies the price by: "0.5", "1.1", "1/2", or a whole number.
func readFactors(t *document.Table, key string) map[string]budget.Ratio {
	if !t.Has(key) {
		t.Allow(key)
		return nil
	}
	factors := t.Table(key)
	out := make(map[string]budget.Ratio, len(factors.Values))
	for _, word := range slices.Sorted(maps.Keys(factors.Values)) {
		v, _ := factors.Take(word)
		r, ok := ratio(v)
		if !ok {
			factors.Mistake(word, fmt.Sprintf("expected a factor of the price, a ratio of whole numbers up to %d", budget.MaxRatio), `write "0.5", "2.5" or "11/10"`)
			continue
		}
		out[strings.ToLower(word)] = r
	}
	return out
}

// ratio reads a factor exactly: a TOML float would have lost it already.
func ratio(v any) (r budget.Ratio, ok bool) {
	var exact *big.Rat
	switch v := v.(type) {
	case int64:
		exact, ok = new(big.Rat).SetInt64(v), true
	case string:
		const longest = 20 // so that no exponent makes the number a long one
		if len(v) > longest || strings.ContainsAny(v, "eEpPxX") {
			return r, false
		}
		exact, ok = new(big.Rat).SetString(v)
	}
	if !ok || exact.Sign() < 0 || !exact.Num().IsInt64() || !exact.Denom().IsInt64() {
		return r, false
	}
	r = budget.Ratio{Num: exact.Num().Int64(), Den: exact.Denom().Int64()}
	return r, r.Num <= budget.MaxRatio && r.Den <= budget.MaxRatio
}

// tablePrice is a price in the words of its file.
func tablePrice(p budget.Price) map[string]any {
	t := map[string]any{
		"input": dollars(p.Input), "output": dollars(p.Output), "cache_read": dollars(p.CacheRead),
		"cache_write_5m": dollars(p.CacheWrite5m), "cache_write_1h": dollars(p.CacheWrite1h),
		"audio_input": dollars(p.AudioInput), "audio_output": dollars(p.AudioOutput),
	}
	for key, factors := range map[string]map[string]budget.Ratio{"service_tiers": p.Services, "regions": p.Regions} {
		words := make(map[string]any, len(factors))
		for word, r := range factors {
			words[word] = r.String()
		}
		if len(words) > 0 {
			t[key] = words
		}
	}
	var contexts []map[string]any
	for _, c := range p.Contexts {
		context := tablePrice(c.Price)
		context["above"] = c.Above
		contexts = append(contexts, context)
	}
	if contexts != nil {
		t["context"] = contexts
	}
	return t
}
