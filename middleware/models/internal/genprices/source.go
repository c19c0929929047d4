package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
)

// vendor is what the package knows of one provider.
type vendor struct {
	ID     string  `json:"id"`
	Models []model `json:"models"`
}

// model is one entry: names that cost the same.
type model struct {
	ID       string      `json:"id"`
	Match    match       `json:"match"`
	Window   json.Number `json:"context_window"` // 2e5
	Comments string      `json:"price_comments"`
	Prices   history     `json:"prices"`
}

// match is how an entry knows its names. Conditions of other kinds name nothing that could be listed.
type match struct {
	Equals     string  `json:"equals"`
	StartsWith string  `json:"starts_with"`
	Or         []match `json:"or"`
}

// names are the names that a match spells out.
func (m match) names() []string {
	var names []string
	for _, name := range []string{m.Equals, m.StartsWith} {
		if name != "" {
			names = append(names, name)
		}
	}
	for _, or := range m.Or {
		names = append(names, or.names()...)
	}
	return names
}

// history is what an entry cost, costs and will cost, by rising start; a price that nothing says the start of is the
// first.
type history []dated

type dated struct {
	Constraint struct {
		Type  string `json:"type"` // "", "start_date" or "time_of_date"
		Start string `json:"start_date"`
	} `json:"constraint"`
	Prices map[string]rate `json:"prices"` // by unit: "input_mtok"
}

// UnmarshalJSON reads a list, or the one price for all times.
func (h *history) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("[")) {
		return json.Unmarshal(data, (*[]dated)(h))
	}
	var one dated
	err := json.Unmarshal(data, &one.Prices)
	*h = history{one}
	return err
}

// rate is dollars for one unit: of a million tokens, say. From tiers on it is another for the whole request.
type rate struct {
	Base  json.Number `json:"base"`
	Tiers []struct {
		Start json.Number `json:"start"` // it holds above so many tokens of input
		Price json.Number `json:"price"`
	} `json:"tiers"`
}

// UnmarshalJSON reads tiers, or the one rate for requests of any length.
func (r *rate) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("{")) {
		type plain rate
		return json.Unmarshal(data, (*plain)(r))
	}
	return json.Unmarshal(data, &r.Base)
}

func readVendors(doc []byte) (vendors []vendor, err error) {
	return vendors, json.Unmarshal(doc, &vendors)
}

// whole is n times factor, if that is a whole number.
func whole(n json.Number, factor int64) (int64, error) {
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return 0, fmt.Errorf("%q is no number", n)
	}
	r.Mul(r, new(big.Rat).SetInt64(factor))
	if !r.IsInt() || !r.Num().IsInt64() || r.Sign() < 0 {
		return 0, fmt.Errorf("%s times %d is no whole number", n, factor)
	}
	return r.Num().Int64(), nil
}
