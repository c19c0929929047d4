package models

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/orchestrate-go/orchestrate/budget"
)

// catalog is what the listings come to.
type catalog struct {
	prices   budget.Prices     // by family, and by name where that has another price
	families map[string]string // of the names in prices
	windows  map[string]int64  // by name and family; the least of a family's
}

// listed is a name that has a price.
type listed struct {
	vendor, family string
	price          budget.Price
}

var lists = sync.OnceValue(func() *catalog {
	c := &catalog{make(budget.Prices), make(map[string]string), make(map[string]int64)}
	names := make(map[string]listed)
	families := make(map[string][]string)
	tiers := factorsByModel()
	for _, l := range listings() {
		price := l.price()
		for name := range strings.FieldsSeq(l.names) {
			family := familyOf(name)
			at, own := tiers[name]
			if !own {
				at = tiers[family]
			}
			price.Services, price.Regions = at.Services, at.Regions
			names[name] = listed{l.vendor, family, price}
			families[family] = append(families[family], name)
			c.addWindow(name, l.window)
			c.addWindow(family, l.window)
		}
	}
	for family, of := range families {
		c.addFamily(family, of, names)
	}
	return c
})

// addFamily lists a family at the price of its own name, or else at that of its snapshots if they have one, so that
// those which are not listed have it too. A snapshot with another price is found under its vendor's labels as well.
func (c *catalog) addFamily(family string, of []string, names map[string]listed) {
	differs := func(name, other string) bool { return !reflect.DeepEqual(names[name].price, names[other].price) }
	one := family
	if _, own := names[family]; !own {
		one = of[0]
		if slices.ContainsFunc(of, func(name string) bool { return differs(name, one) }) {
			one = "" // each has its own
		}
	}
	if one != "" {
		c.prices[family], c.families[family] = names[one].price, family
	}
	for _, name := range of {
		if one != "" && !differs(name, one) {
			continue
		}
		for _, label := range append(labels[names[name].vendor], "") {
			c.prices[label+name], c.families[label+name] = names[name].price, family
		}
	}
}

func (c *catalog) addWindow(name string, window int64) {
	if was := c.windows[name]; window != 0 && (was == 0 || window < was) {
		c.windows[name] = window
	}
}

// labels are what gateways put before a vendor's models.
var labels = map[string][]string{
	"anthropic": {"anthropic/"}, "google": {"google/", "gemini/", "models/"}, "mistral": {"mistral/", "mistralai/"},
	"openai": {"openai/", "openai:", "azure/"}, "x-ai": {"x-ai/", "xai/"},
}

// price is a listing's price, without tiers.
func (l *listing) price() budget.Price {
	price := l.rates.price()
	for _, at := range l.longer {
		price.Contexts = append(price.Contexts, budget.ContextPrice{Above: at.above, Price: at.rates.price()})
	}
	return price
}
