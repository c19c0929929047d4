package sqlite

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// TestOneOwner: a second process is told who the owner is, and can open the ledger when the first is gone,
// whether it closed it or died.
func TestOneOwner(t *testing.T) {
	for name, finish := range map[string]func(*testing.T, *child){
		"closed": func(t *testing.T, c *child) { c.end(t) },
		"killed": func(_ *testing.T, c *child) { c.kill() },
	} {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir() + "/ledger.db"
			before := time.Now().Add(-time.Second)
			c := startChild(t, "own", path)
			c.line(t)

			owned := openOwned(t, path)
			if owned.PID != c.Process.Pid || owned.Run != "run-of-child" || owned.Since.Before(before) {
				t.Errorf("%+v, want process %d", owned, c.Process.Pid)
			}
			finish(t, c)
			openAt(t, path)
		})
	}
}

func TestSetOwner(t *testing.T) {
	l := openNew(t)
	if owned := openOwned(t, l.path); owned.PID != os.Getpid() || owned.Run != "" {
		t.Errorf("%+v", owned)
	}
	if err := l.SetOwner("run-7"); err != nil {
		t.Fatal(err)
	}
	if owned := openOwned(t, l.path); owned.Run != "run-7" || !strings.Contains(owned.Error(), "(run run-7)") {
		t.Errorf("%+v: %v", owned, owned)
	}
}

// TestHalfWrittenLock: the owner is writing its name while the second comes.
func TestHalfWrittenLock(t *testing.T) {
	l := openNew(t)
	for _, text := range []string{"", `{"pid": 12, "si`, "null"} {
		if err := os.WriteFile(l.path+".lock", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		owned := openOwned(t, l.path)
		if owned.PID != 0 || !strings.Contains(owned.Error(), "in use by another process:") {
			t.Errorf("lock file %q: %v", text, owned)
		}
	}
}

// openOwned opens a ledger that has an owner, and returns the error.
func openOwned(t *testing.T, path string) *OwnedError {
	t.Helper()
	l, err := Open(t.Context(), path, Options{})
	if err == nil {
		l.Close()
	}
	var owned *OwnedError
	if !errors.As(err, &owned) {
		t.Fatalf("Open: %v, want *OwnedError", err)
	}
	return owned
}

// TestOpenWaits: an owner-to-be waits for the one there is, having said once for whom, until its context ends.
func TestOpenWaits(t *testing.T) {
	path := t.TempDir() + "/ledger.db"
	c := startChild(t, "own", path)
	c.line(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Open(ctx, path, Options{Waiting: func(owner *OwnedError) {
		if owner.PID != c.Process.Pid || !strings.Contains(owner.Owner(), "(run run-of-child)") {
			t.Errorf("%+v: %s", owner, owner.Owner())
		}
		cancel()
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after its context ended: %v", err)
	}
	said := 0
	l, err := Open(t.Context(), path, Options{Run: "next", Waiting: func(*OwnedError) {
		said++
		c.stdin.Close() // lets the child end
	}})
	if err != nil || said != 1 {
		t.Fatalf("said %d times; %v", said, err)
	}
	defer l.Close()
	if owned := openOwned(t, path); owned.Run != "next" {
		t.Errorf("%+v", owned)
	}
}
