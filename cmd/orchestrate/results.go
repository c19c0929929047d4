package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// results writes one JSON line for each result, at once: whoever follows the file sees each task as it ends.
type results struct {
	w     io.Writer
	close func() error
}

// createResults opens the results file, or standard output for "" and "-". A regular file that exists is
// replaced only with force, and only if this program wrote it: a slip of the hand must not cost the books, the
// configuration or the tasks.
func createResults(path string, force bool, stdout io.Writer) (*results, error) {
	if path == "" || path == "-" {
		return &results{w: stdout, close: func() error { return nil }}, nil
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	info, err := os.Stat(path)
	there, regular := err == nil, err == nil && info.Mode().IsRegular()
	if regular && force && !isOwn(path) {
		return nil, fmt.Errorf("%s is not replaced, because it is neither a results file nor an export (name another --out, or remove it yourself)", path)
	}
	if force || (there && !regular) {
		mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := os.OpenFile(path, mode, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s exists and is not replaced (name another --out, or give --force)", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the results file: %w", err)
	}
	return &results{w: file, close: file.Close}, nil
}

// isOwn reports whether a file is empty, or begins as results and exports of the books do.
func isOwn(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	var first struct {
		Outcome orchestrator.Outcome `json:"outcome"` // of a result
		Format  string               `json:"format"`  // of an export
	}
	err = json.NewDecoder(file).Decode(&first)
	return errors.Is(err, io.EOF) || (err == nil && (first.Outcome != "" || first.Format == sqlite.ExportFormat))
}

// Write appends a result.
func (r *results) Write(result orchestrator.Result) error {
	line, err := json.Marshal(result)
	if err != nil {
		return err
	}
	_, err = r.w.Write(append(escape(line), '\n'))
	return err
}

func (r *results) Close() error { return r.close() }
