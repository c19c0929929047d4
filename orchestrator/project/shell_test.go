package project_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

func TestQuoteArg(t *testing.T) {
	for arg, want := range map[string]string{
		"/home/a/orchestrate.toml": "/home/a/orchestrate.toml", "": "''", "my project/o.toml": "'my project/o.toml'",
		"it's": `'it'\''s'`, "$HOME": "'$HOME'", "a;b": "'a;b'",
	} {
		if got := project.QuoteArg(arg); got != want {
			t.Errorf("%q: %s, want %s", arg, got, want)
		}
	}
}
