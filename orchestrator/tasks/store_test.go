package tasks

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
)

// TestStoredPrompts: prompts of lines are in their file, or in a copy of it that nobody else sees, and are what they would be
// in memory. A file that was changed in place is noticed.
func TestStoredPrompts(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	content := "\ufeff" + `{"id": "a", "prompt": "One é \u00e9\n"}` + "\r\n\n" + strings.Repeat(`{"prompt": "`+strings.Repeat("x", 3000)+`"}`+"\n", 50) +
		`{"id": "b", "prompt": "{{ output \"a\" }}", "depends_on": ["a"]}` + "\n" + `{"id": "c", "prompt": "Last"}`
	dir := t.TempDir()
	plain, packed := filetest.Write(t, dir, "x.jsonl", content), filetest.Write(t, dir, "y.jsonl.gz", packedText(t, content))
	want, err := Load(plain)
	if err != nil {
		t.Fatal(err)
	}
	for path, stdin := range map[string]string{plain: "", packed: "", "-": content} {
		tasks, err := Reader{Store: true, Stdin: strings.NewReader(stdin)}.Load(path)
		if err != nil || len(tasks) != len(want) {
			t.Fatalf("%s: %d tasks, %v", path, len(tasks), err)
		}
		for i, task := range tasks {
			if (task.Prompt == "") != (len(task.DependsOn) == 0) {
				t.Errorf("%s: task %s has the prompt %.20q in memory", path, task.ID, task.Prompt)
			}
			loaded, err := task.Loaded()
			if err != nil || loaded.Prompt != want[i].Prompt || loaded.Stored != nil {
				t.Errorf("%s: task %s has the prompt %.20q, %v; want %.20q", path, task.ID, loaded.Prompt, err, want[i].Prompt)
			}
		}
		if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
			t.Errorf("%s: there is %v, %v", path, left, err)
		}
	}
	tasks, err := Reader{Store: true}.Load(plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(plain, []byte(strings.Replace(content, "One", "Two", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tasks[0].Loaded(); err == nil || !strings.Contains(fmt.Sprint(err), "was changed in place") {
		t.Error(err)
	}
	if last, err := tasks[len(tasks)-1].Loaded(); err != nil || last.Prompt != "Last" {
		t.Errorf("%+v, %v", last, err)
	}
}
