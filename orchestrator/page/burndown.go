package page

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// The size of pictures, in the units of their view box, and the margins for what stands beside the axes.
const (
	width, height       = 1000.0, 260.0
	margin, right       = 64.0, 12.0 // on the left, and on the right
	top, bottom         = 10.0, 24.0
	marks               = 5 // on the axis of amounts
	timeMarks           = 8 // on that of time, beside the first
	smallestShownBar    = 1.5
	laneHeight, laneGap = 14.0, 2.0
)

// BurnDown draws what a run had settled, with what it held above as a band, in tokens, and where the limit of the whole
// changed. left is what that limit had left when the run began, nil without one: it is drawn where it is near enough. Of a run
// that spent nothing there is no picture.
func BurnDown(curve []project.Point, changes []project.LimitChange, left *int64) template.HTML {
	if len(curve) < 2 {
		return ""
	}
	first, last := curve[0].Time, curve[len(curve)-1].Time
	most := int64(1)
	for _, p := range curve {
		most = max(most, held(p).Tokens)
	}
	drawn := left != nil && *left > 0 && *left < 3*most
	if drawn {
		most = max(most, *left)
	}
	x := func(t time.Time) float64 { return scale(t.Sub(first), last.Sub(first)) }
	y := func(n int64) float64 { return height - bottom - float64(n)/float64(most)*(height-top-bottom) }
	var b strings.Builder
	begin(&b, height, "Tokens settled and held over time", fmt.Sprintf("%s settled at the end, at most %s settled and held at once", view.Number(curve[len(curve)-1].Settled.Tokens), view.Number(most)))
	for i := range marks {
		n := most * int64(i) / (marks - 1)
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1[3]f"/><text class="axis" text-anchor="end" x="%.1f" y="%.1f">%s</text>`,
			margin, width-right, y(n), margin-6, y(n)+4, view.Short(n))
	}
	timeAxis(&b, first, last, height)
	band, line := new(strings.Builder), new(strings.Builder)
	for i, p := range curve {
		step := "L"
		if i == 0 {
			step = "M"
		}
		fmt.Fprintf(band, "%s%.1f %.1f", step, x(p.Time), y(held(p).Tokens))
		fmt.Fprintf(line, "%s%.1f %.1f", step, x(p.Time), y(p.Settled.Tokens))
	}
	fmt.Fprintf(&b, `<path class="held" d="%sL%.1f %.1fL%.1f %.1fZ"/>`, band, x(last), y(0), x(first), y(0))
	fmt.Fprintf(&b, `<path class="settled" d="%sL%.1f %.1fL%.1f %.1fZ"/>`, line, x(last), y(0), x(first), y(0))
	if drawn {
		fmt.Fprintf(&b, `<line class="limit" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1[3]f"><title>what the limit had left: %s tokens</title></line>`,
			margin, width-right, y(*left), view.Number(*left))
	}
	for _, c := range changes {
		fmt.Fprintf(&b, `<line class="mark" x1="%.1f" x2="%.1[1]f" y1="%.1f" y2="%.1f"><title>%s</title></line>`, x(c.Time), top, height-bottom,
			html.EscapeString(fmt.Sprintf("limit %s (%s)", limitText(c), c.Reason)))
	}
	return end(&b)
}

func limitText(c project.LimitChange) string {
	switch {
	case c.Limit.Tokens != nil:
		return view.Number(*c.Limit.Tokens) + " tokens"
	case c.Limit.Cost != nil:
		return c.Limit.Cost.String()
	}
	return "none"
}

// scale is where part of a time is between the margins.
func scale(part, whole time.Duration) float64 {
	if whole <= 0 {
		return margin
	}
	return margin + (width-right-margin)*min(1, max(0, float64(part)/float64(whole)))
}

// timeAxis marks how long after the beginning it is.
func timeAxis(b *strings.Builder, first, last time.Time, bottomAt float64) {
	for i := range timeMarks + 1 {
		after := last.Sub(first) / timeMarks * time.Duration(i)
		text := view.Span(after)
		if last.Sub(first) < time.Minute {
			text = fmt.Sprintf("%.1fs", after.Seconds())
		}
		anchor := "middle"
		if i == timeMarks {
			anchor = "end"
		}
		fmt.Fprintf(b, `<text class="axis" text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, anchor, scale(after, last.Sub(first)), bottomAt-6, text)
	}
}

// begin begins a picture that says what it is to those who do not see it.
func begin(b *strings.Builder, high float64, title, desc string) {
	fmt.Fprintf(b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s"><title>%[3]s</title><desc>%s</desc>`, width, high, html.EscapeString(title), html.EscapeString(desc))
}

func end(b *strings.Builder) template.HTML {
	return template.HTML(b.String() + "</svg>") //nolint:gosec // texts in it are escaped
}
