package tasks

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
		{`{{ slice (output "a") 0 3 }}`, "<A>", ""},
		{`{{ if output "b" }}yes{{ else }}no{{ end }} {{ "{{" }}`, "yes {{", ""},
		{`{{ with output "b" }}[{{ . }}]{{ end }}`, "[B]", ""},
		{`{{ output "later" }}`, "", `t.toml:7: task x: prompt: line 1: executing "prompt" at <output "later">: error calling output: task "later" has no output`},
		{`{{ output "other" }}`, "", `t.toml:7: task x: prompt: output "other": the id is not in depends_on`},
		{`{{ output "large" }}{{ output "large" }}`, "", "t.toml:7: task x: prompt: is larger than 8 MiB with the outputs in it"},
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

// TestTemplatesThatBurn: what would take long, or all memory, is refused before anything is carried out: in the check of
// a task file and, for tasks from elsewhere, in Expand.
func TestTemplatesThatBurn(t *testing.T) {
	functions := "output, and, or, not, eq, ne, lt, le, gt, ge, len, slice"
	for _, tt := range []struct{ prompt, want string }{
		{`{{ range 1000000000000 }}{{ end }}`, "a prompt cannot use range"},
		{`{{ if true }}x{{ else }}{{ range $i, $x := 1000000000000 }}{{ break }}{{ end }}{{ end }}`, "a prompt cannot use range"},
		{`{{ with output "a" }}{{ range . }}{{ end }}{{ end }}`, "a prompt cannot use range"},
		{`{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}`, "a prompt cannot define templates"},
		{`{{ block "x" . }}{{ template "x" }}{{ end }}`, "a prompt cannot define templates"},
		{`{{ template "prompt" }}`, "a prompt cannot use other templates"},
		{`{{ printf "%1000000000d" 1 }}`, "a prompt cannot call printf, only " + functions},
		{`{{ output "a" | printf "%*s" 1000000000 }}`, "a prompt cannot call printf, only " + functions},
		{`{{ $x := output "a" }}{{ $x = print $x $x }}`, "a prompt cannot call print, only " + functions},
		{`{{ if eq (println "a") "a" }}{{ end }}`, "a prompt cannot call println, only " + functions},
		{`{{ output "a" | js | js | js }}`, "a prompt cannot call js, only " + functions},
		{`{{ output "a" | html }}`, "a prompt cannot call html, only " + functions},
		{`{{ (urlquery "a") }}`, "a prompt cannot call urlquery, only " + functions},
		{`{{ call output "a" }}`, "a prompt cannot call call, only " + functions},
		{`{{ call . }}`, "a prompt cannot call call, only " + functions},
		{`{{ index "a" 0 }}`, "a prompt cannot call index, only " + functions},
		{strings.Repeat("{{ if true }}", maxActions+1), "has 1001 times {{: the most is 1000"},
		{strings.Repeat("(", maxPrompt) + "{{ 1 }}", "is larger than 8 MiB with the outputs in it"},
		{"{{" + strings.Repeat("(", 1<<20) + "}}", "line 1: max expression depth exceeded"},
	} {
		task := worker.Task{ID: "x", Prompt: tt.prompt, DependsOn: []string{"a"}, Source: "t.toml:7"}
		_, err := Expand(task, func(string) (string, bool) { return strings.Repeat(`\`, 1<<20), true })
		if want := "t.toml:7: task x: prompt: " + tt.want; err == nil || err.Error() != want {
			t.Errorf("%.60s: %v, want %s", tt.prompt, err, want)
		}
		if err := checkTemplate(task); err == nil || err.Error() != tt.want {
			t.Errorf("%.60s: the check said %v", tt.prompt, err)
		}
	}
}

// TestTemplatesThatDoNotBurn: what is allowed stays short, however it is put together.
func TestTemplatesThatDoNotBurn(t *testing.T) {
	for _, tt := range []struct{ prompt, want string }{
		{`{{ if gt (len (output "a")) 2 }}long{{ else if eq (output "a") "" }}none{{ end }}`, "long"},
		{`{{ $x := output "a" }}{{ if and (ne $x "b") (not false) (or false true) }}{{ $x }}{{ end }}`, "aaa"},
		{`{{ with slice (output "a") 0 2 }}{{ . }}{{ end }}`, "aa"},
		{strings.Repeat(`{{ output "a" }}`, maxActions), strings.Repeat("aaa", maxActions)},
		{strings.Repeat("{{ if true }}", maxActions/2) + "x" + strings.Repeat("{{ end }}", maxActions/2), "x"},
	} {
		task := worker.Task{ID: "x", Prompt: tt.prompt, DependsOn: []string{"a"}}
		got, err := Expand(task, func(string) (string, bool) { return "aaa", true })
		if err != nil || got.Prompt != tt.want {
			t.Errorf("%.60s: %.60q, %v; want %.60q", tt.prompt, got.Prompt, err, tt.want)
		}
	}
}
