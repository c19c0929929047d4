package results

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// sheet writes results as rows of a table: the columns of the input, then what became of each task. What a cell says is
// what was given and answered; a spreadsheet may take it for a formula.
type sheet struct {
	comma    rune
	columns  []string // of the input
	withID   bool     // the first column is the task's id: not every task has a row of data
	metadata bool     // a column has the metadata
	fields   []string // of answers that have a schema, each a column at the end
	header   []string
	old      map[string]int // rows that the file had, by their text, as often as they stand there
}

// outcomeColumns are what became of a task. Before one that the input has as well goes the prefix.
var outcomeColumns = []string{"status", "output", "finish", "error", "input_tokens", "output_tokens", "cost_usd"}

const (
	ownPrefix   = "orchestrate_"
	fieldPrefix = "output."
)

// IsSheet reports whether a file of that name takes results as rows of a table, comma- or tab-separated.
func IsSheet(path string) bool { return commaOf(path) != 0 }

func commaOf(path string) rune {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		return ','
	case ".tsv":
		return '\t'
	}
	return 0
}

// newSheet is a sheet for a destination, nil if that takes JSON lines.
func newSheet(p Destination) *sheet {
	s := &sheet{comma: commaOf(p.Path), columns: p.Columns, withID: p.WithID, metadata: p.Metadata, fields: p.Fields, old: make(map[string]int)}
	if s.comma == 0 {
		return nil
	}
	own := func(name string) {
		for slices.Contains(s.columns, name) || slices.Contains(s.header, name) {
			name = ownPrefix + name
		}
		s.header = append(s.header, name)
	}
	if s.withID {
		own("id")
	}
	s.header = append(s.header, s.columns...)
	if s.metadata {
		own("metadata")
	}
	for _, name := range outcomeColumns {
		own(name)
	}
	for _, name := range s.fields {
		own(fieldPrefix + name)
	}
	return s
}

// row is a result as a line of the file.
func (s *sheet) row(r orchestrator.Result) ([]byte, error) {
	given := make(map[string]json.RawMessage)
	if r.Columns != nil {
		if err := json.Unmarshal(r.Columns, &given); err != nil {
			return nil, err
		}
	}
	cells := make([]string, 0, len(s.header))
	if s.withID {
		cells = append(cells, r.ID)
	}
	for _, name := range s.columns {
		cells = append(cells, cellOf(given[name]))
	}
	if s.metadata {
		cells = append(cells, cellOf(r.Metadata))
	}
	cost := ""
	if r.Cost != nil {
		cost = strings.Replace(r.Cost.String(), "$", "", 1)
	}
	output := r.Output
	if output == "" && len(r.ToolCalls) > 0 {
		calls, err := json.Marshal(r.ToolCalls)
		if err != nil {
			return nil, err
		}
		output = string(calls)
	}
	cells = append(cells, string(r.Outcome), output, string(r.Finish), r.Reason,
		strconv.FormatInt(r.Usage.InputTokens(), 10), strconv.FormatInt(r.Usage.Tokens()-r.Usage.InputTokens(), 10), cost)
	answer := make(map[string]json.RawMessage)
	if len(s.fields) > 0 && json.Unmarshal([]byte(r.Output), &answer) != nil {
		clear(answer) // no object: it is in its column as a whole
	}
	for _, name := range s.fields {
		cells = append(cells, cellOf(answer[name]))
	}
	return s.line(cells)
}

// cellOf is a value in a cell: a text as it is, others as they are written in JSON, nothing for null.
func cellOf(value json.RawMessage) string {
	var text string
	switch {
	case len(value) == 0 || string(value) == "null":
		return ""
	case json.Unmarshal(value, &text) == nil:
		return text
	}
	var b bytes.Buffer
	if json.Compact(&b, value) != nil {
		return string(value)
	}
	return b.String()
}

func (s *sheet) line(cells []string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = s.comma
	if err := w.Write(cells); err != nil {
		return nil, err
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// had reports whether the file had the row before it was opened, and takes note that it did: the next like it is another.
func (s *sheet) had(line []byte) bool {
	key := rowKey(line)
	n := s.old[key]
	if n > 0 {
		s.old[key] = n - 1
	}
	return n > 0
}

// rowKey is a row as it is known again: whoever reads a table makes one of the line ends in its cells.
func rowKey(line []byte) string { return strings.ReplaceAll(string(line), "\r\n", "\n") }

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
