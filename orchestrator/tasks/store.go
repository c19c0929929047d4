package tasks

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"runtime"

	"github.com/orchestrate-go/orchestrate/worker"
)

// store is where the lines of a file can be read again: the file itself or, of what can be read once, a copy that has no
// name any more and goes with the process.
type store struct {
	file *os.File
	base int64 // where the first line begins
}

// storedPrompt is the prompt of a line, by its place and a digest of the line.
type storedPrompt struct {
	in     *store
	offset int64
	length int
	sum    uint64
}

var lineSeed = maphash.MakeSeed()

// Prompt reads the line again.
func (s *storedPrompt) Prompt() (string, error) {
	line := make([]byte, s.length)
	if _, err := s.in.file.ReadAt(line, s.in.base+s.offset); err != nil {
		return "", fmt.Errorf("read the prompt from the task file: %w", err)
	}
	var keys struct {
		Prompt string `json:"prompt"` // the line was checked: no other key folds to it
	}
	if maphash.Bytes(lineSeed, line) != s.sum || json.Unmarshal(line, &keys) != nil {
		return "", errors.New("the task file was changed in place since it was read: run it again")
	}
	return keys.Prompt, nil
}

// openStore lets the lines that are read from in, which follow base bytes of the file at path, be read again: from a copy if
// they can be read once only. Where neither can be had the prompts stay in memory.
func (f *taskFile) openStore(path string, in *bufio.Reader) *bufio.Reader {
	if f.base >= 0 {
		if file, err := os.Open(path); err == nil {
			f.stored = &store{file: file, base: f.base}
			return in
		}
	}
	if runtime.GOOS == "windows" { // where what is open cannot be removed
		return in
	}
	file, err := os.CreateTemp("", "orchestrate-tasks-*") // which nobody else may read
	if err != nil {
		return in
	}
	if err := os.Remove(file.Name()); err != nil {
		_ = file.Close()
		return in
	}
	f.stored = &store{file: file}
	return bufio.NewReaderSize(io.TeeReader(in, file), 64<<10)
}

// keepPlace leaves the prompt of a line in its file. One that outputs go into is a template, and stays.
func (f *taskFile) keepPlace(t worker.Task, e element) worker.Task {
	if f.stored == nil || t.Prompt == "" || len(t.DependsOn) > 0 {
		return t
	}
	t.Prompt, t.Stored = "", &storedPrompt{f.stored, e.offset, len(e.text), maphash.Bytes(lineSeed, e.text)}
	return t
}
