package page_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/page"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

var began = time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC)

// hostile is a name that would be more than one, were it read as markup.
const hostile = `</td><script>alert(1)</script><img src=x onerror=alert(1)>"'` + "\u202e\x1b[31m"

// record is a run of n tasks, each named so, a second apart.
func record(n int, name string) *project.Record {
	r := &project.Record{Report: &project.Report{Run: &books.Run{ID: "r1", TaskFile: name, Status: "interrupted"}}, Limit: budget.TokenLimit(int64(n) * 120)}
	for i := range n {
		at := began.Add(time.Duration(i) * time.Second)
		result := orchestrator.Result{ID: fmt.Sprint(name, i), Outcome: orchestrator.Done, Worker: name, Model: name, Tokens: 100, Started: at, Ended: at.Add(3 * time.Second), Output: "the answer"}
		if i%10 == 9 {
			result.Outcome, result.Reason = orchestrator.Failed, name
		}
		r.Results = append(r.Results, result)
		r.Curve = append(r.Curve, project.Point{Time: at, Settled: budget.Amount{Tokens: int64(i) * 100}, Held: budget.Amount{Tokens: 300}})
	}
	r.Limits = []project.LimitChange{{Time: began.Add(2 * time.Second), Limit: budget.TokenLimit(7), Reason: name}}
	return r
}

func write(t *testing.T, r *project.Record, o page.Options) string {
	t.Helper()
	report := &view.Report{Run: "r1", Subject: "run r1", Outcomes: map[orchestrator.Outcome]int{orchestrator.Done: len(r.Results)},
		Groups:    []view.Group{{By: "model", Lines: []view.Line{{Key: r.Run.TaskFile, Tokens: 5}}}},
		Predicted: []view.Predicted{{Model: r.Run.TaskFile, Tasks: 1, Expected: 10, Charged: 9, P50: .1, P90: .2}}}
	var b strings.Builder
	if err := page.Write(&b, r, report, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestThePageStandsAlone: it says what there is to say, asks nobody for anything and has no script; answers are on it only when they
// were asked for.
func TestThePageStandsAlone(t *testing.T) {
	text := write(t, record(30, "t"), page.Options{Program: "orchestrate"})
	for _, want := range []string{
		"<h1>Report of run r1</h1>", "run --resume=r1", `role="img"`, "Spend by model", "Expected and charged", "Tasks failed: 3", "limit 7 tokens",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, not := range []string{"http:", "https:", "<script", "%!", "NaN", "the answer"} {
		if strings.Contains(text, not) {
			t.Errorf("it has %q", not)
		}
	}
	if text := write(t, record(3, "t"), page.Options{Outputs: true}); !strings.Contains(text, "the answer") {
		t.Error("no answers, although they were asked for")
	}
}

// TestNamesAreText: whatever a task, a model or a reason is called.
func TestNamesAreText(t *testing.T) {
	text := write(t, record(20, hostile), page.Options{Outputs: true})
	if strings.Contains(text, "<script") || strings.Contains(text, "<img") {
		t.Error("a name is markup")
	}
	if regexp.MustCompile(`<[a-z]+[^>]*\sonerror=`).MatchString(text) {
		t.Error("a name is an attribute")
	}
}

// TestThePageIsBounded: of very many tasks some are drawn and listed, and the rest counted.
func TestThePageIsBounded(t *testing.T) {
	text := write(t, record(20_000, "task"), page.Options{})
	if len(text) > 2<<20 {
		t.Errorf("%d bytes", len(text))
	}
	if !strings.Contains(text, "Tasks failed: 2000, of which 500 are listed") || !strings.Contains(text, "17000 shorter tasks") {
		t.Error("what is left out is not said")
	}
}

func TestARunOfNothing(t *testing.T) {
	text := write(t, record(0, "t"), page.Options{})
	if strings.Contains(text, "<svg") || !strings.Contains(text, "Report of run r1") {
		t.Error(text)
	}
}
