package page

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// maxBars and maxLanes bound a timeline. Of more tasks the longest are drawn, of more slots the first.
const (
	maxBars  = 3000
	maxLanes = 80
)

// lane is a slot of a worker: tasks that ran one after the other.
type lane struct {
	worker string
	until  time.Time
	tasks  []orchestrator.Result
}

// Timeline draws when each task ran, in a line for each slot of its worker, by how it ended. Slots are worked out from the times: a task takes the
// first one that is free.
func Timeline(results []orchestrator.Result) template.HTML {
	ran := slices.DeleteFunc(slices.Clone(results), func(r orchestrator.Result) bool { return r.Started.IsZero() || r.Ended.Before(r.Started) })
	if len(ran) == 0 {
		return ""
	}
	left := 0
	if len(ran) > maxBars {
		slices.SortFunc(ran, func(a, b orchestrator.Result) int { return cmp.Compare(b.Ended.Sub(b.Started), a.Ended.Sub(a.Started)) })
		left, ran = len(ran)-maxBars, ran[:maxBars]
	}
	slices.SortStableFunc(ran, func(a, b orchestrator.Result) int { return a.Started.Compare(b.Started) })
	lanes := slots(ran)
	more := max(0, len(lanes)-maxLanes)
	return drawLanes(lanes[:len(lanes)-more], ran[0].Started, left, more)
}

// slots puts tasks, in the order of their beginnings, into lanes: those of a worker stand together.
func slots(ran []orchestrator.Result) (lanes []*lane) {
	for _, r := range ran {
		i := slices.IndexFunc(lanes, func(l *lane) bool { return l.worker == r.Worker && !l.until.After(r.Started) })
		if i < 0 {
			i = len(lanes)
			lanes = append(lanes, &lane{worker: r.Worker})
		}
		lanes[i].tasks, lanes[i].until = append(lanes[i].tasks, r), r.Ended
	}
	slices.SortStableFunc(lanes, func(a, b *lane) int { return cmp.Compare(a.worker, b.worker) })
	return lanes
}

func drawLanes(lanes []*lane, first time.Time, tasksLeft, lanesLeft int) template.HTML {
	last := first
	for _, l := range lanes {
		if l.until.After(last) {
			last = l.until
		}
	}
	high := top + float64(len(lanes))*(laneHeight+laneGap) + bottom
	desc := fmt.Sprintf("%d slots over %s", len(lanes), view.Span(last.Sub(first)))
	if tasksLeft+lanesLeft > 0 {
		desc += fmt.Sprintf("; %d shorter tasks and %d more slots are left out", tasksLeft, lanesLeft)
	}
	var b strings.Builder
	begin(&b, high, "When each task ran, by worker and slot", desc)
	b.WriteString(hatches)
	timeAxis(&b, first, last, high)
	worker := ""
	for i, l := range lanes {
		y := top + float64(i)*(laneHeight+laneGap)
		if i == 0 || l.worker != worker {
			worker = l.worker
			fmt.Fprintf(&b, `<text class="axis" x="2" y="%.1f">%s</text>`, y+laneHeight-3, html.EscapeString(view.Middle(worker, 9)))
		}
		free := first
		for _, r := range l.tasks {
			from, to := scale(r.Started.Sub(first), last.Sub(first)), scale(r.Ended.Sub(first), last.Sub(first))
			fmt.Fprintf(&b, `<rect class="o-%s" x="%.1f" y="%.1f" width="%.1f" height="%.0f"><title>%s</title></rect>`, r.Outcome, from, y, max(smallestShownBar, to-from), laneHeight,
				html.EscapeString(fmt.Sprintf("%s: %s, %s, %s tokens", view.Middle(r.ID, 80), r.Outcome, view.Span(r.Ended.Sub(r.Started)), view.Number(r.Tokens))))
			for _, w := range waits(r, free) {
				from, to := scale(w.from.Sub(first), last.Sub(first)), scale(w.to.Sub(first), last.Sub(first))
				fmt.Fprintf(&b, `<rect class="w-%s" x="%.1f" y="%.1f" width="%.1f" height="%.0f"><title>%s</title></rect>`, w.what, from, y, to-from, laneHeight,
					html.EscapeString(fmt.Sprintf("%s: %s for %s", view.Middle(r.ID, 80), view.Span(w.took), w.what)))
			}
			free = r.Ended
		}
	}
	return end(&b)
}

// wait is a time in which a task waited.
type wait struct {
	what     string // "budget" or "provider"
	from, to time.Time
	took     time.Duration
}

// waits are those of a task: before it began, as far back as its slot was free, and at its beginning, where most of them are; a
// result says how long they were, and not when.
func waits(r orchestrator.Result, free time.Time) (list []wait) {
	if r.HeldBack > 0 {
		from := r.Started.Add(-r.HeldBack)
		if from.Before(free) {
			from = free
		}
		list = append(list, wait{"budget", from, r.Started, r.HeldBack})
	}
	at := r.Started
	for _, w := range []wait{{what: "provider", took: r.WaitedProvider}, {what: "budget", took: r.WaitedBudget}} {
		if w.from, w.to = at, at.Add(w.took); w.to.After(r.Ended) {
			w.to = r.Ended
		}
		at = w.to
		list = append(list, w)
	}
	return slices.DeleteFunc(list, func(w wait) bool { return !w.to.After(w.from) })
}

// hatches are how times of waiting are drawn: for budget and for a provider apart, in print as well.
const hatches = `<defs><pattern id="w-budget" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="w-ground" width="5" height="5"/><rect class="w-line" width="1.6" height="5"/></pattern>` +
	`<pattern id="w-provider" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect class="w-ground" width="5" height="5"/><rect class="w-line" width="3" height="5"/></pattern></defs>`
