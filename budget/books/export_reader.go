package books

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// exportReader reads an exported ledger.
type exportReader struct {
	lines *bufio.Scanner
	line  int // of what was read last
	count exportEnd
}

// newExportReader reads the header.
func newExportReader(r io.Reader) (*exportReader, error) {
	x := &exportReader{lines: bufio.NewScanner(r)}
	x.lines.Buffer(make([]byte, 0, 64<<10), maxExportLine)
	line, err := x.read()
	if err == io.EOF {
		return nil, errors.New("it is empty, not an exported ledger")
	}
	if err != nil {
		return nil, err
	}
	var h exportHeader
	switch err := json.Unmarshal(line, &h); {
	case err != nil || h.Format != ExportFormat:
		return nil, x.errorf("this is not an exported ledger, which begins with {\"format\":%q,...}", ExportFormat)
	case h.Version > exportVersion:
		return nil, x.errorf("the file has format version %d, and this program knows only %d: use a newer program", h.Version, exportVersion)
	case h.Version < 1:
		return nil, x.errorf("there is no format version %d", h.Version)
	}
	return x, nil
}

// next returns the next run or entry. It is io.EOF after a whole file; every other error names the line.
func (x *exportReader) next() (exportLine, error) {
	data, err := x.read()
	if err == io.EOF {
		return exportLine{}, x.cut()
	}
	if err != nil {
		return exportLine{}, err
	}
	var l exportLine
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	switch err := decoder.Decode(&l); {
	case errors.Is(err, io.ErrUnexpectedEOF) && !x.lines.Scan():
		return exportLine{}, x.cut()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return exportLine{}, x.errorf("the line is cut short: export or copy the file again")
	case err != nil:
		return exportLine{}, x.errorf("%v", err)
	}
	if decoder.InputOffset() < int64(len(bytes.TrimRight(data, " \t\r"))) {
		return exportLine{}, x.errorf("something follows the line's object")
	}
	switch {
	case l.Run != nil && l.Entry == nil && l.End == nil:
		if x.count.Entries > 0 {
			return exportLine{}, x.errorf("a run after the first entry")
		}
		x.count.Runs++
		return l, nil
	case l.Entry != nil && l.Run == nil && l.End == nil:
		x.count.Entries++
		return l, nil
	case l.End != nil && l.Run == nil && l.Entry == nil:
		return exportLine{}, x.end(*l.End)
	}
	return exportLine{}, x.errorf("it is neither a run nor an entry nor the end")
}

func (x *exportReader) cut() error {
	return x.errorf("the file is cut short here: export or copy it again")
}

// end is io.EOF if nothing is missing and nothing follows.
func (x *exportReader) end(want exportEnd) error {
	if want != x.count {
		return x.errorf("the file has %d runs and %d entries, its end says %d and %d", x.count.Runs, x.count.Entries, want.Runs, want.Entries)
	}
	switch _, err := x.read(); {
	case err == nil:
		return x.errorf("something follows the end")
	case err != io.EOF:
		return err
	}
	return io.EOF
}

// read returns the next line, or io.EOF.
func (x *exportReader) read() ([]byte, error) {
	x.line++
	if !x.lines.Scan() {
		err := x.lines.Err()
		switch {
		case err == nil:
			return nil, io.EOF
		case errors.Is(err, bufio.ErrTooLong):
			return nil, x.errorf("longer than %d MiB", maxExportLine>>20)
		}
		return nil, x.errorf("%w", err)
	}
	if !utf8.Valid(x.lines.Bytes()) { // JSON would read something else in its place
		return nil, x.errorf("not UTF-8")
	}
	return x.lines.Bytes(), nil
}

func (x *exportReader) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: "+format, append([]any{x.line}, args...)...)
}
