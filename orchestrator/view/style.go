package view

import "charm.land/lipgloss/v2"

// style gives words a colour that means something: green is well, yellow is near a limit or waits, red is bad, grey is beside
// the point. Nothing is told by colour alone.
type style struct{ plain bool }

var (
	green  = lipgloss.NewStyle().Foreground(lipgloss.Green)
	yellow = lipgloss.NewStyle().Foreground(lipgloss.Yellow)
	red    = lipgloss.NewStyle().Foreground(lipgloss.Red)
	grey   = lipgloss.NewStyle().Faint(true)
	strong = lipgloss.NewStyle().Bold(true)
)

func (s style) in(of lipgloss.Style, text string) string {
	if s.plain || text == "" {
		return text
	}
	return of.Render(text)
}

func (s style) good(text string) string { return s.in(green, text) }
func (s style) warn(text string) string { return s.in(yellow, text) }
func (s style) bad(text string) string  { return s.in(red, text) }
func (s style) dim(text string) string  { return s.in(grey, text) }
func (s style) bold(text string) string { return s.in(strong, text) }

// nearEnd and atEnd are the shares of a limit from which it is yellow, and red.
const (
	nearEnd = .8
	atEnd   = .95
)

// level is text about a limit of which so much is used.
func (s style) level(used float64, text string) string {
	switch {
	case used >= atEnd:
		return s.bad(text)
	case used >= nearEnd:
		return s.warn(text)
	}
	return s.good(text)
}
