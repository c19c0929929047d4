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
func ListPrices() budget.Prices { return listPrices() }

// ListPrice returns a model's price of [ListPrices]: its own, or else its family's.
func ListPrice(name string) (price budget.Price, ok bool) {
	if price, ok = listPrices()[name]; !ok {
		price, ok = listPrices()[Family(name)]
	}
	return price, ok
}

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

var listPrices = sync.OnceValue(func() budget.Prices {
	list, tiers := make(budget.Prices), factorsByModel()
	listed := make(map[string]name)
	for _, l := range listings() {
		price := l.rates.price()
		for _, c := range l.longer {
			price.Contexts = append(price.Contexts, budget.ContextPrice{Above: c.above, Price: c.rates.price()})
		}
		for model := range strings.FieldsSeq(l.names) {
			n := name{l.vendor, Family(model)}
			at, own := tiers[model]
			if !own {
				at = tiers[n.family]
			}
			price.Services, price.Regions = at.Services, at.Regions
			list[model], listed[model] = price, n
		}
	}
	addFamilies(list, listed)
	return list
})

// name is whose name it is, and its family.
type name struct{ vendor, family string }

// addFamilies gives each family the price of its snapshots, if they have one price, so that those which are not listed
// have it too. A snapshot with a price of its own is found under its vendor's labels as well.
func addFamilies(list budget.Prices, listed map[string]name) {
	snapshots := make(map[string][]string) // by families that are not listed themselves
	for model, n := range listed {
		if _, own := listed[n.family]; !own {
			snapshots[n.family] = append(snapshots[n.family], model)
		}
	}
	differs := func(model, other string) bool { return !reflect.DeepEqual(list[model], list[other]) }
	for family, of := range snapshots {
		if !slices.ContainsFunc(of, func(model string) bool { return differs(model, of[0]) }) {
			list[family] = list[of[0]]
		}
	}
	for model, n := range listed {
		if !differs(model, n.family) {
			continue
		}
		for _, label := range labels[n.vendor] {
			list[label+model] = list[model]
		}
	}
}

// labels are what gateways put before a vendor's models.
var labels = map[string][]string{
	"anthropic": {"anthropic/"}, "google": {"google/", "gemini/", "models/"}, "mistral": {"mistral/", "mistralai/"},
	"openai": {"openai/", "openai:", "azure/"}, "x-ai": {"x-ai/", "xai/"},
}
