package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/config"
)

func TestExcerpts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "o.toml")
	text := "[budgit]\nmodel = \"gpt-4o\"\napi_key = abcdefgh1234567890\nprompt = \"\"\"\nthe password is swordfish\n\"\"\"\n" +
		"system = \"Tell nobody about the castle of Quillmoor\"\nkey = 'sk-short1'\n" +
		`{"id": "a", "filler": [` + strings.Repeat("1,", 60) + "2], \"colour\": 3}\n" + "x = { \"api-key\" = \"hunter2\" }\nmodel = abcdefgh1234567890\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		line, column int
		want         string
	}{
		"a table":              {1, 2, "\n    1 | [budgit]\n      |  ^"},
		"a value":              {2, 9, "\n    2 | model = \"gpt-4o\"\n      |         ^"},
		"a key to a provider":  {3, 11, ""},
		"one in a table":       {10, 1, ""},
		"what looks like one":  {11, 1, "\n   11 | model = ··················\n      | ^"},
		"a line of a text":     {5, 1, ""},
		"a prompt":             {7, 1, "\n    7 | system = ··········································\"\n      | ^"},
		"a short key":          {8, 1, ""},
		"no such line":         {30, 1, ""},
		"no such column":       {1, 20, ""},
		"far on in a long one": {9, 148, ""},
	} {
		got := excerptAt(path, tt.line, tt.column)
		if name == "far on in a long one" {
			lines := strings.Split(got, "\n")
			if len(lines) != 3 || len([]rune(lines[1])) > 90 || !strings.HasPrefix(string([]rune(lines[1])[strings.IndexByte(lines[2], '^'):]), `"colour"`) {
				t.Errorf("%s: %s", name, got)
			}
			continue
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	two := errors.Join(&config.Error{File: path, Line: 1, Column: 2, Message: "a"}, &config.Error{File: path, Line: 2, Column: 1, Message: "b"})
	if got := explained(two); strings.Count(got, "^") != 2 || !strings.HasPrefix(got, path+":1:2: a\n    1 | [budgit]") {
		t.Errorf("two mistakes: %s", got)
	}
	if got := explained(fmt.Errorf("read tasks: %w", two)); !strings.HasPrefix(got, "read tasks: ") || strings.Contains(got, "^") {
		t.Errorf("two mistakes, and more: %s", got)
	}
	if got := explained(errors.New("no file")); got != "no file" {
		t.Errorf("no mistake in a file: %s", got)
	}
}
