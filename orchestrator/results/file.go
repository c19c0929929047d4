// Package results keeps the results file of a run: JSON lines, or rows of a table, that are only ever added to. A later line of a task replaces
// its earlier one for the reader, a torn last line does not count, and nothing that was paid for can be cut off by a
// command or a kill.
package results

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
)

// File writes one line for each result, at once: whoever follows the file sees each task as it ends. Lines
// are only ever added: a later line of a task replaces its earlier ones. The methods may be called from many
// goroutines.
type File struct {
	w    io.Writer
	path string // as it was given; "" for standard output
	run  string // whose results it takes
	warn func(message string)

	mu     sync.Mutex
	file   *os.File // a regular file, which can be read back and synced, else nil
	size   int64    // of the file, in bytes
	last   map[string]lineKey
	failed error // the file can take no more lines

	replaces bool // Begin empties the file

	sheet *sheet // nil for JSON lines

	syncing sync.Mutex
	synced  int64 // the first bytes of the file that are durable
	closing func() error
}

// lineKey tells one result of a task from another.
type lineKey struct {
	outcome        orchestrator.Outcome
	started, ended time.Time
	omitted        bool
}

func keyOf(r orchestrator.Result) lineKey {
	return lineKey{r.Outcome, r.Started.UTC().Round(0), r.Ended.UTC().Round(0), r.Omitted}
}

// Path is where the results go, as it was given, or where they go on; "" is standard output.
func (r *File) Path() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.path
}

// Regular reports whether they go to a regular file, which can be read back and synced.
func (r *File) Regular() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.file != nil
}

// Unwrap returns what is written to.
func (r *File) Unwrap() io.Writer { return r.w }

// Write appends a result, unless it is the last one that was written of its task.
func (r *File) Write(result orchestrator.Result) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.write(result)
}

// Keep appends a result and returns once it is durable, with the file where it is. What is no regular file makes
// nothing durable: then there is no such file.
func (r *File) Keep(result orchestrator.Result) (file string, err error) {
	r.mu.Lock()
	err = r.write(result)
	size, path := r.size, r.path
	regular := r.file != nil
	r.mu.Unlock()
	if err != nil || !regular {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	return path, r.sync(size)
}

func (r *File) write(result orchestrator.Result) error {
	key := keyOf(result)
	if last, ok := r.last[result.ID]; ok && last == key {
		return nil
	}
	if err := r.attend(); err != nil {
		return err
	}
	if !result.Omitted {
		result.OutputFile = "" // it is here
	}
	line, err := r.line(result)
	if err != nil {
		return err
	}
	n, err := r.w.Write(line) // none where the file had it
	if err != nil {
		r.takeBack(err)
		return err
	}
	r.size += int64(n)
	r.last[result.ID] = key
	return nil
}

// line is a result as it is written, the first one of a sheet below its header; nil where the file had it already.
func (r *File) line(result orchestrator.Result) ([]byte, error) {
	if r.sheet == nil {
		line, err := result.JSON()
		return append(escape.Bytes(line), '\n'), err
	}
	row, err := r.sheet.row(result)
	if err != nil || r.sheet.had(row) {
		return nil, err
	}
	if r.size > 0 {
		return row, nil
	}
	header, err := r.sheet.line(r.sheet.header)
	return append(header, row...), err
}

// takeBack removes the half of a line that could not be written, and ends the file there: what came after it would
// be one line with it.
func (r *File) takeBack(err error) {
	if r.file != nil {
		r.failed = err
		_ = r.file.Truncate(r.size) // else the next who opens it does
	}
}

// sync makes the first size bytes of the file durable. Callers that wait for one sync share the next.
func (r *File) sync(size int64) error {
	r.syncing.Lock()
	defer r.syncing.Unlock()
	if r.synced >= size {
		return nil
	}
	r.mu.Lock()
	file, all := r.file, r.size
	r.mu.Unlock()
	if err := file.Sync(); err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.failed = err // what a failed sync lost, a later one does not miss
		return err
	}
	r.synced = all
	return nil
}

// Close ends the writing. A file that was deleted meanwhile is there again.
func (r *File) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if r.failed == nil { // else that was told
		err = r.attend()
	}
	if err = errors.Join(err, r.closing()); err != nil {
		return fmt.Errorf("close the results: %w", err)
	}
	return nil
}
