//go:build unix

package sqlite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecondName: a ledger with two names would have two locks, and two owners. Nobody becomes its owner until one
// name is gone; reading it is harmless.
func TestSecondName(t *testing.T) {
	for name, tc := range map[string]struct {
		link   func(from, to string) error
		refuse []string // which of the two names
		want   string
	}{
		"symbolic link": {os.Symlink, []string{"second.db"}, "is a symbolic link"},
		"hard link":     {os.Link, []string{"second.db", "ledger.db"}, "has 2 names (hard links)"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first, second := filepath.Join(dir, "ledger.db"), filepath.Join(dir, "second.db")
			if err := openAt(t, first).Close(); err != nil {
				t.Fatal(err)
			}
			if err := tc.link(first, second); err != nil {
				t.Fatal(err)
			}
			for _, file := range tc.refuse {
				_, err := Open(t.Context(), filepath.Join(dir, file), Options{})
				if err == nil || !strings.Contains(err.Error(), file+" "+tc.want) {
					t.Errorf("%s: %v, want %q", file, err, tc.want)
				}
			}
			if _, err := os.Stat(second + ".lock"); err == nil {
				t.Error("a lock was left beside the second name")
			}
			openReader(t, second)
			if err := os.Remove(second); err != nil {
				t.Fatal(err)
			}
			openAt(t, first)
		})
	}
	t.Run("link to nothing", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "ledger.db")
		if err := os.Symlink("nowhere.db", path); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), path, Options{}); err == nil || !strings.Contains(err.Error(), "is a symbolic link") {
			t.Errorf("%v", err)
		}
	})
}

// TestLinkedDirectory: books in a directory with two names have one lock.
func TestLinkedDirectory(t *testing.T) {
	parent := t.TempDir()
	if err := os.Mkdir(filepath.Join(parent, "real"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(parent, "linked")); err != nil {
		t.Fatal(err)
	}
	openAt(t, filepath.Join(parent, "linked", "ledger.db"))
	openOwned(t, filepath.Join(parent, "real", "ledger.db"))
}
