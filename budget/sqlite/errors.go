package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrClosed is the error of a ledger that was closed.
var ErrClosed = errors.New("budget/sqlite: the ledger is closed")

// ErrReadOnly is the error of a write to a ledger that was opened with [OpenReader].
var ErrReadOnly = errors.New("budget/sqlite: the ledger was opened for reading only")

// ErrBroken is the error of every write after one whose outcome is not known. What the file holds is whole
// and consistent; whether it holds the write that failed shows when it is opened again. It wraps the
// failure.
var ErrBroken = errors.New("budget/sqlite: an earlier write failed, open the ledger again")

// OwnedError says that another process owns the ledger.
type OwnedError struct {
	Path  string
	PID   int       // 0 if the owner has not said, or not yet
	Run   string    // the run the owner is in, "" if none
	Since time.Time // when it opened the ledger
}

func (e *OwnedError) Error() string {
	return fmt.Sprintf("%s is in use by %s: wait for it to end, or stop it", e.Path, e.Owner())
}

// Owner says who the owner is: "process 812 since 2026-11-23T20:40:33Z (run 20261123-204033-abc123)".
func (e *OwnedError) Owner() string {
	owner := "another process"
	if e.PID != 0 {
		owner = fmt.Sprintf("process %d since %s", e.PID, e.Since.Format(time.RFC3339))
	}
	if e.Run != "" {
		owner += fmt.Sprintf(" (run %s)", e.Run)
	}
	return owner
}

// NewerError says that a newer program wrote the ledger. The file was not touched.
type NewerError struct {
	Path           string
	Version, Known int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("%s has schema version %d, and this program knows only %d: use a newer program", e.Path, e.Version, e.Known)
}

// OlderError says that an older program wrote the ledger. The next owner brings it up to date; until then
// it cannot be read.
type OlderError struct {
	Path           string
	Version, Known int
}

func (e *OlderError) Error() string {
	return fmt.Sprintf("%s has schema version %d, and this program reads %d: open it for writing once", e.Path, e.Version, e.Known)
}

// explain says what err, which came from using the file at path, means to its user.
func explain(path string, err error) error {
	switch code(err) {
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%s is not a database: %w", path, err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%s is damaged: put a copy of it in its place, or move it away to begin new books: %w", path, err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%s: there is no room left for it: %w", path, err)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("%s cannot be read or written (is its disk in order, and within the quota?): %w", path, err)
	case sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("%s cannot be opened (is it readable, and its directory %s writable?): %w",
			path, filepath.Dir(path), err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		if extendedCode(err) == sqlite3.SQLITE_READONLY_DIRECTORY {
			return fmt.Errorf("%s: no permission to write to its directory, which reading it takes while nobody"+
				" has it open: copy it to a directory of your own: %w", path, err)
		}
		if extendedCode(err) == sqlite3.SQLITE_READONLY_ROLLBACK {
			return fmt.Errorf("%s is half-made, its owner died: let an owner open it once: %w", path, err)
		}
		return fmt.Errorf("%s: no permission to write to it: %w", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// explainFile is explain for an error of the file system.
func explainFile(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: no permission: %w", path, err)
	case errors.Is(err, fs.ErrNotExist):
		dir := filepath.Dir(path)
		if _, statErr := os.Stat(dir); statErr != nil {
			return fmt.Errorf("%s: the directory %s does not exist: %w", path, dir, err)
		}
		return fmt.Errorf("%s: there is no ledger here yet: %w", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// code is the primary result code of SQLite in err, or 0.
func code(err error) int { return extendedCode(err) & 0xff }

func extendedCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// certain reports whether a write that failed with err, which SQLite then rolled back, has surely not
// happened: there was no room for it, or it was refused before the disk was asked. After a failed write or
// fsync the file may hold the transaction all the same once it is recovered.
func certain(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG:
		return true
	}
	return false
}
