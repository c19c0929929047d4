package view

import (
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
)

// Table lays rows out under headers, numbers to the right. It uses no colour, so that it reads the same in a file,
// and escapes the cells, in place, so that each is one line.
func Table(headers []string, rows [][]string) string {
	for _, row := range rows {
		for i := range row {
			row[i] = escape.Line(row[i])
		}
	}
	numeric := make([]bool, len(headers))
	for i := range headers {
		numeric[i] = len(rows) > 0
		for _, row := range rows {
			numeric[i] = numeric[i] && isNumber(row[i])
		}
	}
	style := func(_, col int) lipgloss.Style {
		s := lipgloss.NewStyle()
		if col < len(headers)-1 {
			s = s.PaddingRight(2)
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

// isNumber reports whether a cell is one: digits with separators, a sign, a currency, percent.
func isNumber(cell string) bool {
	for _, r := range cell {
		if (r < '0' || r > '9') && r != ',' && r != '.' && r != '-' && r != '$' && r != '%' {
			return cell == "unlimited" || cell == "unknown"
		}
	}
	return true
}
