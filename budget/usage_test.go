package budget_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
)

// TestFigures: every field of a usage but its fees is a figure, by the name that it has in JSON and in that order; its
// buckets, which are all but the reasoning, add up to its tokens, and each has a price.
func TestFigures(t *testing.T) {
	var u budget.Usage
	price := reflect.ValueOf(budget.FlatPrice(1_000_000, 1_000_000))
	fields := reflect.TypeFor[budget.Usage]()
	i, sum := 0, int64(0)
	for name, n := range u.Figures() {
		field := fields.Field(i)
		if tag := field.Tag.Get("json"); tag != name {
			t.Errorf("figure %d is %q, its JSON %q", i, name, tag)
		}
		before := u.Tokens()
		*n = 1 << i
		if got := reflect.ValueOf(u).Field(i).Int(); got != 1<<i {
			t.Errorf("the figure %q is not the field %s", name, field.Name)
		}
		if name == "reasoning" {
			if u.Tokens() != before {
				t.Error("reasoning was added to the tokens")
			}
		} else {
			sum += *n
			if !price.FieldByName(field.Name).IsValid() {
				t.Errorf("the bucket %s has no price", field.Name)
			}
		}
		i++
	}
	if last := fields.Field(i); i+1 != fields.NumField() || last.Name != "Fees" {
		t.Errorf("%d figures of %d fields", i, fields.NumField())
	}
	flat := budget.FlatPrice(1_000_000, 1_000_000)
	if u.Tokens() != sum || flat.Cost(&u) != budget.NanoUSD(sum) {
		t.Errorf("%d tokens for %v, want %d of each", u.Tokens(), flat.Cost(&u), sum)
	}
	if doubled := u.Add(u); doubled.Tokens() != 2*sum || doubled.Reasoning != 2*u.Reasoning {
		t.Errorf("%+v and itself are %+v", u, doubled)
	}
	text, err := json.Marshal(u)
	if err != nil || !strings.HasPrefix(string(text), `{"input":1,"cache_read":2,`) {
		t.Error(string(text), err)
	}
}
