package results

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
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
