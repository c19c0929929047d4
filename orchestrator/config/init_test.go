package config

import (
	"regexp"
	"strings"
	"testing"
)

var commentedOut = regexp.MustCompile(`(?m)^# (\w+ = |\[)`)

func TestInit(t *testing.T) {
	for _, provider := range []string{"openai", "anthropic", "sim"} {
		doc := Init(provider)
		c, warnings, err := Parse(FileName, doc)
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%s: %v %v", provider, err, warnings)
		}
		if p := c.ProviderOf(c.Workers[0]); string(p.Kind) != provider {
			t.Errorf("%s: the worker uses %+v", provider, p)
		}
		all := commentedOut.ReplaceAll(doc, []byte("$1"))
		if _, _, err := Parse(FileName, all); err != nil {
			t.Errorf("%s with every key that is commented out: %v", provider, err)
		}
		for key := range budgetKeys {
			if !strings.Contains(string(all), "\n"+key+" = ") {
				t.Errorf("%s: %s is not shown", provider, key)
			}
		}
	}
	if Init("other") != nil {
		t.Error("a configuration for an unknown provider")
	}
}
