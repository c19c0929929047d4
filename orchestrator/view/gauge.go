package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
)

// gauge is a limit, in tokens or in money, with what is settled and held of it.
type gauge struct {
	name                 string
	settled, held, limit int64
	text                 func(int64) string // of an amount of it
}

// gauges are the limits of a moment, the one that is nearest to its end first.
func (m Moment) gauges() (list []gauge) {
	money := func(n int64) string { return ShortCost(budget.NanoUSD(n)) }
	for _, s := range m.Scopes {
		name := escape.Line(s.Scope.String())
		if s.Limit != nil {
			list = append(list, gauge{name, s.Settled, s.Held, *s.Limit, Short})
		}
		if s.Cost.Limit != nil {
			settled := int64(0)
			if s.Cost.Settled != nil {
				settled = int64(*s.Cost.Settled)
			}
			list = append(list, gauge{name, settled, int64(s.Cost.Held), int64(*s.Cost.Limit), money})
		}
	}
	slices.SortStableFunc(list, func(a, b gauge) int { return cmp.Compare(b.used(), a.used()) })
	return list
}

// used is the share of the limit that is settled or held. A limit of zero is spent.
func (g gauge) used() float64 {
	if g.limit == 0 {
		return 1
	}
	return float64(g.settled+g.held) / float64(g.limit)
}

// bar draws what is settled and held against the limit; what is above it does not make the bar longer.
func (g gauge) bar(width int, s style) string {
	cells := func(n int64) int {
		if g.limit == 0 {
			return width
		}
		return int(min(1, max(0, float64(n)/float64(g.limit))) * float64(width))
	}
	full := cells(g.settled)
	open := max(full, cells(g.settled+g.held))
	return s.level(g.used(), strings.Repeat("█", full)) + s.dim(strings.Repeat("▒", open-full)+strings.Repeat("░", width-open))
}

// line is the gauge in words beside its bar.
func (g gauge) line(name, bar int, s style) string {
	return fmt.Sprintf("%s %s %s  %s left of %s: %s settled, %s held", pad(Middle(g.name, name), name), g.bar(bar, s),
		s.level(g.used(), fmt.Sprintf("%3.0f%%", 100*g.used())), g.text(g.limit-g.settled-g.held), g.text(g.limit), g.text(g.settled), g.text(g.held))
}
