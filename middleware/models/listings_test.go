package models

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"regexp"
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
		if (f.services == "") == (f.region == "") || f.times.Num <= 0 || f.times.Den <= 0 {
			t.Errorf("%+v", f)
		}
		for name := range strings.FieldsSeq(f.models) {
			if _, priced := Of(name).Price(); !priced {
				t.Errorf("%s has factors and no price", name)
			}
			if key := f.services + "@" + f.region + " " + name; said[key] {
				t.Errorf("%s: twice", key)
			} else {
				said[key] = true
			}
		}
	}
}

// The table is the one that the directive in prices.go writes.
func TestTheTableIsWhatIsGenerated(t *testing.T) {
	source, err := os.ReadFile("prices.go")
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("prices_table.go")
	if err != nil {
		t.Fatal(err)
	}
	directive := regexp.MustCompile(`(?m)^//go:generate .* -version (\S+) -date (\S+)$`).FindSubmatch(source)
	if directive == nil {
		t.Fatal("prices.go has no directive")
	}
	header, _, _ := strings.Cut(string(table), "\n")
	if !strings.Contains(header, " "+string(directive[1])+";") || string(directive[2]) != PricesDate {
		t.Errorf("the directive has %s of %s, the table says %q of %s: run go generate", directive[1], directive[2], header, PricesDate)
	}
}

// Costs are recomputed by the version of their prices, so it changes with every one of them.
func TestPricesVersion(t *testing.T) {
	table, err := json.Marshal(ListPrices()) // sorts the keys of a map
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(table); hex.EncodeToString(sum[:4]) != pricesDigest {
		t.Errorf("the prices have changed: pricesDigest is %x now", sum[:4])
	}
}
