package tasks

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/worker"
)

func TestCheck(t *testing.T) {
	project := &config.Config{Workers: []config.Worker{{Name: "writer"}, {Name: "dry"}}}
	for _, tt := range []struct {
		name    string
		tasks   []worker.Task
		project *config.Config
		want    string
	}{
		{"right", []worker.Task{{ID: "a"}, {ID: "b", DependsOn: []string{"a", "a"}, Prompt: `{{ output "a" }}`, Worker: "dry"}}, project, ""},
		{"none", nil, project, ""},
		{"labels", []worker.Task{{ID: "a", Labels: []string{"x", "y"}}, {ID: "b", Labels: []string{"x", "\xff"}}}, nil, `input: labels: "\xff" is not UTF-8`},
		{"a worker that is not there", []worker.Task{{ID: "a", Worker: "wrter", Source: "t.toml:3"}}, project, `t.toml:3: worker: there is no worker "wrter" (did you mean writer?)`},
		{"carried", []worker.Task{{ID: "a", Metadata: json.RawMessage(`{"a": 1}`)}, {ID: "b", Metadata: json.RawMessage(`{`)}, {ID: "c", Columns: json.RawMessage(`[]`)}}, nil, "input: metadata: expected an object in JSON\ninput: columns: expected an object in JSON"},
		{"no configuration", []worker.Task{{ID: "a", Worker: "wrter"}}, nil, ""},
		{"no workers", []worker.Task{{ID: "a", Worker: "b", Source: "t.toml:3"}}, config.Default(), `t.toml:3: worker: there is no worker "b" (there are no [[workers]] in the configuration)`},
		{"made in code", []worker.Task{{ID: "a", DependsOn: []string{"b"}}}, nil, `input: depends_on: task a depends on "b", which is not in the file (known here: a)`},
		{"a request is no template", []worker.Task{{ID: "a"}, {ID: "b", DependsOn: []string{"a"}, Prompt: "{{", Request: &wire.Request{}}}, nil, ""},
		{
			"circles that meet", []worker.Task{
				{ID: "a", DependsOn: []string{"b"}, Source: "t:1"}, {ID: "b", DependsOn: []string{"a", "c"}, Source: "t:2"},
				{ID: "c", DependsOn: []string{"b"}, Source: "t:3"}, {ID: "d", DependsOn: []string{"c"}, Source: "t:4"},
			}, nil, "t:1: depends_on: tasks depend on each other: a -> b -> a (leave one of these dependencies out)",
		},
		{
			"circles apart", []worker.Task{
				{ID: "d", DependsOn: []string{"c", "y"}, Source: "t:1"},
				{ID: "x", DependsOn: []string{"y"}, Source: "t:2"}, {ID: "y", DependsOn: []string{"x"}, Source: "t:3"},
				{ID: "b", DependsOn: []string{"c"}, Source: "t:4"}, {ID: "c", DependsOn: []string{"b"}, Source: "t:5"},
			}, nil, "t:2: depends_on: tasks depend on each other: x -> y -> x (leave one of these dependencies out)\n" +
				"t:4: depends_on: tasks depend on each other: b -> c -> b (leave one of these dependencies out)",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := Check(tt.tasks, tt.project); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// A chain and a circle as long as a file may be take no recursion and no quadratic time.
func TestCheckThatAreMany(t *testing.T) {
	const n = 100_000
	tasks := make([]worker.Task, n)
	for i := range tasks {
		tasks[i] = worker.Task{ID: fmt.Sprintf("t%d", i), DependsOn: []string{fmt.Sprintf("t%d", i+1)}, Source: "t:1"}
	}
	tasks[n-1].DependsOn = nil
	if err := Check(tasks, nil); err != nil {
		t.Error(err)
	}
	tasks[n-1].DependsOn = []string{"t0"}
	err := Check(tasks, nil)
	if err == nil || !strings.Contains(err.Error(), "t0 -> t1 -> t2 -> t3 -> t4 -> t5 -> t6 -> t7 -> ... (100000 tasks) -> t0") {
		t.Error(err)
	}
	for i := range tasks {
		tasks[i].DependsOn = []string{fmt.Sprintf("lost%d", i)}
	}
	if err = Check(tasks, nil); err == nil || !strings.HasSuffix(err.Error(), "t: and 99980 more") {
		t.Error(err)
	}
}
