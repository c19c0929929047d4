package tasks

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// table is a file of comma- or tab-separated values while it is read. Its first row names the columns.
type table struct {
	*taskFile
	csv   *csv.Reader
	bound *boundedReader
	lines int // that stand before what csv reads
	last  int // line of what it read, from 1
	names []string
	keys  bool // columns are keys of a task: the template does not say what is asked
}

// readTable reads a table whose columns are separated by comma.
func (f *taskFile) readTable(in *bufio.Reader, comma rune) error {
	t := &table{taskFile: f, bound: &boundedReader{in: in}}
	f.places = f.atRow
	start, _ := in.Peek(len("sep=;\r\n"))
	if sep := sepLine(start); sep != 0 { // Excel's own line for it
		_, _ = in.ReadString('\n')
		t.lines, comma = 1, sep
	}
	t.csv = csv.NewReader(t.bound)
	t.csv.Comma, t.csv.FieldsPerRecord = comma, -1
	t.csv.LazyQuotes = comma == '\t' // a quote in TSV is mostly a letter like another
	header, ok, err := t.next()
	if !ok || err != nil {
		return err
	}
	if !t.header(header) {
		return nil
	}
	for n := 1; ; n++ {
		cells, ok, err := t.next()
		if !ok || err != nil || f.told {
			return err
		}
		if blankRow(cells) {
			n--
			continue
		}
		t.row(n, cells)
	}
}

// sepLine is the separator of a line "sep=;", 0 if the file begins with none.
func sepLine(start []byte) rune {
	line, _, _ := bytes.Cut(start, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if rest, ok := bytes.CutPrefix(bytes.ToLower(line), []byte("sep=")); ok && len(rest) == 1 {
		return rune(rest[0])
	}
	return 0
}

func blankRow(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// next reads a row. ok is false at the end, and after a mistake behind which nothing can be read.
func (t *table) next() (cells []string, ok bool, err error) {
	t.bound.left = maxLine
	cells, err = t.csv.Read()
	var parse *csv.ParseError
	switch {
	case err == nil:
		t.last, _ = t.csv.FieldPos(len(cells) - 1)
		t.last += strings.Count(cells[len(cells)-1], "\n")
		return cells, true, nil
	case errors.Is(err, io.EOF):
		return nil, false, nil
	case errors.Is(err, errRecordTooLong):
		t.Add(document.Place{Line: t.last + t.lines + 1}, "", fmt.Sprintf("the row has more than %d MiB", maxLine>>20), "is there a quote that does not end?")
		return nil, false, nil
	case errors.As(err, &parse):
		t.syntax(parse)
		return nil, false, nil
	}
	return nil, false, err
}

func (t *table) syntax(e *csv.ParseError) {
	switch {
	case errors.Is(e.Err, csv.ErrQuote) && e.StartLine != e.Line:
		t.Add(document.Place{Line: e.StartLine + t.lines}, "", "a cell that begins with a quote does not end with one", `write "" for a quote in a cell`)
	case errors.Is(e.Err, csv.ErrBareQuote):
		t.Add(document.Place{Line: e.Line + t.lines, Column: e.Column}, "", "a quote in a cell that does not begin with one", `write the cell in quotes, and "" for each quote in it`)
	default:
		t.Add(document.Place{Line: e.Line + t.lines, Column: e.Column}, "", "a cell that begins with a quote ends with one, and has none else", `write "" for a quote in a cell`)
	}
}

// header takes the names of the columns.
func (t *table) header(cells []string) bool {
	for len(cells) > 1 && strings.TrimSpace(cells[len(cells)-1]) == "" { // a separator too many
		cells = cells[:len(cells)-1]
	}
	for i, name := range cells {
		name = strings.TrimSpace(name)
		at := document.Place{Line: 1 + t.lines, Column: t.column(cells, i)}
		switch {
		case strings.ContainsRune(name, '\r'):
			t.Add(at, "", "its lines end with a carriage return alone", "save it with the line ends of Unix or Windows")
			return false
		case !utf8.ValidString(name):
			t.Add(at, "", "the name of the column is not UTF-8", t.recode())
			return false
		case name == "": // what pandas calls its rows by
			name = fmt.Sprintf("column %d", i+1)
		}
		if first := slices.Index(t.names, name); first >= 0 {
			t.Add(at, "", fmt.Sprintf("column %d is called %s as column %d is", i+1, document.Quote(name), first+1), "give each column a name of its own")
			return false
		}
		t.names = append(t.names, name)
	}
	t.keys = !t.template.asks()
	if t.keys && !slices.Contains(t.names, "prompt") && !slices.Contains(t.names, "prompt_file") {
		t.tell(document.Place{}, unasked(t.names, t.csv.Comma))
		return false
	}
	return true
}

func (t *table) recode() string {
	return "save the file as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 " + quoteFile(t.File)
}

// row takes the n-th row of data.
func (t *table) row(n int, cells []string) {
	line, _ := t.csv.FieldPos(0)
	line += t.lines
	if len(cells) < len(t.names) || !blankRow(cells[len(t.names):]) {
		t.Add(document.Place{Line: line, Column: 1}, "", fmt.Sprintf("the row has %d cells, the header has %d", len(cells), len(t.names)), "is a cell with a separator in it not in quotes?")
		return
	}
	cells = cells[:len(t.names)]
	r := dataRow{line: line, fallback: "row-" + strconv.Itoa(n), keys: t.keys, record: record{names: t.names, values: make([]any, len(cells))}}
	for i, cell := range cells {
		if !utf8.ValidString(cell) {
			t.Add(t.cellPlace(cells, i), "", fmt.Sprintf("column %s is not UTF-8", document.Quote(t.names[i])), t.recode())
			return
		}
		r.values[i] = cell
	}
	r.place = func(column string) document.Place {
		if i := slices.Index(t.names, column); i >= 0 && (t.keys || column == t.idColumn()) {
			return t.cellPlace(cells, i)
		}
		return document.Place{Line: line, Column: 1}
	}
	task, missing := t.data(r)
	if missing != nil { // as in every row
		t.Add(document.Place{Line: 1 + t.lines, Column: 1}, "", "there is no column "+document.Quote(missing.path[0]), document.DidYouMean(missing.path[0], t.names))
		t.told = true
		return
	}
	t.add(task, document.Place{Line: line})
}

func (t *table) cellPlace(cells []string, i int) document.Place {
	line, _ := t.csv.FieldPos(i)
	return document.Place{Line: line + t.lines, Column: t.column(cells, i)}
}

// column is where a cell begins in its line, in characters: the library tells bytes.
func (t *table) column(cells []string, i int) int {
	line, column := t.csv.FieldPos(i)
	for before := i - 1; before >= 0; before-- {
		text := cells[before]
		if end := strings.LastIndexByte(text, '\n'); end >= 0 {
			text = text[end+1:]
		}
		column -= len(text) - utf8.RuneCountInString(text)
		if start, _ := t.csv.FieldPos(before); start != line {
			break
		}
	}
	return max(column, 1)
}

// unasked tells that a table does not say what is asked about its rows.
func unasked(names []string, comma rune) *foreign {
	what := "CSV, a table of comma-separated values"
	if comma == '\t' {
		what = "TSV, a table of tab-separated values"
	}
	return &foreign{what + ", without a column prompt", fmt.Sprintf("say what is asked about each row: --prompt '%s'", fieldOf(names))}
}

// fieldOf writes a field as a template does: the likeliest of the names for a text.
func fieldOf(names []string) string {
	name := names[len(names)-1]
	for _, likely := range append(textKeys[:len(textKeys):len(textKeys)], "review", "comment", "message") {
		holds := func(name string) bool { return strings.Contains(strings.ToLower(name), likely) }
		if i := slices.IndexFunc(names, holds); i >= 0 {
			name = names[i]
			break
		}
	}
	if isWord.MatchString(name) {
		return "{{ ." + name + " }}"
	}
	return fmt.Sprintf("{{ field %q }}", name)
}

var isWord = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)

var errRecordTooLong = errors.New("the record is too long")

// boundedReader gives at most left bytes more; whoever reads sets that anew for each record. What was read ahead is then
// not counted: the bound is one of memory, not exact.
type boundedReader struct {
	in   io.Reader
	left int
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errRecordTooLong
	}
	n, err := b.in.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
