package tasks

import (
	"bytes"
	"errors"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
)

// fuzzTasks reads data in the format of ext. The tasks that come out pass their own check and each has
// what a run needs; what does not come out is explained.
func fuzzTasks(f *testing.F, ext string, template Template) {
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		tasks, err := Reader{ParseBody: parseBody, Template: template}.read("x"+ext, dir, bytes.NewReader(data))
		var one *Error
		switch {
		case err != nil && !errors.As(err, &one):
			t.Fatalf("not an Error: %v", err)
		case err != nil:
			return
		}
		if err := Check(tasks, nil); err != nil || len(tasks) == 0 {
			t.Errorf("accepted %d tasks: %v", len(tasks), err)
		}
		for _, task := range tasks {
			_, at := splitSource(task.Source)
			if document.BadName(task.ID) != "" || (task.Prompt == "") == (task.Request == nil) || at.Line < 1 {
				t.Errorf("accepted %+v", task)
			}
			// Expanding may fail (an index out of range, say), but only so.
			_, _ = Expand(task, func(string) (string, bool) { return "out {{ x }}", true })
		}
	})
}

func FuzzTOML(f *testing.F) {
	for _, doc := range filetest.Contents(f, "testdata/mistakes/*.toml") {
		f.Add(doc)
	}
	f.Add(Init())
	fuzzTasks(f, ".toml", Template{})
}

func FuzzJSONL(f *testing.F) {
	for _, doc := range filetest.Contents(f, "testdata/mistakes/*.jsonl") {
		f.Add(doc)
	}
	f.Add([]byte(`{"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m"}}`))
	fuzzTasks(f, ".jsonl", Template{})
}

func FuzzTable(f *testing.F) {
	for _, doc := range filetest.Contents(f, "testdata/mistakes/*.csv") {
		f.Add(doc)
	}
	f.Add([]byte("sep=;\r\nid;a\r\n1;\"x\ny\"\r\n"))
	fuzzTasks(f, ".csv", Template{Prompt: "{{ .a }} {{ if has `b` }}{{ .b }}{{ end }}"})
}

func FuzzArray(f *testing.F) {
	for _, doc := range filetest.Contents(f, "testdata/mistakes/*.json") {
		f.Add(doc)
	}
	f.Add([]byte(`[{"id": 1, "a": {"b": [1.50, null]}}, "x"]`))
	fuzzTasks(f, ".json", Template{Prompt: "{{ . }}"})
}
