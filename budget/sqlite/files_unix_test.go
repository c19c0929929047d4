//go:build unix

package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSecondName: a ledger with two names would have two locks, and two owners. Nobody becomes its owner until one
// name is gone. Reading through a hard link is harmless; a symbolic link is not read either, for SQLite would make files
// beside what it leads to.
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
			if reader, err := OpenReader(t.Context(), second); name == "hard link" && err != nil || name != "hard link" && err == nil {
				t.Errorf("reading the second name: %v", err)
			} else if err == nil {
				reader.Close()
			}
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

// TestForeignFiles: what a stranger put into the directory in place of the ledger's files is refused, at once, and what
// it leads to stays as it was.
func TestForeignFiles(t *testing.T) {
	plant := map[string]func(victim, path string) error{
		"link":            os.Symlink,
		"link to nothing": func(_, path string) error { return os.Symlink("../new", path) },
		"hard link":       os.Link,
		"pipe":            func(_, path string) error { return syscall.Mkfifo(path, 0o600) },
		"directory":       func(_, path string) error { return os.Mkdir(path, 0o700) },
	}
	for name, put := range plant {
		for _, side := range append([]string{""}, sideFiles...) {
			t.Run(name+" as ledger.db"+side, func(t *testing.T) {
				parent := t.TempDir()
				dir, victim := filepath.Join(parent, "state"), filepath.Join(parent, "victim")
				path := filepath.Join(dir, "ledger.db")
				if err := openAt(t, path).Close(); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(path + side); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
				if err := put(victim, path+side); err != nil {
					t.Fatal(err)
				}
				if l, err := Open(t.Context(), path, Options{}); err == nil {
					l.Close()
					t.Error("an owner opened it")
				} else if !strings.Contains(err.Error(), path+side+" ") {
					t.Errorf("%v does not name %s", err, path+side)
				}
				if l, err := OpenReader(t.Context(), path); err == nil {
					l.Close()
					if side != "" {
						t.Error("a reader opened it")
					}
				}
				OwnerOf(path) // must return
				if text, err := os.ReadFile(victim); err != nil || string(text) != "mine" {
					t.Errorf("the file outside is %.60q, %v", text, err)
				}
				if files, err := os.ReadDir(parent); err != nil || len(files) != 2 {
					t.Errorf("outside the directory there are %v, %v", files, err)
				}
			})
		}
	}
}

// TestLockIsWrittenThroughItsDescriptor: what takes the lock file's place while it is held is not written to.
func TestLockIsWrittenThroughItsDescriptor(t *testing.T) {
	l := openNew(t)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(l.path+".lock"), os.Symlink(victim, l.path+".lock")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.SetOwner("run-8"), l.Close()); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != "mine" {
		t.Errorf("the file outside is %q, %v", text, err)
	}
}

// TestNoLinkIsFollowed: a link that takes a file's place after it was looked at is not followed either.
func TestNoLinkIsFollowed(t *testing.T) {
	dir := t.TempDir()
	victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, "ledger.db")
	const mine = `{"pid":1,"since":"2026-01-01T00:00:00Z"}`
	if err := errors.Join(os.WriteFile(victim, []byte(mine), 0o600), os.Symlink(victim, path+".lock")); err != nil {
		t.Fatal(err)
	}
	if l, err := acquire(t.Context(), path, Options{}); err == nil {
		t.Error("a lock was taken through a link", l.release())
	}
	if o := OwnerOf(path); o != nil {
		t.Errorf("an owner was read through a link: %+v", o)
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != mine {
		t.Errorf("the file outside is %q, %v", text, err)
	}
}
