package models

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/orchestrate-go/orchestrate/budget"
)

//go:generate go run ./internal/genprices -version 0.1.8 -date 2026-09-23

// ListPrices returns what vendors charge for their own models by their public price lists of [PricesDate], by model
// and by family; [budget.Config] with [Family] finds every snapshot and prefix in it. What is in it is exact: a model
// whose price depends on the hour or on more than its tokens is not there, nor are open models and clouds, where each
// host has a price of its own. Of a rise that a list announces, the dearer price is taken at once. A model that is
// absent has no price that is known; it is not free.
//
// It is made on first use, for all callers: neither the map nor a price in it may be changed.
func ListPrices() budget.Prices { return lists().prices }

// listing is a price with the names that have it, which are separated by spaces and in lower case.
type listing struct {
	vendor, names string
	window        int64 // of the context, in tokens; 0 is not known
	rates         rates
	longer        []longer // by rising above
}

// longer are the rates of a whole request with more input than above, in tokens.
type longer struct {
	above int64
	rates rates
}

// rates are nano-USD per million tokens. What is zero costs as much as input, or as output; an hour in the cache as much
// as five minutes.
type rates struct {
	input, cacheRead, cacheWrite, cacheHour, output, audioInput, audioOutput budget.NanoUSD
}

func (r rates) price() budget.Price {
	p := budget.FlatPrice(r.input, r.output)
	set := func(price *budget.NanoUSD, rate budget.NanoUSD) {
		if rate != 0 {
			*price = rate
		}
	}
	set(&p.CacheRead, r.cacheRead)
	set(&p.CacheWrite5m, r.cacheWrite)
	set(&p.CacheWrite1h, r.cacheWrite)
	set(&p.CacheWrite1h, r.cacheHour)
	set(&p.AudioInput, r.audioInput)
	set(&p.AudioOutput, r.audioOutput)
	return p
}

// catalog is what the listings come to: by the names that are listed, by families, and by labelled snapshots.
type catalog struct {
	prices  budget.Prices
	windows map[string]int64 // of names and families; the least of a family's
	listed  map[string]origin
}

// origin is whose a name is, and its family.
type origin struct{ vendor, family string }

var lists = sync.OnceValue(func() *catalog {
	c := &catalog{make(budget.Prices), make(map[string]int64), make(map[string]origin)}
	tiers := factorsByModel()
	for _, l := range listings() {
		price := l.rates.price()
		for _, at := range l.longer {
			price.Contexts = append(price.Contexts, budget.ContextPrice{Above: at.above, Price: at.rates.price()})
		}
		for name := range strings.FieldsSeq(l.names) {
			family := familyOf(name)
			at, own := tiers[name]
			if !own {
				at = tiers[family]
			}
			price.Services, price.Regions = at.Services, at.Regions
			c.prices[name], c.listed[name] = price, origin{l.vendor, family}
			c.addWindow(name, l.window)
			c.addWindow(family, l.window)
		}
	}
	c.addFamilies()
	c.addLabelled()
	return c
})

func (c *catalog) addWindow(name string, window int64) {
	if was := c.windows[name]; window != 0 && (was == 0 || window < was) {
		c.windows[name] = window
	}
}

// addFamilies gives each family that is not listed itself the price of its snapshots, if they have one price, so that
// those which are not listed have it too.
func (c *catalog) addFamilies() {
	snapshots := make(map[string][]string)
	for name, of := range c.listed {
		if _, own := c.listed[of.family]; !own {
			snapshots[of.family] = append(snapshots[of.family], name)
		}
	}
	for family, names := range snapshots {
		if !slices.ContainsFunc(names, func(name string) bool { return c.differ(name, names[0]) }) {
			c.prices[family] = c.prices[names[0]]
		}
	}
}

// addLabelled lists the snapshots that have not their family's price under their vendor's labels as well.
func (c *catalog) addLabelled() {
	for name, of := range c.listed {
		if !c.differ(name, of.family) {
			continue
		}
		for _, label := range labels[of.vendor] {
			c.prices[label+name] = c.prices[name]
		}
	}
}

// differ reports whether two names have not the same price.
func (c *catalog) differ(name, other string) bool {
	return !reflect.DeepEqual(c.prices[name], c.prices[other])
}

// labels are what gateways put before a vendor's models.
var labels = map[string][]string{
	"anthropic": {"anthropic/"}, "google": {"google/", "gemini/", "models/"}, "mistral": {"mistral/", "mistralai/"},
	"openai": {"openai/", "openai:", "azure/"}, "x-ai": {"x-ai/", "xai/"},
}
