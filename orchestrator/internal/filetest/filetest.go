// Package filetest is for tests of readers of files: fixtures with what must be said of them, as a corpus too.
//
// A test package that imports it has the flag -update, which writes the .want files anew.
package filetest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the tests got into the .want files")

// Each runs a test for every file that matches pattern, in the directory of the file, so that
// messages name it alone. get returns what the .want file beside it must hold.
func Each(t *testing.T, pattern string, get func(t *testing.T, name string) string) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Dir(pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range glob(t, pattern) {
		name := filepath.Base(path)
		if strings.HasSuffix(name, ".want") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Chdir(dir)
			golden(t, name+".want", get(t, name))
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// Contents returns the content of every file that matches pattern, of which there must be one.
func Contents(t testing.TB, pattern string) [][]byte {
	t.Helper()
	var all [][]byte
	for _, path := range glob(t, pattern) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures %s: %v", pattern, err)
	}
	return paths
}

// Write writes a file into dir and returns its path.
func Write(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
