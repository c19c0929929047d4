package orchestrator

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/worker"
)

func ExampleExpand() {
	task := worker.Task{ID: "summary", Prompt: `Sum up: {{ output "notes" }}`, DependsOn: []string{"notes"}}
	expanded, err := Expand(task, func(id string) (string, bool) {
		return "the output of " + id + ", {{ as it is }}", true
	})
	fmt.Println(expanded.Prompt, err)
	// Output: Sum up: the output of notes, {{ as it is }} <nil>
}

func TestExpand(t *testing.T) {
	outputs := map[string]string{"a": `<A> {{ output "b" }}`, "b": "B", "large": strings.Repeat("x", maxPrompt/2+1)}
	for _, tt := range []struct{ prompt, want, err string }{
		{`{{ output "a" }}|{{ output "b" }}`, `<A> {{ output "b" }}|B`, ""},
		{`{{- /* nothing */ -}}`, "", ""},
		{`{{ output "a" | printf "%.3s" }}`, "<A>", ""},
		{`{{ if output "b" }}yes{{ else }}no{{ end }} {{ "{{" }}`, "yes {{", ""},
		{`{{ with output "b" }}[{{ . }}]{{ end }}`, "[B]", ""},
		{`{{ output "later" }}`, "", `t.toml:7: task x: prompt: line 1: executing "prompt" at <output "later">: error calling output: task "later" has no output`},
		{`{{ output "other" }}`, "", `t.toml:7: task x: prompt: line 1: executing "prompt" at <output "other">: error calling output: "other" is not in depends_on`},
		{`{{ output "large" }}{{ output "large" }}`, "", "t.toml:7: task x: prompt: is larger than 8 MiB with the outputs in it"},
		{`{{ range 1000000000 }}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{{ end }}`, "", "t.toml:7: task x: prompt: is larger than 8 MiB with the outputs in it"},
		{`{{ output`, "", "t.toml:7: task x: prompt: line 1: unclosed action"},
	} {
		task := worker.Task{ID: "x", Prompt: tt.prompt, DependsOn: []string{"a", "b", "later", "large"}, Source: "t.toml:7"}
		got, err := Expand(task, func(id string) (string, bool) {
			out, ok := outputs[id]
			return out, ok
		})
		switch {
		case tt.err != "":
			if err == nil || err.Error() != tt.err || !reflect.DeepEqual(got, worker.Task{}) {
				t.Errorf("%s: %v, want %s", tt.prompt, err, tt.err)
			}
		case err != nil || got.Prompt != tt.want || task.Prompt != tt.prompt:
			t.Errorf("%s: %q, %v; want %q", tt.prompt, got.Prompt, err, tt.want)
		}
	}
}

func TestExpandTakesOtherPromptsLiterally(t *testing.T) {
	task := worker.Task{ID: "x", Prompt: "{{ output"}
	if got, err := Expand(task, nil); err != nil || !reflect.DeepEqual(got, task) {
		t.Error(got, err)
	}
}
