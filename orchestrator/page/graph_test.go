package page

import (
	"fmt"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/worker"
)

func TestGraph(t *testing.T) {
	tasks := []worker.Task{
		{ID: "sum", DependsOn: []string{"say-1", "say-2", "made"}},
		{ID: "say-1", Group: "say"}, {ID: "say-2", Group: "say"},
		{ID: "list"},
		{ID: "made", DependsOn: []string{"list"}, Foreach: &worker.Foreach{Of: "list"}},
		{ID: "alone<"},
	}
	var results []orchestrator.Result
	for id, o := range map[string]orchestrator.Outcome{"say-1": orchestrator.Done, "say-2": orchestrator.Failed, "list": orchestrator.Done, "made-1": orchestrator.Done, "made-2": orchestrator.Done, "sum": orchestrator.Skipped} {
		results = append(results, orchestrator.Result{ID: id, Outcome: o})
	}
	list := knots(tasks, results)
	var got []string
	for _, k := range list {
		got = append(got, fmt.Sprintf("%d %s x%d (%s) of [%s] %s", k.depth, k.Name, k.Tasks, k.Outcomes(), k.Ups(), k.class()))
	}
	want := []string{
		"0 say x2 (1 done, 1 failed) of [] o-failed", "0 list x1 (1 done) of [] o-done", "0 alone< x1 () of [] held",
		"1 made x2 (2 done) of [list] o-done", "2 sum x1 (1 skipped) of [say, made] o-skipped",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	picture := string(Graph(list))
	for _, part := range []string{`say ×2`, `class="o-skipped"`, `<path class="edge"`, "alone&lt;", "5 tasks and groups in 3 steps"} {
		if !strings.Contains(picture, part) {
			t.Errorf("the picture has no %q", part)
		}
	}
	if got := Graph(knots([]worker.Task{{ID: "a"}, {ID: "b"}}, nil)); got != "" {
		t.Error("there is a picture of tasks of which none depends on another")
	}
	many := []worker.Task{{ID: "a"}}
	for i := range maxKnots {
		many = append(many, worker.Task{ID: fmt.Sprint(i), DependsOn: []string{"a"}})
	}
	if got := Graph(knots(many, nil)); got != "" {
		t.Error("there is a picture of more than anybody can look at")
	}
}
