package tasks_test

import (
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
)

func ExampleReader_Load() {
	tasks, err := tasks.Reader{Stdin: strings.NewReader(`{"id": "hello", "prompt": "Say hello."}
{"prompt": "Say goodbye.", "depends_on": ["hello"]}
`)}.Load("-")
	for _, t := range tasks {
		fmt.Println(t.Source, t.ID, t.DependsOn)
	}
	fmt.Println(err)
	// Output:
	// stdin:1 hello []
	// stdin:2 line-2 [hello]
	// <nil>
}
