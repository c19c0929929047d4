package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
)

// destination is where results are to go.
type destination struct {
	path    string // "" and "-" are standard output
	run     string // whose results they are
	resumed bool   // the file may have some of them
	force   bool   // it may have others
	onlyOne bool   // the books do not keep outputs
	state   string // the project's directory of books, which takes nothing else
	warn    func(message string)
}

// openResults opens the file for a run's results, or standard output. A regular file that exists is added to if it
// has results of this run. Any other is left alone, unless force lets the run replace those of another: that happens
// at Begin. A slip of the hand must cost neither the books, the configuration and the tasks nor answers
// that were paid for.
func openResults(p destination, stdout io.Writer) (*results, error) {
	r := &results{run: p.run, last: make(map[string]lineKey), warn: p.warn, closing: func() error { return nil }}
	if p.path == "" || p.path == "-" {
		r.w = stdout
		return r, nil
	}
	r.path = p.path
	if within(p.path, p.state) {
		return nil, fmt.Errorf("%s is in %s, which holds the books and nothing else (name another --out)", p.path, stateDir)
	}
	info, err := os.Stat(p.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = r.open(os.O_EXCL)
		if err == nil {
			_ = syncDir(filepath.Dir(p.path)) // the first line that must be durable tells of a disk that fails
		}
		return r, err
	case err == nil && !info.Mode().IsRegular(): // a pipe, a terminal
		file, err := os.OpenFile(p.path, os.O_WRONLY, 0)
		if err != nil {
			return nil, fmt.Errorf("open the results file: %w", err)
		}
		r.w, r.closing = file, file.Close
		return r, nil
	case err != nil:
		return nil, fmt.Errorf("open the results file: %w", err)
	case p.resumed:
		return r, r.goOn(p)
	}
	return r, r.openOther(p, info)
}

// discards reports whether what is written to w goes to the null device. A standard output that was closed is that, too:
// Go opens it there.
func discards(w io.Writer) bool {
	switch w := w.(type) {
	case *watched:
		return discards(w.Writer)
	case *escape.Writer:
		return discards(w.W)
	case *os.File:
		info, err := w.Stat()
		null, nullErr := os.Stat(os.DevNull)
		return err == nil && nullErr == nil && os.SameFile(info, null)
	}
	return false
}

// open opens the regular file.
func (r *results) open(flag int) error {
	file, err := os.OpenFile(r.path, os.O_RDWR|os.O_CREATE|os.O_APPEND|flag, 0o644)
	if err != nil {
		return fmt.Errorf("open the results file: %w", err)
	}
	r.file, r.w, r.closing = file, file, file.Close
	return nil
}

// goOn opens a file that is there to add to it, and cuts a torn last line.
func (r *results) goOn(p destination) (err error) {
	if err := r.open(0); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.file.Close())
		}
	}()
	lines, ours := 0, 0
	text, err := scanResults(r.file, func(result orchestrator.Result) {
		lines++
		if result.Run == p.run {
			ours++
			r.last[result.ID] = keyOf(result)
		}
	})
	switch {
	case err != nil:
		return fmt.Errorf("read the results file: %w", err)
	case lines == 0 && text.foreign:
		return fmt.Errorf("%s is not added to, because it is no results file (name another --out)", p.path)
	case lines > 0 && ours == 0 && !p.force:
		return fmt.Errorf("%s has results, and none of run %s (name another --out, or give --force to replace them)", p.path, p.run)
	case lines > 0 && ours == 0:
		return r.replace(p)
	}
	return r.mend(text)
}

// mend leaves the file with whole lines.
func (r *results) mend(text scanned) error {
	r.size = text.whole
	if text.unended {
		n, err := r.file.Write([]byte("\n"))
		r.size += int64(n)
		return err
	}
	return r.file.Truncate(r.size)
}

// openOther opens a file that is there for the results of a new run.
func (r *results) openOther(p destination, info fs.FileInfo) error {
	if info.Size() == 0 { // there is nothing to replace
		return r.open(0)
	}
	if !p.force {
		return fmt.Errorf("%s exists and is not replaced (go on with its run: --resume; or name another --out, or give --force)", p.path)
	}
	if err := r.open(0); err != nil {
		return err
	}
	if err := r.replace(p); err != nil {
		return errors.Join(err, r.file.Close())
	}
	return nil
}

// replace lets Begin empty the file, which is open and has results of other runs.
func (r *results) replace(p destination) error {
	switch {
	case !isOwn(p.path, isResult):
		return fmt.Errorf("%s is not replaced, because it is no results file (name another --out, or remove it yourself)", p.path)
	case p.onlyOne:
		return fmt.Errorf("%s is not replaced, because outputs are nowhere else with store_outputs = false (name another --out, or move it yourself)", p.path)
	}
	r.replaces = true
	return nil
}

// Begin empties a file that is to be replaced: nothing hinders the new run any more.
func (r *results) Begin() error {
	if !r.replaces {
		return nil
	}
	r.size = 0
	return r.file.Truncate(0)
}

// within reports whether path leads into a directory of books: that of this project, or another's. Links are
// followed as the system follows them.
func within(path, state string) bool {
	for range 40 { // a link to a file that is not there yet: opening it would make that one
		target, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(target) {
			dir, _ := filepath.Split(path)
			target = dir + target
		}
		path = target
	}
	dir, _ := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return false // it cannot be opened
	}
	books, _ := os.Stat(state)
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if strings.EqualFold(filepath.Base(dir), stateDir) || (err == nil && books != nil && os.SameFile(info, books)) {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}
