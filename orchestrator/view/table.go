package view

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"

	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
)

// Table lays rows out under headers, numbers to the right. It uses no colour, so that it reads the same in a file,
// and escapes the cells, in place, so that each is one line.
func Table(headers []string, rows [][]string) string {
	escapeCells(rows)
	return render(headers, rows)
}

func escapeCells(rows [][]string) {
	for _, row := range rows {
		for i := range row {
			row[i] = escape.Line(row[i])
		}
	}
}

// gap is between two columns.
const gap = 2

func render(headers []string, rows [][]string) string {
	numeric := make([]bool, len(headers))
	for i := range headers {
		numeric[i] = isNumeric(rows, i)
	}
	style := func(_, col int) lipgloss.Style {
		s := lipgloss.NewStyle()
		if col < len(headers)-1 {
			s = s.PaddingRight(gap)
		}
		if numeric[col] {
			s = s.Align(lipgloss.Right)
		}
		return s
	}
	t := table.New().Headers(headers...).Rows(rows...).StyleFunc(style).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderColumn(false).BorderRow(false).
		Border(lipgloss.NormalBorder()).Wrap(false)
	var b strings.Builder
	for line := range strings.Lines(t.Render() + "\n") { // cells are padded to the right
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

func isNumeric(rows [][]string, col int) bool {
	return len(rows) > 0 && !slices.ContainsFunc(rows, func(row []string) bool { return !isNumber(row[col]) })
}

// isNumber reports whether a cell is one: digits with separators, a sign, a currency, percent.
func isNumber(cell string) bool {
	for _, r := range cell {
		if (r < '0' || r > '9') && r != ',' && r != '.' && r != '-' && r != '$' && r != '%' {
			return cell == "unlimited" || cell == "unknown"
		}
	}
	return true
}

// Fit is how wide a table for people may be.
type Fit struct {
	Width int // of the screen, in cells; 0 is any: nothing is left out
}

// The least that is left of a column of names, and of one of words, where a table is too wide.
const (
	leastName  = 20
	leastWords = 24
)

// table lays rows out as [Table] does, within the width. The columns called spare are left out where all their cells are zero,
// and, in their order, where the rest is too wide, which is said below the table. The names in the first column that is no number are
// shortened in the middle; the words in the last one go on below one another.
func (f Fit) table(headers []string, rows [][]string, spare ...string) string {
	escapeCells(rows)
	if f.Width == 0 {
		return render(headers, rows)
	}
	s := newSheet(headers, rows)
	for _, name := range spare {
		if i := slices.Index(s.headers, name); i >= 0 && s.columns[i].zero {
			s.drop(i)
		}
	}
	var hidden []string
	for _, name := range spare {
		if s.least() <= f.Width {
			break
		}
		if i := slices.Index(s.headers, name); i >= 0 {
			s.drop(i)
			hidden = append(hidden, name)
		}
	}
	text := s.within(f.Width)
	if hidden != nil {
		text += "(--wide shows " + strings.Join(hidden, ", ") + ")\n"
	}
	return text
}

// sheet is a table while it is fitted.
type sheet struct {
	headers []string
	rows    [][]string
	columns []column
}

// column is what its cells have in common.
type column struct {
	width   int
	zero    bool // they say nothing
	numeric bool
}

func newSheet(headers []string, rows [][]string) *sheet {
	s := &sheet{headers: slices.Clone(headers), rows: slices.Clone(rows)}
	for i, header := range headers {
		c := column{width: lipgloss.Width(header), zero: true, numeric: isNumeric(rows, i)}
		for _, row := range rows {
			c.width = max(c.width, lipgloss.Width(row[i]))
			c.zero = c.zero && slices.Contains([]string{"", "0", "0%", "-", "$0.00", "0.00"}, row[i])
		}
		s.columns = append(s.columns, c)
	}
	return s
}

func (s *sheet) drop(col int) {
	s.headers = slices.Delete(s.headers, col, col+1)
	s.columns = slices.Delete(s.columns, col, col+1)
	for i, row := range s.rows {
		s.rows[i] = append(slices.Clone(row[:col]), row[col+1:]...)
	}
}

// total is how wide all of it is.
func (s *sheet) total() int {
	sum := gap * (len(s.columns) - 1)
	for _, c := range s.columns {
		sum += c.width
	}
	return sum
}

// slack is how much narrower a column can be.
func (s *sheet) slack(col, least int) int {
	c := s.columns[col]
	if c.numeric {
		return 0
	}
	return max(0, c.width-max(least, lipgloss.Width(s.headers[col])))
}

// ends are the columns that give way: the first that is no number has names, and the last may have words. They may be one.
func (s *sheet) ends() (names, words int) {
	return max(0, slices.IndexFunc(s.columns, func(c column) bool { return !c.numeric })), len(s.columns) - 1
}

// least is how wide it is at least.
func (s *sheet) least() int {
	names, words := s.ends()
	if names == words {
		return s.total() - s.slack(words, leastWords)
	}
	return s.total() - s.slack(names, leastName) - s.slack(words, leastWords)
}

// within lays the sheet out: words give way first, as far as they can, then names.
func (s *sheet) within(width int) string {
	names, words := s.ends()
	if over := s.total() - width; over > 0 {
		wrapped := min(over, s.slack(words, leastWords))
		if short := min(over-wrapped, s.slack(names, leastName)); short > 0 && names != words {
			for i, row := range s.rows {
				s.rows[i] = slices.Clone(row)
				s.rows[i][names] = Middle(row[names], s.columns[names].width-short)
			}
		}
		if wrapped > 0 {
			s.wrap(words, s.columns[words].width-wrapped)
		}
	}
	return render(s.headers, s.rows)
}

// wrap puts the words of a column below one another.
func (s *sheet) wrap(col, width int) {
	var rows [][]string
	for _, row := range s.rows {
		for i, line := range strings.Split(lipgloss.Wrap(row[col], width, " "), "\n") {
			if i > 0 {
				row = make([]string, len(row))
			} else {
				row = slices.Clone(row)
			}
			row[col] = strings.TrimRight(line, " ")
			rows = append(rows, row)
		}
	}
	s.rows = rows
}
