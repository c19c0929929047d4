package tasks

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
	"github.com/orchestrate-go/orchestrate/worker"
)

const masterText = `{
  "tasks": [
    {"id": 1, "title": "Outline", "status": "done", "dependencies": [], "details": "Five {{ headings }}."},
    {"id": 2, "title": "Write", "description": "From {{ it }}.", "status": "in-progress", "priority": "high", "dependencies": [1, "4"],
     "subtasks": [
       {"id": 1, "title": "Collect", "status": "review", "dependencies": []},
       {"id": "2.2", "title": "Draft", "dependencies": [1], "testStrategy": "Read it.", "priority": "low"},
       {"id": 3, "title": "Gone", "status": "cancelled", "dependencies": ["2.1"]}]},
    {"id": "4", "title": "Dropped", "status": "cancelled", "owner": {"keep": [1, 2.50]}},
    {"id": "p-5", "title": "Proofread", "status": "deferred", "dependencies": ["2"]}
  ]
}
`

// TestTaskMaster: what is not done is run, subtasks before their parent; what is done is there for those that depend on it.
func TestTaskMaster(t *testing.T) {
	path := filetest.Write(t, t.TempDir(), "tasks.json", masterText)
	tasks, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, task := range tasks {
		task, err := Expand(task, func(id string) (string, bool) { return "<" + id + " {{ x }}>", true })
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "== %s %d %v %s %s\n%s\n", task.ID, task.Priority, task.DependsOn, strings.TrimPrefix(task.Source, path), task.Columns, task.Prompt)
	}
	const want = `== 2 1 [2.1 2.2] :4 {"id":"2","title":"Write"}
Write

From {{ it }}.

Result of 1, Outline:
Five {{ headings }}.

Result of 2.1, Collect:
<2.1 {{ x }}>

Result of 2.2, Draft:
<2.2 {{ x }}>
== 2.1 1 [] :6 {"id":"2.1","title":"Collect"}
This is a part of: Write

Collect

Result of 1, Outline:
Five {{ headings }}.
== 2.2 -1 [2.1] :7 {"id":"2.2","title":"Draft"}
This is a part of: Write

Draft

How it is checked: Read it.

Result of 2.1, Collect:
<2.1 {{ x }}>

Result of 1, Outline:
Five {{ headings }}.
== p-5 0 [2] :10 {"id":"p-5","title":"Proofread"}
Proofread

Result of 2, Write:
<2 {{ x }}>
`
	if got.String() != want {
		t.Errorf("%s\nwant\n%s", got.String(), want)
	}
	templated, err := Reader{Template: Template{Prompt: `Do: {{ .title }}{{ if has "description" }} {{ .description }}{{ end }}`}}.Load(path)
	if err != nil || templated[0].Prompt != `Do: Write From {{ "{{" }} it }}.` || templated[1].Prompt != "Do: Collect" {
		t.Errorf("%v, %v", templated, err)
	}
	again, err := Reader{Again: map[string]bool{"1": true}}.Load(path)
	if err != nil || again[0].ID != "1" || fmt.Sprint(again[1].DependsOn) != "[1 2.1 2.2]" {
		t.Errorf("%v, %v", again, err)
	}
}

// TestTags: the list is that of --tag, else of state.json, else the only one or master.
func TestTags(t *testing.T) {
	tagged := func(names ...string) string {
		var lists []string
		for _, name := range names {
			lists = append(lists, fmt.Sprintf(`%q: {"tasks": [{"id": 1, "title": %q}], "metadata": {}}`, name, name))
		}
		return "{" + strings.Join(lists, ", ") + "}"
	}
	for name, tt := range map[string]struct{ text, state, tag, want string }{
		"the only one":    {tagged("auth"), "", "", "auth"},
		"asked for":       {tagged("master", "auth"), `{"currentTag": "master"}`, "auth", "auth"},
		"current":         {tagged("master", "auth"), `{"currentTag": "auth"}`, "", "auth"},
		"master":          {tagged("auth", "master"), "", "", "master"},
		"flat":            {`{"tasks": [{"id": 1, "title": "flat"}], "metadata": {"tag": "x"}}`, `{"currentTag": "auth"}`, "", "flat"},
		"flat, as master": {`{"tasks": [{"id": 1, "title": "flat"}]}`, "", "master", "flat"},
		"not there":       {tagged("master", "auth"), "", "aut", `there is no tag "aut" (--tag takes one of: master, auth)`},
		"none current":    {tagged("a", "b"), "", "", `there is no tag "master" (--tag takes one of: a, b)`},
	} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "tasks"), 0o755); err != nil {
			t.Fatal(err)
		}
		path := filetest.Write(t, dir, "tasks/tasks.json", tt.text)
		if tt.state != "" {
			filetest.Write(t, dir, "state.json", tt.state)
		}
		tasks, err := Reader{Tag: tt.tag}.Load(path)
		got := fmt.Sprint(err)
		if err == nil {
			got = tasks[0].Prompt
		}
		if got != tt.want && !strings.HasSuffix(got, ": "+tt.want) {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	if _, err := (Reader{Tag: "x"}).Load(filetest.Write(t, t.TempDir(), "x.jsonl", `{"prompt": "x"}`)); err == nil || !strings.Contains(err.Error(), "--tag chooses among") {
		t.Error(err)
	}
}

// TestStatusesAreWritten: nothing but the status of tasks changes, not even where others write meanwhile.
func TestStatusesAreWritten(t *testing.T) {
	dir := t.TempDir()
	path := filetest.Write(t, dir, "real.json", "\ufeff"+masterText)
	link := filepath.Join(dir, "tasks.json")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	s, err := OpenStatus(link, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(map[string]string{"2": "done", "2.1": "in-progress", "2.2": "done", "gone": "done"}); err != nil {
		t.Fatal(err)
	}
	want := "\ufeff" + strings.NewReplacer(`"in-progress"`, `"done"`, `"review"`, `"in-progress"`, `{"id": "2.2"`, `{"status": "done","id": "2.2"`).Replace(masterText)
	check := func(want string) {
		t.Helper()
		got, _ := os.ReadFile(path)
		info, err := os.Lstat(link)
		if string(got) != want || err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	}
	check(want)
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v", info.Mode())
	}
	want = strings.Replace(want, `"Proofread"`, `"Read proofs"`, 1)
	if err := os.WriteFile(path, []byte(want), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(map[string]string{"2.1": "pending"}); err != nil {
		t.Fatal(err)
	}
	check(strings.Replace(want, `"in-progress"`, `"pending"`, 1))
	if err := os.WriteFile(path, []byte(`{"tasks": [`), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(map[string]string{"2.1": "done"}); err == nil || !strings.Contains(err.Error(), "the document does not end") {
		t.Error(err)
	}
	check(`{"tasks": [`)
	if _, err := OpenStatus(filetest.Write(t, dir, "x.jsonl", `{"prompt": "x"}`), ""); err == nil || !strings.Contains(err.Error(), "which this is not") {
		t.Error(err)
	}
}

// FuzzTaskMaster: what is accepted runs, and its statuses can be written without a change of anything else.
func FuzzTaskMaster(f *testing.F) {
	f.Add([]byte(masterText))
	f.Add([]byte(`{"a": {"tasks": [{"id": 1, "title": "x", "status": "done", "status": "pending"}]}, "b": {"tasks": []}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filetest.Write(t, t.TempDir(), "tasks.json", string(data))
		tasks, err := Load(path)
		if err != nil || !isTaskMaster(data) {
			return
		}
		s, err := OpenStatus(path, "")
		if err != nil {
			t.Fatalf("it runs, and has no statuses: %v", err)
		}
		statuses := make(map[string]string)
		for _, task := range tasks {
			statuses[task.ID] = "in-progress"
		}
		if err := s.Write(statuses); err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			statuses[task.ID] = "pending"
		}
		if err := s.Write(statuses); err != nil {
			t.Fatal(err)
		}
		after, _ := os.ReadFile(path)
		if again, err := Load(path); err != nil || len(again) != len(tasks) || ids(again) != ids(tasks) {
			t.Errorf("%q became %q: %v", data, after, err)
		}
		root, _, err := document.ParseJSON(after)
		if err != nil || root == nil {
			t.Fatal(err)
		}
	})
}

func ids(tasks []worker.Task) string {
	var b strings.Builder
	for _, t := range tasks {
		b.WriteString(t.ID + "\n")
	}
	return b.String()
}
