package view

import (
	"strings"
	"testing"
)

// TestTextCell: text that a spreadsheet would carry out is defused; numbers and other text stay.
func TestTextCell(t *testing.T) {
	for text, want := range map[string]string{
		"gpt-4o": "gpt-4o", "": "", "2026-11-26": "2026-11-26", "a=1": "a=1", "-1": "-1", "+1.5": "+1.5", "-3": "-3",
		"=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0", "+1+1": "'+1+1", "-1+1": "'-1+1", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠x": "'＠x", "-": "'-",
		"-1.": "'-1.", "'=1": "'=1",
	} {
		if got := textCell(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestTableCells: a cell is one line, whatever it holds.
func TestTableCells(t *testing.T) {
	table := Table([]string{"name", "n"}, [][]string{{"\x1b[31ma\nb", "1"}, {"c", "2"}})
	if want := "name             n\n──────────────────\n\\u001b[31ma\\u000ab 1\n"; strings.Count(table, "\n") != 4 || strings.ContainsRune(table, '\x1b') {
		t.Errorf("%q, want something like %q", table, want)
	}
}
