package view

import (
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
)

func TestFit(t *testing.T) {
	rows := func() [][]string {
		return [][]string{
			{"run:20261127-000505-snnzhs", "1,200", "0", "7", "the budget of total is exceeded: 52 tokens wanted, limit 120"},
			{"total", "3", "0", "8", ""},
		}
	}
	headers := []string{"scope", "settled", "debt", "calls", "why"}
	for width, want := range map[int]string{
		0: `
scope                       settled  debt  calls  why
─────────────────────────────────────────────────────────────────────────────────────────────────────────────
run:20261127-000505-snnzhs    1,200     0      7  the budget of total is exceeded: 52 tokens wanted, limit 120
total                             3     0      8
`,
		80: `
scope                       settled  calls  why
───────────────────────────────────────────────────────────────────────────────
run:20261127-000505-snnzhs    1,200      7  the budget of total is exceeded: 52
                                            tokens wanted, limit 120
total                             3      8
`,
		64: `
scope                   settled  calls  why
──────────────────────────────────────────────────────────────
run:2026112…505-snnzhs    1,200      7  the budget of total is
                                        exceeded: 52 tokens
                                        wanted, limit 120
total                         3      8
`,
		60: `
scope                      settled  why
──────────────────────────────────────────────────────────
run:20261127…00505-snnzhs    1,200  the budget of total is
                                    exceeded: 52 tokens
                                    wanted, limit 120
total                            3
(--wide shows calls)
`,
	} {
		got := Fit{width}.table(headers, rows(), "debt", "calls")
		if width == 0 {
			got, want = strings.ReplaceAll(got, "─", ""), strings.ReplaceAll(want, "─", "")
		}
		if "\n"+got != want {
			t.Errorf("width %d:\n%s", width, got)
		}
	}
}

// Whatever a table holds, it is not wider than it can be made, and loses no row.
func TestFitKeepsToTheWidth(t *testing.T) {
	for width := 40; width <= 120; width++ {
		rows := [][]string{{"日本語の名前を持つとても長いタスク", "12", "0%", "12345678901", strings.Repeat("x", 90)}, {"a", "1", "50%", "1", "y"}}
		text := Fit{width}.table([]string{"task", "n", "share", "tokens", "why"}, rows, "share", "tokens", "n")
		for line := range strings.Lines(text) {
			if n := lipgloss.Width(strings.TrimRight(line, "\n")); n > max(width, leastName+leastWords+gap) {
				t.Errorf("width %d: a line of %d: %s", width, n, line)
			}
		}
		if !strings.Contains(text, "\na ") {
			t.Errorf("width %d: a row is lost:\n%s", width, text)
		}
	}
}
