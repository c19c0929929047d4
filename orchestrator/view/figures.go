package view

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Short is n with at most four significant digits: 1,234, 12.35k, 1.235M.
func Short(n int64) string {
	if n > -10_000 && n < 10_000 {
		return Number(n)
	}
	x, unit := float64(n), ""
	for _, unit = range []string{"k", "M", "G", "T", "P", "E"} {
		if x /= 1000; math.Abs(x) < 999.95 {
			break
		}
	}
	return digits(x) + unit
}

// ShortCost is money with at most four significant digits, and cents at least: $0.01793, $12.30.
func ShortCost(c budget.NanoUSD) string {
	x := float64(c) / 1e9
	switch {
	case c == 0:
		return "$0.00"
	case x < 0:
		return "-" + ShortCost(-c)
	case x >= 1e4:
		return "$" + Short(int64(x))
	}
	text := digits(x)
	if dot := strings.IndexByte(text, '.'); dot < 0 {
		text += ".00"
	} else if len(text)-dot == 2 {
		text += "0"
	}
	return "$" + text
}

// digits is x with four significant digits, less the zeros at the end.
func digits(x float64) string {
	places := 3
	if x != 0 {
		places = max(0, 3-int(math.Floor(math.Log10(math.Abs(x)))))
	}
	text := strconv.FormatFloat(x, 'f', places, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// Span is a time in two units at most: 41s, 12m03s, 3h12m.
func Span(d time.Duration) string {
	d = d.Round(time.Second)
	switch h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60; {
	case h > 0:
		return fmt.Sprintf("%dh%02dm", h, m)
	case m > 0:
		return fmt.Sprintf("%dm%02ds", m, s)
	default:
		return fmt.Sprintf("%ds", s)
	}
}

// Middle is text in at most so many columns of a terminal: what is too long loses its middle, since ids differ at their ends.
func Middle(text string, width int) string {
	if lipgloss.Width(text) <= width {
		return text
	}
	if width <= 1 {
		return strings.Repeat("…", max(0, width))
	}
	head, tail := []rune(text), []rune(text)
	for lipgloss.Width(string(head)) > width/2 {
		head = head[:len(head)-1]
	}
	for lipgloss.Width(string(head))+1+lipgloss.Width(string(tail)) > width {
		tail = tail[1:]
	}
	return string(head) + "…" + string(tail)
}

// pad is text with blanks behind it up to so many columns.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-lipgloss.Width(text)))
}
