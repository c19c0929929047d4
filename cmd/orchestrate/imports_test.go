package main_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path of this module; root is where it is from here.
const (
	module = "github.com/orchestrate-go/orchestrate"
	root   = "../.."
)

// floors is the import order, ground first: a room imports only lower floors. Every package has its place
// here; ARCHITECTURE.md says what lives in each.
var floors = map[string]int{
	"budget/calendar":                  0,
	"budget/sqlite/disktest":           0,
	"tokenizer/internal/bpe":           0,
	"tokenizer/internal/texttest":      0,
	"orchestrator/alert":               0,
	"orchestrator/escape":              0,
	"orchestrator/internal/filetest":   0,
	"budget":                           1,
	"tokenizer":                        1,
	"budget/books":                     2,
	"budget/budgettest":                3,
	"budget/budgettest/simulate":       4,
	"budget/sqlite":                    3,
	"middleware/models":                2,
	"middleware/wire/internal/lazy":    2,
	"middleware/wire/pixels":           2,
	"middleware/wire":                  3,
	"middleware/wire/internal/reading": 4,
	"middleware/wire/sse":              5,
	"middleware/wire/internal/figures": 5,
	"middleware/wire/internal/refusal": 6,
	"middleware/wire/openai":           7,
	"middleware/wire/anthropic":        7,
	"middleware/wire/gemini":           7,
	"middleware/wire/ollama":           7,
	"middleware/wire/embeddings":       8,
	"middleware/wire/responses":        8,
	"middleware/wire/headers":          8,
	"middleware/wire/redact":           8,
	"middleware/wire/formats":          9,
	"middleware/count":                 10,
	"middleware":                       11,
	"middleware/serve":                 12,
	"worker":                           12,
	"worker/provider":                  12,
	"worker/command":                   13,
	"worker/provider/hostile":          13,
	"worker/provider/providertest":     13,
	"orchestrator/internal/document":   2,
	"orchestrator/config":              14,
	"orchestrator/tasks":               15,
	"orchestrator":                     16,
	"orchestrator/results":             17,
	"orchestrator/internal/trace":      17,
	"orchestrator/project":             18,
	"orchestrator/view":                19,
	"orchestrator/control":             20,
	"orchestrator/dashboard":           20,
	"orchestrator/page":                20,
	"cmd/orchestrate":                  21,

	"middleware/models/internal/genprices": 0,
}

// strangers are lower floors that a room has no business with: the orchestrator schedules any worker over
// any books, whatever its options come from.
var strangers = map[string][]string{
	"orchestrator":        {"worker/provider", "budget/sqlite", "middleware", "orchestrator/config"},
	"orchestrator/config": {"worker/provider", "budget/sqlite", "middleware"},
	"orchestrator/tasks":  {"worker/provider", "budget/sqlite", "middleware"},
}

// homes says which rooms use a library, so that each can be replaced in one place. The same goes for what
// the standard library has for the network.
var homes = map[string][]string{
	"charm.land":                            {"orchestrator/view"},
	"github.com/BurntSushi/toml":            {"orchestrator/config", "orchestrator/internal/document"},
	"github.com/agnivade/levenshtein":       {"orchestrator/internal/document"},
	"github.com/cenkalti/backoff/v5":        {"middleware"},
	"github.com/dustin/go-humanize":         {"orchestrator/project", "orchestrator/view"},
	"github.com/gofrs/flock":                {"budget/sqlite"},
	"github.com/google/go-cmp":              {"budget/budgettest", "orchestrator/internal/filetest", "worker/provider/providertest"},
	"github.com/klauspost/compress":         {"middleware/serve"},
	"github.com/pkoukk/tiktoken-go":         {"cmd/orchestrate"},
	"github.com/pkoukk/tiktoken-go-loader":  {"cmd/orchestrate", "tokenizer/internal/bpe", "tokenizer/internal/texttest"},
	"github.com/santhosh-tekuri/jsonschema": {"worker"},
	"github.com/spf13/cobra":                {"cmd/orchestrate"},
	"golang.org/x/sync":                     {"orchestrator", "tokenizer"},
	"golang.org/x/term":                     {"cmd/orchestrate"},
	"golang.org/x/text":                     {"worker"},
	"golang.org/x/time/rate":                {"middleware"},
	"modernc.org":                           {"budget/sqlite", "budget/sqlite/disktest"},
	"net/http":                              {"middleware", "middleware/serve", "orchestrator/alert", "orchestrator/control", "orchestrator/dashboard", "worker/provider", "worker/provider/providertest"},
	"database/sql":                          {"budget/sqlite"},
}

func TestImportOrder(t *testing.T) {
	rooms := make(map[string]bool)
	for _, f := range sources(t) {
		if _, known := floors[f.room]; !known {
			t.Errorf("%s: package %s has no floor: give it one in this test and in ARCHITECTURE.md", f.name, f.room)
		}
		rooms[f.room] = true
		for _, imported := range f.imports {
			if why := forbidden(f, imported); why != "" {
				t.Errorf("%s imports %s: %s", f.name, imported, why)
			}
		}
	}
	for room := range floors {
		if !rooms[room] {
			t.Errorf("package %s has a floor and no files", room)
		}
	}
}

// forbidden says why the file may not import a package, or "".
func forbidden(f source, imported string) string {
	to, own := strings.CutPrefix(imported, module+"/")
	switch {
	case own:
		return f.climbs(to)
	case f.test:
		return "" // tests use what proves the most
	}
	if home, listed := homeOf(imported); !listed && foreign(imported) {
		return "this library has no home: name its rooms in this test"
	} else if listed && !slices.Contains(home, f.room) {
		return "only " + strings.Join(home, ", ") + " may"
	}
	return ""
}

// climbs says why the room may not import the room to, or "".
func (f source) climbs(to string) string {
	suite := strings.HasSuffix(path.Base(to), "test") || strings.HasSuffix(path.Dir(to), "test")
	switch {
	case f.test && (to == f.room || suite || strings.HasPrefix(to, f.room+"/")):
		return "" // a room's tests use the rooms within it, too
	case suite && !strings.HasPrefix(f.room, to+"/"): // but for its own rooms
		return "a conformance suite is for tests"
	case floors[to] >= floors[f.room]:
		return "a room imports only lower floors"
	case !f.test && slices.Contains(strangers[f.room], to):
		return f.room + " must not know " + to
	}
	return ""
}

func homeOf(imported string) (rooms []string, listed bool) {
	for prefix, rooms := range homes {
		if imported == prefix || strings.HasPrefix(imported, prefix+"/") {
			return rooms, true
		}
	}
	return nil, false
}

// foreign reports whether a package is of another module: the first element of the standard library's paths
// has no dot.
func foreign(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return strings.Contains(first, ".")
}

// source is a Go file of this module.
type source struct {
	name    string // from the root
	room    string // its directory
	test    bool
	imports []string
}

// sources parses the imports of every Go file, whatever system it is built for.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return enter(name)
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		from, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		from = filepath.ToSlash(from)
		s := source{name: from, room: path.Dir(from), test: strings.HasSuffix(from, "_test.go")}
		for _, i := range file.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, imported)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// enter skips what the go command skips, and modules of their own.
func enter(dir string) error {
	base := filepath.Base(dir)
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	nested := err == nil && filepath.Clean(dir) != filepath.Clean(root)
	if base == "testdata" || nested || base != ".." && strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	return nil
}

// What the rules above refuse, so that they cannot rot into rules that refuse nothing.
func TestImportOrderRefuses(t *testing.T) {
	for _, tc := range []struct {
		room, imported string
		test, refused  bool
	}{
		{room: "budget", imported: module + "/tokenizer", refused: true}, // the same floor
		{room: "budget", imported: module + "/middleware", refused: true},
		{room: "budget/sqlite", imported: module + "/budget"},
		{room: "budget", imported: module + "/budget/books", refused: true},
		{room: "budget", imported: module + "/budget/books", test: true},
		{room: "middleware/wire", imported: module + "/middleware", refused: true},
		{room: "orchestrator", imported: module + "/worker/provider", refused: true},
		{room: "orchestrator", imported: module + "/worker/provider", test: true},
		{room: "orchestrator", imported: module + "/worker"},
		{room: "orchestrator", imported: module + "/orchestrator/tasks"},
		{room: "orchestrator", imported: module + "/orchestrator/config", refused: true},
		{room: "orchestrator/config", imported: module + "/orchestrator/tasks", refused: true},
		{room: "orchestrator/config", imported: module + "/orchestrator/internal/document"},
		{room: "cmd/orchestrate", imported: module + "/orchestrator"},
		{room: "budget", imported: module + "/budget/budgettest", refused: true},
		{room: "budget", imported: module + "/budget/budgettest", test: true},
		{room: "budget", imported: module + "/middleware", test: true, refused: true},
		{room: "middleware", imported: "github.com/pkoukk/tiktoken-go", refused: true},
		{room: "tokenizer", imported: "github.com/pkoukk/tiktoken-go-loader", refused: true},
		{room: "tokenizer/internal/bpe", imported: "github.com/pkoukk/tiktoken-go-loader/assets"},
		{room: "tokenizer/internal/bpe", imported: "github.com/pkoukk/tiktoken-go", refused: true},
		{room: "tokenizer/internal/bpe", imported: module + "/tokenizer", refused: true},
		{room: "tokenizer", imported: module + "/tokenizer/internal/texttest", refused: true},
		{room: "tokenizer", imported: module + "/tokenizer/internal/texttest", test: true},
		{room: "orchestrator", imported: "modernc.org/sqlite", refused: true},
		{room: "orchestrator", imported: "database/sql", refused: true},
		{room: "worker", imported: "github.com/spf13/cobra", refused: true},
		{room: "worker", imported: "charm.land/lipgloss/v2", refused: true},
		{room: "middleware/wire", imported: "net/http", refused: true},
		{room: "middleware", imported: "net/http"},
		{room: "budget", imported: "example.com/unheard-of", refused: true},
		{room: "budget", imported: "strings"},
	} {
		why := forbidden(source{room: tc.room, test: tc.test}, tc.imported)
		if (why != "") != tc.refused {
			t.Errorf("%s imports %s (in a test: %v): %q, want refused %v", tc.room, tc.imported, tc.test, why, tc.refused)
		}
	}
}
