package results

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// scanned is what a results file looks like.
type scanned struct {
	whole   int64 // bytes up to the end of the last whole line
	unended bool  // the last of them lacks its line end
	foreign bool  // there is text that is neither a result nor the beginning of one
}

// scan reads the lines of a results file. A line without an end that is no result was torn by a crash, and
// does not count. Other lines that are no results are passed over: they lose nothing by it.
func scan(in io.Reader, each func(orchestrator.Result)) (s scanned, err error) {
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return s, err
		}
		ended := err == nil
		result, ok := resultOf(line)
		switch {
		case ok:
			each(result)
			s.unended = !ended
			s.whole += int64(len(line))
		case ended:
			s.foreign = s.foreign || !isTorn(bytes.TrimSpace(line))
			s.whole += int64(len(line))
		case !isTorn(line):
			s.foreign, s.unended = true, true
			s.whole += int64(len(line))
		}
		if !ended {
			return s, nil
		}
	}
}

// Every line of a results file begins with these, the task's id in between.
const (
	lineStart = `{"id":"`
	afterID   = `,"outcome":"`
)

// isTorn reports whether a line that is no result is what a crash leaves of one: its beginning, or room that was
// never filled.
func isTorn(line []byte) bool {
	line = bytes.TrimRight(line, "\x00\r\n")
	rest, whole := bytes.CutPrefix(line, []byte(lineStart))
	if !whole {
		return bytes.HasPrefix([]byte(lineStart), line)
	}
	for len(rest) > 0 && rest[0] != '"' {
		rest = rest[min(len(rest), 1+bytes.Count(rest[:1], []byte(`\`))):]
	}
	if len(rest) == 0 {
		return true
	}
	rest = rest[1:]
	return !json.Valid(line) && (bytes.HasPrefix(rest, []byte(afterID)) || bytes.HasPrefix([]byte(afterID), rest))
}

func resultOf(line []byte) (r orchestrator.Result, ok bool) {
	err := json.Unmarshal(line, &r)
	return r, err == nil && isResult(r.Outcome, "")
}

// IsOwn reports whether a file is empty, or begins with a line that is one of ours.
func IsOwn(path string, is func(outcome orchestrator.Outcome, format string) bool) bool {
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
	return errors.Is(err, io.EOF) || (err == nil && is(first.Outcome, first.Format))
}

func isResult(outcome orchestrator.Outcome, _ string) bool { return outcome != "" }

// Read returns the results of a run that are in a regular file, in their order; those of all runs for "".
func Read(path, run string) (list []orchestrator.Result, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // reading a pipe could wait for ever
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	_, err = scan(file, func(r orchestrator.Result) {
		if run == "" || r.Run == run {
			list = append(list, r)
		}
	})
	return list, err
}
