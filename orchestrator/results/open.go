package results

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// Destination is where results are to go.
type Destination struct {
	Path     string // "" and "-" are standard output
	Run      string // whose results they are
	Resumed  bool   // the file may have some of them
	Force    bool   // it may have others
	OnlyCopy bool   // the books do not keep outputs
	State    string // the project's directory of books, which takes nothing else
	Warn     func(message string)

	// What a table of results begins with, where Path ends in .csv or .tsv: the names of the input's columns; the ids of
	// tasks; their metadata. Fields are those of answers that have a schema.
	Columns          []string
	WithID, Metadata bool
	Fields           []string
}

// Open opens the file for a run's results, or standard output. A regular file that exists is added to if it
// has results of this run. Any other is left alone, unless force lets the run replace those of another: that happens
// at Begin. A slip of the hand must cost neither the books, the configuration and the tasks nor answers
// that were paid for.
func Open(p Destination, stdout io.Writer) (*File, error) {
	r := &File{run: p.Run, last: make(map[string]lineKey), warn: p.Warn, closing: func() error { return nil }}
	if p.Path == "" || p.Path == "-" {
		r.w = stdout
		return r, nil
	}
	r.path, r.sheet = p.Path, newSheet(p)
	if Within(p.Path, p.State) {
		return nil, fmt.Errorf("%s is in %s, which holds the books and nothing else (name another --out)", p.Path, filepath.Base(p.State))
	}
	info, err := os.Stat(p.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = r.open(os.O_EXCL)
		if err == nil {
			_ = syncDir(filepath.Dir(p.Path)) // the first line that must be durable tells of a disk that fails
		}
		return r, err
	case err == nil && !info.Mode().IsRegular(): // a pipe, a terminal
		file, err := os.OpenFile(p.Path, os.O_WRONLY, 0)
		if err != nil {
			return nil, fmt.Errorf("open the results file: %w", err)
		}
		r.w, r.closing = file, file.Close
		return r, nil
	case err != nil:
		return nil, fmt.Errorf("open the results file: %w", err)
	case p.Resumed:
		return r, r.goOn(p)
	}
	return r, r.openOther(p, info)
}

// Discards reports whether what is written to w goes to the null device. A standard output that was closed is that, too:
// Go opens it there.
func Discards(w any) bool {
	switch w := w.(type) {
	case interface{ Unwrap() io.Writer }:
		return Discards(w.Unwrap())
	case *os.File:
		info, err := w.Stat()
		null, nullErr := os.Stat(os.DevNull)
		return err == nil && nullErr == nil && os.SameFile(info, null)
	}
	return false
}

// open opens the regular file.
func (r *File) open(flag int) error {
	file, err := os.OpenFile(r.path, os.O_RDWR|os.O_CREATE|os.O_APPEND|flag, 0o644)
	if err != nil {
		return fmt.Errorf("open the results file: %w", err)
	}
	r.file, r.w, r.closing = file, file, file.Close
	return nil
}

// goOn opens a file that is there to add to it, and cuts a torn last line.
func (r *File) goOn(p Destination) (err error) {
	if err := r.open(0); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.file.Close())
		}
	}()
	if r.sheet != nil {
		return r.goOnSheet(p)
	}
	lines, ours := 0, 0
	text, err := scan(r.file, func(result orchestrator.Result) {
		lines++
		if result.Run == p.Run {
			ours++
			r.last[result.ID] = keyOf(result)
		}
	})
	switch {
	case err != nil:
		return fmt.Errorf("read the results file: %w", err)
	case lines == 0 && text.foreign:
		return fmt.Errorf("%s is not added to, because it is no results file (name another --out)", p.Path)
	case lines > 0 && ours == 0 && !p.Force:
		return fmt.Errorf("%s has results, and none of run %s (name another --out, or give --force to replace them)", p.Path, p.Run)
	case lines > 0 && ours == 0:
		return r.replace(p)
	}
	return r.mend(text)
}

// mend leaves the file with whole lines.
func (r *File) mend(text scanned) error {
	r.size = text.whole
	if text.unended {
		n, err := r.file.Write([]byte("\n"))
		r.size += int64(n)
		return err
	}
	return r.file.Truncate(r.size)
}

// openOther opens a file that is there for the results of a new run.
func (r *File) openOther(p Destination, info fs.FileInfo) error {
	if info.Size() == 0 { // there is nothing to replace
		return r.open(0)
	}
	if !p.Force {
		return fmt.Errorf("%s exists and is not replaced (go on with its run: --resume; or name another --out, or give --force)", p.Path)
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
func (r *File) replace(p Destination) error {
	switch {
	case r.sheet == nil && !IsOwn(p.Path, isResult), r.sheet != nil && !isSheetOfOurs(p.Path):
		return fmt.Errorf("%s is not replaced, because it is no results file (name another --out, or remove it yourself)", p.Path)
	case p.OnlyCopy:
		return fmt.Errorf("%s is not replaced, because outputs are nowhere else with store_outputs = false (name another --out, or move it yourself)", p.Path)
	}
	r.replaces = true
	return nil
}

// Begin empties a file that is to be replaced: nothing hinders the new run any more.
func (r *File) Begin() error {
	if !r.replaces {
		return nil
	}
	r.size = 0
	return r.file.Truncate(0)
}

// Within reports whether path leads into a directory of books: that of this project, or another's. Links are
// followed as the system follows them.
func Within(path, state string) bool {
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
		if strings.EqualFold(filepath.Base(dir), filepath.Base(state)) || (err == nil && books != nil && os.SameFile(info, books)) {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}
