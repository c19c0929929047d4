package orchestrator

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// addFixtures adds every file that matches pattern to the corpus.
func addFixtures(f *testing.F, pattern string) {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		f.Fatalf("no fixtures %s: %v", pattern, err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

// A configuration is either valid or explained by errors with a place.
func FuzzParseConfig(f *testing.F) {
	addFixtures(f, "testdata/config/*.toml")
	f.Add([]byte(everything))
	for _, values := range initProviders {
		f.Add(InitConfig(string(values.Kind)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _, err := ParseConfig("x.toml", data)
		var one *ConfigError
		switch {
		case err != nil && !errors.As(err, &one):
			t.Fatalf("not a ConfigError: %v", err)
		case err != nil:
			return
		}
		for _, w := range c.Workers {
			if _, ok := c.Providers[w.Provider]; !ok || w.Concurrency < 1 || w.MaxOutput < 1 || w.MinOutput > w.MaxOutput || badName(w.Name) != "" {
				t.Errorf("accepted %+v", w)
			}
		}
		for scope, limit := range c.Limits() {
			if (limit.Tokens != nil && *limit.Tokens < 0) || (limit.Cost != nil && *limit.Cost < 0) {
				t.Errorf("%v has limit %+v", scope, limit)
			}
		}
		if p := c.Budget.WarningPercent; p < 1 || p > 100 || c.Budget.TimeZone == nil || c.Retry.Attempts < 1 {
			t.Errorf("accepted %+v", c)
		}
	})
}
