package models

import (
	"cmp"
	"strings"
	"sync"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// Model is what is known of a model by its name. It is immutable and safe for concurrent use; [Of] makes one.
type Model struct {
	original string // the name as it came
	name     string // in lower case, without white space around
	tuned    string // the name of the model that was tuned, where one was; else name
	family   string
	base     string // the family, without a tag, of tuned

	counting func() counting // on first use: tokenizer.For warns of names that it does not know
}

// counting is what a request to a model counts by.
type counting struct {
	counter  *tokenizer.Counter
	overhead *Overhead
	images   ImageRule
}

// Of takes a name as it is met in the wild: with the labels of vendors, clouds and gateways, dated, tuned, in any case.
// It never fails: of an unknown model little is known, and that is said by each method. What a name came to is
// remembered, for some of the last thousand names.
func Of(name string) *Model { return met.model(name) }

// read takes a name apart. All that is known of a model goes by what it finds.
//
//	original  "ft:GPT-4o-2024-08-06:acme::1"    "OpenAI/gpt-4o:online"
//	name      "ft:gpt-4o-2024-08-06:acme::1"    "openai/gpt-4o:online"
//	tuned     "gpt-4o-2024-08-06"               "openai/gpt-4o:online"
//	family    "ft:gpt-4o-2024-08-06:acme::1"    "gpt-4o:online"
//	base      "gpt-4o"                          "gpt-4o"
func read(original string) *Model {
	m := &Model{original: original, name: strings.ToLower(strings.TrimSpace(original)), family: familyOf(original)}
	m.tuned = m.name
	if i := strings.Index(m.name, "ft:"); i == 0 || i > 0 && m.name[i-1] == '/' { // what follows the model is the customer's own
		m.tuned, _, _ = strings.Cut(m.name[i+len("ft:"):], ":")
	}
	m.base = m.family
	if m.tuned != m.name {
		m.base = familyOf(m.tuned)
	}
	m.base, _, _ = strings.Cut(m.base, ":")
	m.counting = sync.OnceValue(func() counting {
		c := tokenizer.For(original)
		return counting{c, m.overhead(c), m.images(c)}
	})
	return m
}

// Family is the name that limits and prices of the model go by; see the function [Family].
func (m *Model) Family() string { return m.family }

// Counter counts texts as the model's tokenizer does, or as near to it as is known; see [tokenizer.For].
func (m *Model) Counter() *tokenizer.Counter { return m.counting().counter }

// Overhead is what a request to the model has besides its texts.
func (m *Model) Overhead() *Overhead { return m.counting().overhead }

// Images is the rule by which the model charges for images, nil if none is known.
func (m *Model) Images() ImageRule { return m.counting().images }

// Price is the model's list price of [ListPrices], as a budget finds it there: under its name, or else its family's.
func (m *Model) Price() (price budget.Price, ok bool) {
	list := lists().prices
	if price, ok = list[m.original]; !ok {
		price, ok = list[m.family]
	}
	return price, ok
}

// Window is how many tokens fit into the model's context, input and output; 0 is not known.
func (m *Model) Window() (tokens int64) {
	list := lists().windows
	return cmp.Or(list[m.name], list[m.family])
}

// memory remembers models by their names. Names come from outside, so it is bounded, in number and length, and begins
// anew when it is full.
type memory struct {
	mu sync.RWMutex
	by map[string]*Model
}

const (
	memoryModels = 1024
	memoryName   = 128 // bytes; longer ones are read again
)

var met = memory{by: make(map[string]*Model)}

func (k *memory) model(name string) *Model {
	k.mu.RLock()
	m, ok := k.by[name]
	k.mu.RUnlock()
	if ok {
		return m
	}
	name = strings.Clone(name) // it may be a piece of a large body
	m = read(name)
	if len(name) > memoryName {
		return m
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.by) >= memoryModels {
		clear(k.by)
	}
	k.by[name] = m
	return m
}
