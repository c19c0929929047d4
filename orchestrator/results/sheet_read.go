package results

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// read takes note of the rows that a file has. whole is up to the end of the last row that is whole; other says that the
// file has other columns. What is torn can only be the last row: anything else that is none of ours is an error.
func (s *sheet) read(in io.Reader) (whole int64, other bool, err error) {
	counted := &countingReader{in: in}
	table := csv.NewReader(counted)
	table.Comma, table.FieldsPerRecord = s.comma, -1
	torn := func() (int64, bool, error) {
		if counted.ended && table.InputOffset() == counted.n {
			return whole, false, nil
		}
		return whole, false, fmt.Errorf("the row behind byte %d is none of its results", whole)
	}
	for first := true; ; first = false {
		cells, err := table.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return whole, false, nil
		case errors.As(err, &syntax) && !first:
			return torn()
		case errors.As(err, &syntax):
			return whole, true, nil
		case err != nil:
			return whole, false, err
		case first && counted.atEnd(table.InputOffset()) && s.begins(cells):
			return whole, false, nil
		case first && !slices.Equal(cells, s.header):
			return whole, true, nil
		case len(cells) != len(s.header), counted.atEnd(table.InputOffset()):
			return torn()
		}
		whole = table.InputOffset()
		if line, err := s.line(cells); err == nil && !first {
			s.old[rowKey(line)]++
		}
	}
}

// begins reports whether cells are how the header begins, torn in the last of them.
func (s *sheet) begins(cells []string) bool {
	last := len(cells) - 1
	return len(cells) <= len(s.header) && slices.Equal(cells[:last], s.header[:last]) && strings.HasPrefix(s.header[last], cells[last])
}

// countingReader remembers its last byte, so that a last row without a line end is told from a whole one.
type countingReader struct {
	in    io.Reader
	n     int64
	last  byte
	ended bool
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if n > 0 {
		c.n, c.last = c.n+int64(n), p[n-1]
	}
	c.ended = c.ended || errors.Is(err, io.EOF)
	return n, err
}

// atEnd reports whether what ends at offset is the end of the file, and no line end.
func (c *countingReader) atEnd(offset int64) bool { return c.ended && offset == c.n && c.last != '\n' }

// isSheetOfOurs reports whether a file is empty, or a table with the columns of results.
func isSheetOfOurs(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	table := csv.NewReader(file)
	table.Comma = commaOf(path)
	header, err := table.Read()
	for len(header) > 0 && strings.HasPrefix(strings.ReplaceAll(header[len(header)-1], ownPrefix, ""), fieldPrefix) {
		header = header[:len(header)-1]
	}
	if err != nil || len(header) < len(outcomeColumns) {
		return errors.Is(err, io.EOF)
	}
	for i, name := range header[len(header)-len(outcomeColumns):] {
		for strings.HasPrefix(name, ownPrefix) {
			name = name[len(ownPrefix):]
		}
		if name != outcomeColumns[i] {
			return false
		}
	}
	return true
}

// goOnSheet goes on in a sheet that is there, and cuts a torn last row: a result in the books is written again.
func (r *File) goOnSheet(p Destination) error {
	whole, other, err := r.sheet.read(r.file)
	switch {
	case err != nil:
		return fmt.Errorf("read the results file: %w", err)
	case other && !p.Force:
		return fmt.Errorf("%s has other columns than the results of run %s (name another --out, or give --force to replace it)", p.Path, p.Run)
	case other:
		return r.replace(p)
	}
	r.size = whole
	return r.file.Truncate(whole)
}
