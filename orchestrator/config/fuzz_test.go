package config

import (
	"errors"
	"slices"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
)

// A configuration is either valid or explained by errors with a place.
func FuzzParse(f *testing.F) {
	for _, doc := range filetest.Contents(f, "testdata/mistakes/*.toml") {
		f.Add(doc)
	}
	f.Add([]byte(everything))
	for _, kind := range Kinds() {
		f.Add(Init(string(kind)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _, err := Parse("x.toml", data)
		var one *Error
		switch {
		case err != nil && !errors.As(err, &one):
			t.Fatalf("not an Error: %v", err)
		case err != nil:
			return
		}
		for _, w := range c.Workers {
			if _, ok := c.Providers[w.Provider]; !ok || w.Concurrency < 1 || w.MaxOutput < 1 || w.MinOutput > w.MaxOutput || document.BadName(w.Name) != "" {
				t.Errorf("accepted %+v", w)
			}
		}
		for scope, limit := range c.Limits() {
			if (limit.Tokens != nil && *limit.Tokens < 0) || (limit.Cost != nil && *limit.Cost < 0) {
				t.Errorf("%v has limit %+v", scope, limit)
			}
		}
		if p := c.Budget.WarningPercents; slices.ContainsFunc(p, func(n int) bool { return n < 1 || n > 100 }) || c.Budget.TimeZone == nil || c.Retry.Attempts < 1 {
			t.Errorf("accepted %+v", c)
		}
	})
}
