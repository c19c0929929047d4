package models

import (
	"maps"

	"github.com/orchestrate-go/orchestrate/budget"
)

//go:generate go run ./internal/genprices -version 0.1.8 -date 2026-09-23

// PricesVersion names what [ListPrices] returns: other prices have another version.
const PricesVersion = PricesDate + " " + pricesDigest

// pricesDigest changes with the listings and the factors; a test tells what it has to be.
const pricesDigest = "1f7ffa25"

// ListPrices returns what vendors charge for their own models by their public price lists of [PricesDate]: by family, and
// by model where that has another price than its family. [budget.Config] with [Family] finds every snapshot and prefix
// in it. What is in it is exact: a model whose price depends on the hour or on more than its tokens is not there, nor
// are open models and clouds, where each host has a price of its own. Of a rise that a list announces, the dearer price
// is taken at once. A model that is absent has no price that is known; it is not free.
//
// It is made on first use, for all callers: neither the map nor a price in it may be changed.
func ListPrices() budget.Prices { return lists().prices }

// WithListPrices returns own and, for models that have no price there by their name or their family, the list prices. The
// map is the caller's own, the prices in it are not.
func WithListPrices(own budget.Prices) budget.Prices {
	list := lists()
	all := make(budget.Prices, len(own)+len(list.prices))
	maps.Copy(all, own)
	for name, price := range list.prices {
		_, itself := own[name]
		_, familys := own[list.families[name]]
		if !itself && !familys {
			all[name] = price
		}
	}
	return all
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
