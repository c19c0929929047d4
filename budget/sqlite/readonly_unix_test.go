//go:build unix

package sqlite

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// TestReadOnlyDirectory: who may not write to the directory can read while an owner lives and after it died.
// After it closed the ledger, SQLite would have to make files to read it, and the error says so. Nobody
// becomes an owner there.
func TestReadOnlyDirectory(t *testing.T) {
	dir, stranger := strangersDirectory(t)
	path := filepath.Join(dir, "ledger.db")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	l := openAt(t, path)
	e := budgettest.NewBooks("a", 1).Next()
	if err := l.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	share(t, dir)
	if line := startChild(t, "read", path, stranger).line(t); line != "open holds: 1" {
		t.Errorf("while an owner lives: %s", line)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	owner := startChild(t, "own", path)
	owner.line(t)
	owner.kill()
	share(t, dir)
	if line := startChild(t, "read", path, stranger).line(t); line != "open holds: 1" {
		t.Errorf("after it died: %s", line)
	}
	if line := startChild(t, "own", path, stranger).line(t); !strings.Contains(line, "no permission") {
		t.Errorf("a second owner: %s", line)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := openAt(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	share(t, dir)
	if line := startChild(t, "read", path, stranger).line(t); !strings.Contains(line, "copy it to a directory") {
		t.Errorf("after it closed: %s", line)
	}
}

// TestReadOnlyFile: a file that may only be read gets no owner, and stays as it is.
func TestReadOnlyFile(t *testing.T) {
	dir, stranger := strangersDirectory(t)
	path := filepath.Join(dir, "ledger.db")
	if err := openAt(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	share(t, dir)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if line := startChild(t, "own", path, stranger).line(t); !strings.Contains(line, "no permission to write to it") {
		t.Errorf("an owner: %s", line)
	}
}

// share lets others read what is in dir, and nobody write to it.
func share(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(dir + "/ledger.db*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		mode := os.FileMode(0o444)
		if strings.HasSuffix(f, "-shm") && os.Getuid() != 0 {
			mode = 0o644
		}
		if err := os.Chmod(f, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
}

// strangersDirectory returns a directory, and how to start a process that permissions apply to: as it is or,
// for root, as somebody else.
func strangersDirectory(t *testing.T) (string, func(*exec.Cmd)) {
	t.Helper()
	if os.Getuid() != 0 {
		dir := t.TempDir()
		t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
		return dir, func(*exec.Cmd) {}
	}
	parent := t.TempDir()
	for _, d := range []string{parent, filepath.Dir(parent)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(parent, "program")
	copyFile(t, os.Args[0], program)
	dir := filepath.Join(parent, "books")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir, func(cmd *exec.Cmd) {
		cmd.Path, cmd.Dir = program, "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
