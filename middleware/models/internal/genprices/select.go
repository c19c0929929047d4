package main

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// listing is a price with the names that have it.
type listing struct {
	vendor string
	names  []string // sorted
	window int64    // of the context, in tokens; 0 is not known
	price  prices
	longer []longer // by rising above
}

// longer is the price of a whole request with more input than above.
type longer struct {
	above int64
	price prices
}

// vendors are those whose own prices are listed. Of others' models, and of open ones, each cloud has its own price.
// DeepSeek is left out because its prices depend on the hour, MiniMax because some of its are inferred, Perplexity
// because each of its requests has a fee.
var vendors = []string{"anthropic", "cohere", "google", "mistral", "moonshotai", "openai", "x-ai", "zai"}

var (
	// hearsay are the words of comments on prices that are no vendor's list prices, or were for a time.
	hearsay = regexp.MustCompile(`(?i)open ?router|trusting|can't find|inferred|promotion`)

	// special are names of models that are charged for more than the tokens of their text: images, searches, audio
	// whose price is not in the package.
	special = regexp.MustCompile(`audio-preview|mini-audio|search|deep-research|-tts|transcribe|image|^ft:|\.ft-|:free$`)

	// resold are names of other vendors' models: Google has Anthropic's.
	resold = map[string]*regexp.Regexp{"google": regexp.MustCompile(`^claude`)}

	// unfinished are beginnings of names that are none: "claude-sonnet-4-2025", "magistral-small-".
	unfinished = regexp.MustCompile(`[-@]$|-20[0-9]{2}$`)
)

// selected returns what is exact, by vendor and name: on date, or the dearest that is announced for later.
func selected(all []vendor, date string) ([]listing, error) {
	var out []listing
	for _, v := range all {
		if !slices.Contains(vendors, v.ID) {
			continue
		}
		taken := make(map[string]bool) // names that an entry equals come before those that only begin like one
		for _, m := range v.Models {
			for _, name := range m.Match.exact() {
				taken[name] = true
			}
		}
		for _, m := range v.Models {
			if r := resold[v.ID]; r != nil && r.MatchString(m.ID) {
				continue
			}
			l, ok, err := m.listing(date, taken)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", v.ID, m.ID, err)
			}
			if ok {
				l.vendor = v.ID
				out = append(out, l)
			}
		}
	}
	slices.SortFunc(out, func(a, b listing) int {
		return cmp.Or(strings.Compare(a.vendor, b.vendor), slices.Compare(a.names, b.names))
	})
	return out, nil
}

// exact are the names that m equals.
func (m match) exact() []string {
	var names []string
	if m.Equals != "" {
		names = append(names, strings.ToLower(m.Equals))
	}
	for _, or := range m.Or {
		names = append(names, or.exact()...)
	}
	return names
}

// listing reads an entry. It is left out if it has no price for text, or one that is not exact.
func (m model) listing(date string, taken map[string]bool) (l listing, ok bool, err error) {
	if hearsay.MatchString(m.Comments) || len(m.Prices) == 0 {
		return l, false, nil
	}
	own := make(map[string]bool)
	for _, name := range m.Match.exact() {
		own[name] = true
	}
	names := make(map[string]bool)
	for _, name := range append(m.Match.names(), m.ID) {
		name := strings.ToLower(name)
		if !special.MatchString(name) && !unfinished.MatchString(name) && !strings.Contains(name, "/") && (own[name] || !taken[name]) {
			names[name] = true
		}
	}
	l.names = slices.Sorted(maps.Keys(names))
	if m.Window != "" {
		if l.window, err = whole(m.Window, 1); err != nil {
			return l, false, err
		}
	}
	in, ok := m.Prices.inForce(date)
	if !ok || len(l.names) == 0 {
		return l, false, nil
	}
	ok, err = l.take(in)
	return l, ok, err
}
