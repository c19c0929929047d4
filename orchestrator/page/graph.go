package page

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
	"github.com/orchestrate-go/orchestrate/worker"
)

// maxKnots bounds a graph that is drawn, and maxRow how many stand above each other.
const (
	maxKnots = 150
	maxRow   = 40
)

// knot is what is drawn as one in the graph: a task, or the tasks of a group.
type knot struct {
	Name  string
	Tasks int // that it stands for
	Ends  map[orchestrator.Outcome]int
	ups   []*knot
	depth int // the longest way to one that depends on nothing
	row   int
}

// Ups are the names of those it depends on.
func (k *knot) Ups() string {
	names := make([]string, len(k.ups))
	for i, up := range k.ups {
		names[i] = up.Name
	}
	return strings.Join(names, ", ")
}

// Outcomes are how its tasks ended: "3 done, 1 failed".
func (k *knot) Outcomes() string {
	var ends []string
	for _, o := range orchestrator.Outcomes {
		if n := k.Ends[o]; n > 0 {
			ends = append(ends, fmt.Sprintf("%d %s", n, o))
		}
	}
	return strings.Join(ends, ", ")
}

// class is how it is coloured: by the worst that became of a task.
func (k *knot) class() string {
	for _, o := range []orchestrator.Outcome{orchestrator.Failed, orchestrator.Exhausted, orchestrator.Deferred, orchestrator.Skipped, orchestrator.Cancelled, orchestrator.Done} {
		if k.Ends[o] > 0 {
			return "o-" + string(o)
		}
	}
	return "held"
}

// knots are the tasks of a file as they depend on each other, groups as one, each after those it depends on; nil where none
// depends on another, or where they are too many to be looked at.
func knots(tasks []worker.Task, results []orchestrator.Result) []*knot {
	of, byName := make(map[string]*knot, len(tasks)), make(map[string]*knot)
	var list []*knot
	templates := make(map[string]*knot) // tasks that stand for others, which only results know
	depend := false
	for _, t := range tasks {
		name := cmp.Or(t.Group, t.ID)
		k := byName[name]
		if k == nil {
			k = &knot{Name: name, Ends: make(map[orchestrator.Outcome]int)}
			byName[name], list = k, append(list, k)
		}
		of[t.ID] = k
		if t.Foreach != nil {
			templates[t.ID] = k
		} else {
			k.Tasks++
		}
		depend = depend || len(t.DependsOn) > 0
	}
	if !depend || len(list) > maxKnots {
		return nil
	}
	for _, t := range tasks {
		for _, id := range t.DependsOn {
			if k, up := of[t.ID], of[id]; up != nil && up != k && !slices.Contains(k.ups, up) {
				k.ups = append(k.ups, up)
			}
		}
	}
	for _, r := range results {
		k := of[r.ID]
		if templates[r.ID] != nil && r.Outcome == orchestrator.Done {
			continue // those that it stands for are
		}
		if i := strings.LastIndexByte(r.ID, '-'); k == nil && i >= 0 {
			if k = templates[r.ID[:i]]; k != nil {
				k.Tasks++
			}
		}
		if k != nil {
			k.Ends[r.Outcome]++
		}
	}
	return layered(list)
}

// layered puts each knot into the column behind those it depends on.
func layered(list []*knot) []*knot {
	for range list { // there is no circle: a way has no more steps than there are knots
		moved := false
		for _, k := range list {
			for _, up := range k.ups {
				if k.depth <= up.depth {
					k.depth, moved = up.depth+1, true
				}
			}
		}
		if !moved {
			break
		}
	}
	slices.SortStableFunc(list, func(a, b *knot) int { return cmp.Compare(a.depth, b.depth) })
	rows := make(map[int]int)
	for _, k := range list {
		k.row = rows[k.depth]
		rows[k.depth]++
	}
	if slices.Max(slices.Collect(maps.Values(rows))) > maxRow {
		return nil
	}
	return list
}

// Graph draws what depends on what, from left to right.
func Graph(list []*knot) template.HTML {
	if len(list) == 0 {
		return ""
	}
	const step, pad = 26.0, 14.0
	columns, rows := 0, 0
	for _, k := range list {
		columns, rows = max(columns, k.depth+1), max(rows, k.row+1)
	}
	wide := (width - 2*pad) / float64(columns)
	at := func(k *knot) (x, y float64) { return pad + wide*float64(k.depth), pad + step*float64(k.row) }
	var b strings.Builder
	begin(&b, 3*pad+step*(float64(rows)-.4), "Which tasks depend on which", fmt.Sprintf("%d tasks and groups in %d steps; the table below has them", len(list), columns))
	for _, k := range list {
		x, y := at(k)
		for _, up := range k.ups {
			ux, uy := at(up)
			bend, sag := (x-ux)/2, 0.0
			if k.depth > up.depth+1 { // not through those between
				sag = step * .8
			}
			fmt.Fprintf(&b, `<path class="edge" d="M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f"/>`, ux, uy, ux+bend, uy+sag, x-bend, y+sag, x, y)
		}
	}
	letters := max(4, int(wide/7)-4)
	for _, k := range list {
		x, y := at(k)
		name := view.Middle(k.Name, letters)
		if k.Tasks > 1 {
			name += fmt.Sprintf(" ×%d", k.Tasks)
		}
		fmt.Fprintf(&b, `<circle class="%s" cx="%.1f" cy="%.1f" r="5"><title>%s</title></circle><text class="axis name" x="%.1f" y="%.1f">%s</text>`,
			k.class(), x, y, html.EscapeString(view.Middle(k.Name, 80)+": "+k.Outcomes()), x+8, y+4, html.EscapeString(name))
	}
	return end(&b)
}
