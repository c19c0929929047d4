package main_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
)

// The README is read first and so must be right: what it shows is checked here.

// block is a fenced block of a Markdown file.
type block struct{ language, text string }

var fenced = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

func blocks(markdown string) []block {
	var out []block
	for _, m := range fenced.FindAllStringSubmatch(markdown, -1) {
		out = append(out, block{m[1], m[2]})
	}
	return out
}

func readme(t *testing.T) []block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return blocks(string(text))
}

// The first two commands are the demo and the tests: .ci/run runs them as they stand.
func TestReadmeBeginsWithTheTwoCommands(t *testing.T) {
	want := []string{"go run ./cmd/orchestrate demo\n", "go test ./...\n"}
	var got []string
	for _, b := range readme(t) {
		if b.language == "sh" && len(got) < len(want) {
			got = append(got, b.text)
		}
	}
	for i, command := range want {
		if len(got) <= i || got[i] != command {
			t.Fatalf("the first commands are %q, want %q", got, want)
		}
	}
	script, err := os.ReadFile(filepath.Join(root, ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range want {
		if !strings.Contains(string(script), strings.TrimSpace(command)) {
			t.Errorf(".ci/run does not run %q", command)
		}
	}
}

// The Go code is part of an example that runs.
func TestReadmeCodeIsTested(t *testing.T) {
	var tested strings.Builder
	for _, name := range []string{"orchestrator/project/example_worker_test.go", "middleware/example_door_test.go"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		tested.Write(text)
	}
	for _, b := range readme(t) {
		if b.language == "go" && !strings.Contains(tested.String(), b.text) {
			t.Errorf("this code is in no example:\n%s", b.text)
		}
	}
}

// The configuration is one without a warning, and the task files belong to it.
func TestReadmeFilesAreValid(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("report.md", "The sea rose.\n")
	var project *config.Config
	var whole string // the configuration
	count := 0
	for _, b := range readme(t) {
		switch {
		case b.language == "toml" && strings.HasPrefix(b.text, "[budget]"):
			c, warnings, err := config.Load(write("orchestrate.toml", b.text))
			if err != nil || len(warnings) > 0 {
				t.Fatalf("%v, warnings %v", err, warnings)
			}
			project, whole = c, b.text
		case b.language == "toml" && !strings.HasPrefix(b.text, "[[task]]"): // a part of one
			if _, _, err := config.Load(write("part.toml", whole+"\n"+b.text)); err != nil {
				t.Error(err)
			}
		case b.language == "toml" || b.language == "json":
			name := map[string]string{"toml": "tasks.toml", "json": "tasks.jsonl"}[b.language]
			list, err := tasks.Reader{ParseBody: wire.Format.Parse}.Load(write(name, b.text))
			if err == nil {
				err = tasks.Check(list, project)
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			count += len(list)
		}
	}
	if project == nil || count != 11 {
		t.Errorf("found a configuration: %v, and %d tasks, want 11", project != nil, count)
	}
}

// What a reader would type, or go by, is whole: commands by their names, every exit code, a chain with all that a
// configuration says of the budget.
func TestReadmeIsWhole(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"`budget status`, `report` and `plan` read them", "| 129, 130, 143 |", "OnFull: budget.Refuse",
		"Prices: budget.Prices{", "Threshold: 80",
		"`output`,\n`and`, `or`, `not`, `eq`, `ne`, `lt`, `le`, `gt`, `ge`, `len` and `slice`",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("README.md does not say %q", want)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Links within the repository lead somewhere.
func TestMarkdownLinks(t *testing.T) {
	files, err := fs.Glob(os.DirFS(root), "*.md")
	if err != nil || len(files) < 4 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			if target == "" {
				target = name
			}
			linked, err := os.ReadFile(filepath.Join(root, target))
			if info, statErr := os.Stat(filepath.Join(root, target)); statErr == nil && info.IsDir() {
				err = nil
			}
			if err != nil {
				t.Errorf("%s links to %s: %v", name, m[1], err)
			} else if anchor != "" && !hasHeading(string(linked), anchor) {
				t.Errorf("%s links to %s: there is no such heading", name, m[1])
			}
		}
	}
}

var goFile = regexp.MustCompile("`([a-z_0-9*/]+\\.go)`")

// Every Go file that ARCHITECTURE.md names is somewhere.
func TestArchitectureNamesFiles(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := sources(t)
	for _, m := range goFile.FindAllStringSubmatch(string(text), -1) {
		there := slices.ContainsFunc(all, func(s source) bool {
			ok, err := path.Match(m[1], path.Base(s.name))
			return err == nil && (ok || s.name == m[1])
		})
		if !there {
			t.Errorf("ARCHITECTURE.md names %s, which does not exist", m[1])
		}
	}
}

var punctuation = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// hasHeading reports whether a Markdown text has a heading that renders with this anchor.
func hasHeading(markdown, anchor string) bool {
	for line := range strings.Lines(fenced.ReplaceAllString(markdown, "")) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			title = punctuation.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			if strings.ReplaceAll(title, " ", "-") == anchor {
				return true
			}
		}
	}
	return false
}
