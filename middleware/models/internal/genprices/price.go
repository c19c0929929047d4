package main

import (
	"encoding/json"
	"slices"
)

// prices are nano-USD per million tokens; 0 is not listed.
type prices struct{ input, cacheRead, cacheWrite, cacheHour, output, audioInput, audioOutput int64 }

// field is one of the prices, with its unit in the package and its name in the table.
type field struct {
	price      *int64
	unit, name string
}

func (p *prices) fields() []field {
	return []field{
		{&p.input, input, "input"}, {&p.cacheRead, "cache_read_mtok", "cacheRead"},
		{&p.cacheWrite, "cache_write_mtok", "cacheWrite"}, {&p.cacheHour, "cache_write_1h_mtok", "cacheHour"},
		{&p.output, output, "output"},
		{&p.audioInput, "input_audio_mtok", "audioInput"}, {&p.audioOutput, "output_audio_mtok", "audioOutput"},
	}
}

// input and output are the units that every price has.
const input, output = "input_mtok", "output_mtok"

// aside are units beside the price: tools that a request has to ask for, and cached audio, which counts as fresh audio.
var aside = []string{"web_searches_kcount", "storage_searches_kcount", "cache_audio_read_mtok"}

// nanoUSD is how many there are in a dollar.
const nanoUSD = 1_000_000_000

// inForce returns the price on date, or a dearer one that is announced; false if it depends on anything but the day.
func (h history) inForce(date string) (p map[string]rate, ok bool) {
	at := 0
	for i, d := range h {
		if d.Constraint.Type != "" && d.Constraint.Type != "start_date" {
			return nil, false
		}
		if d.Constraint.Start <= date {
			at = i
		}
	}
	p = h[at].Prices
	for _, d := range h[at+1:] {
		if dearer(d.Prices, p) {
			p = d.Prices
		}
	}
	return p, true
}

// dearer reports whether no unit costs less in p than in q.
func dearer(p, q map[string]rate) bool {
	for unit, was := range q {
		is, ok := p[unit]
		a, err := whole(is.Base, nanoUSD)
		b, err2 := whole(was.Base, nanoUSD)
		if !ok || err != nil || err2 != nil || a < b {
			return false
		}
	}
	return true
}

// take reads the units of a price; false if there is one that a price cannot have, or none for input or output.
func (l *listing) take(units map[string]rate) (ok bool, err error) {
	known := func(unit string) bool {
		return slices.Contains(aside, unit) ||
			slices.ContainsFunc(l.price.fields(), func(f field) bool { return f.unit == unit })
	}
	var starts []int64
	for unit, r := range units {
		if !known(unit) {
			return false, nil
		}
		for _, t := range r.Tiers {
			start, err := whole(t.Start, 1)
			if err != nil {
				return false, err
			}
			starts = append(starts, start)
		}
	}
	if units[input].Base == "" || units[output].Base == "" {
		return false, nil
	}
	if l.price, err = pricesAt(units, -1); err != nil {
		return false, err
	}
	slices.Sort(starts)
	for _, start := range slices.Compact(starts) {
		p, err := pricesAt(units, start)
		if err != nil {
			return false, err
		}
		l.longer = append(l.longer, longer{start, p})
	}
	return true, nil
}

// pricesAt returns the prices of a request with more input than above.
func pricesAt(units map[string]rate, above int64) (p prices, err error) {
	for _, f := range p.fields() {
		r, ok := units[f.unit]
		if !ok {
			continue
		}
		at, err := r.above(above)
		if err != nil {
			return p, err
		}
		if *f.price, err = whole(at, nanoUSD); err != nil {
			return p, err
		}
	}
	return p, nil
}

// above returns the rate of requests with more input than that.
func (r rate) above(above int64) (at json.Number, err error) {
	at = r.Base
	for _, t := range r.Tiers {
		start, err := whole(t.Start, 1)
		if err != nil {
			return at, err
		}
		if start <= above {
			at = t.Price
		}
	}
	return at, nil
}
