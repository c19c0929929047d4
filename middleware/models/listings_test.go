package models

import (
	"strings"
	"testing"
)

func TestEachNameIsListedOnce(t *testing.T) {
	seen := make(map[string]bool)
	for _, l := range listings() {
		for name := range strings.FieldsSeq(l.names) {
			if seen[name] {
				t.Errorf("%s has two prices", name)
			}
			seen[name] = true
		}
	}
}

// A factor for a name that is not listed says nothing: it is misspelt, or its model has gone.
func TestFactorsAreOfListedModels(t *testing.T) {
	said := make(map[string]bool)
	for _, f := range tierFactors {
		if (f.service == "") == (f.region == "") || f.times.Num <= 0 || f.times.Den <= 0 {
			t.Errorf("%+v", f)
		}
		for name := range strings.FieldsSeq(f.models) {
			if _, ok := ListPrices()[name]; !ok {
				t.Errorf("%s has factors and no price", name)
			}
			if key := f.service + "@" + f.region + " " + name; said[key] {
				t.Errorf("%s: twice", key)
			} else {
				said[key] = true
			}
		}
	}
}
