package tasks

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
	"github.com/orchestrate-go/orchestrate/worker"
)

// asked is what tasks ask, a line each: id, system, prompt, columns.
func asked(tasks []worker.Task) string {
	var b strings.Builder
	for _, t := range tasks {
		fmt.Fprintf(&b, "%s|%s|%s|%s\n", t.ID, t.System, t.Prompt, t.Columns)
	}
	return b.String()
}

// TestRows: each row of a table is a task; what it says is data.
func TestRows(t *testing.T) {
	classify := Template{Prompt: "Classify: {{ .review }}"}
	for name, tt := range map[string]struct {
		file, content string
		template      Template
		want          string
	}{
		"a column prompt":   {"x.csv", "id,prompt,city\n1,Why?,Rome\n", Template{}, "1||Why?|{\"id\":\"1\",\"prompt\":\"Why?\",\"city\":\"Rome\"}\n"},
		"keys of a task":    {"x.csv", "prompt,system\nWhy?,Be brief.\nHow?,\n", Template{}, "row-1|Be brief.|Why?|{\"prompt\":\"Why?\",\"system\":\"Be brief.\"}\nrow-2||How?|{\"prompt\":\"How?\",\"system\":\"\"}\n"},
		"asked of each":     {"x.csv", "id,review\na,Good\n", classify, "a||Classify: Good|{\"id\":\"a\",\"review\":\"Good\"}\n"},
		"a mark, CRLF":      {"x.csv", "\ufeffid,review\r\na,Good\r\n", classify, "a||Classify: Good|{\"id\":\"a\",\"review\":\"Good\"}\n"},
		"quotes":            {"x.csv", "id,review\na,\"So \"\"good\"\", it\nis\"\n", classify, "a||Classify: So \"good\", it\nis|{\"id\":\"a\",\"review\":\"So \\\"good\\\", it\\nis\"}\n"},
		"Excel's sep":       {"x.csv", "sep=;\r\nid;review\r\na;Good, no?\r\n", classify, "a||Classify: Good, no?|{\"id\":\"a\",\"review\":\"Good, no?\"}\n"},
		"semicolons":        {"x.csv", "id;\"re,view\"\na;1,5\n", Template{Prompt: `{{ field "re,view" }}`}, "a||1,5|{\"id\":\"a\",\"re,view\":\"1,5\"}\n"},
		"pandas' index":     {"x.csv", ",review\n0,Good\n", classify, "row-1||Classify: Good|{\"column 1\":\"0\",\"review\":\"Good\"}\n"},
		"empty rows, cells": {"x.csv", "id,review,,\na,Good,,\n,,,\n\nb,Bad\n", classify, "a||Classify: Good|{\"id\":\"a\",\"review\":\"Good\"}\nb||Classify: Bad|{\"id\":\"b\",\"review\":\"Bad\"}\n"},
		"TSV":               {"x.tsv", "id\treview\na\tSo \"good\"\n", classify, "a||Classify: So \"good\"|{\"id\":\"a\",\"review\":\"So \\\"good\\\"\"}\n"},
		"by its content":    {"x", "id,review\na,Good\n", classify, "a||Classify: Good|{\"id\":\"a\",\"review\":\"Good\"}\n"},
		"one column":        {"x.csv", "review\nGood\n", classify, "row-1||Classify: Good|{\"review\":\"Good\"}\n"},
		"another id":        {"x.csv", "id,no,review\na,7,Good\n", Template{Prompt: "{{ .review }}", ID: "no"}, "7||Good|{\"id\":\"a\",\"no\":\"7\",\"review\":\"Good\"}\n"},
		"numbered":          {"x.csv", "id,review\na,Good\na,Bad\n", Template{Prompt: "{{ .review }}", Numbered: true}, "row-1||Good|{\"id\":\"a\",\"review\":\"Good\"}\nrow-2||Bad|{\"id\":\"a\",\"review\":\"Bad\"}\n"},
		"data stays":        {"x.csv", "id,review\na,\"{{ .id }} {{ output \"\"b\"\" }}\"\n", classify, "a||Classify: {{ .id }} {{ output \"b\" }}|{\"id\":\"a\",\"review\":\"{{ .id }} {{ output \\\"b\\\" }}\"}\n"},
		"conditions":        {"x.csv", "id,a,b\n1,x,\n2,y,z\n", Template{Prompt: `{{ if eq .a "x" }}X{{ else }}{{ with .b }}{{ . }}{{ end }}{{ end }}{{ if has "c" }}{{ .c }}{{ end }}`}, "1||X|{\"id\":\"1\",\"a\":\"x\",\"b\":\"\"}\n2||z|{\"id\":\"2\",\"a\":\"y\",\"b\":\"z\"}\n"},
		"lines":             {"x.jsonl", `{"id": 1, "review": "Good", "n": 1.50, "by": {"name": "Ann", "x": [1, 2]}, "ok": true}`, Template{Prompt: "{{ .review }} {{ .n }} {{ .by.name }} {{ .by }} {{ .ok }}", System: "{{ .id }}"}, "1|1|Good 1.50 Ann {\"name\":\"Ann\",\"x\":[1,2]} true|{\"id\":1,\"review\":\"Good\",\"n\":1.50,\"by\":{\"name\":\"Ann\",\"x\":[1,2]},\"ok\":true}\n"},
		"defaults of lines": {"x.jsonl", `{"id": "a", "prompt": "x"}` + "\n" + `{"id": "b", "prompt": "y", "system": "s"}`, Template{System: "Be brief."}, "a|Be brief.|x|\nb|s|y|\n"},
		"an array":          {"x.json", "[{\"id\": \"a\",\n \"review\": \"Good\"}]", classify, "a||Classify: Good|{\"id\":\"a\",\"review\":\"Good\"}\n"},
		"tasks in an array": {"x.json", `[{"id": "a", "prompt": "x"}, {"prompt": "y"}]`, Template{}, "a||x|\nrow-2||y|\n"},
		"texts in an array": {"x.json", `["Why?", "How?"]`, Template{}, "row-1||Why?|{\"text\":\"Why?\"}\nrow-2||How?|{\"text\":\"How?\"}\n"},
		"texts asked about": {"x.json", `["Why?"]`, Template{Prompt: "Answer: {{ .text }}"}, "row-1||Answer: Why?|{\"text\":\"Why?\"}\n"},
		"the whole row":     {"x.csv", "id,a\n1,x\n", Template{Prompt: "{{ . }}"}, "1||{\"id\":\"1\",\"a\":\"x\"}|{\"id\":\"1\",\"a\":\"x\"}\n"},
		"braces":            {"x.csv", "id,a\n1,x\n", Template{Prompt: `{{ "{{" }} {{ .a }}`}, "1||{{ x|{\"id\":\"1\",\"a\":\"x\"}\n"},
	} {
		for _, packed := range []bool{false, true} {
			content := tt.content
			file := tt.file
			if packed {
				content, file = packedText(t, content), file+".gz"
			}
			got, err := Reader{Template: tt.template}.Load(filetest.Write(t, t.TempDir(), file, content))
			if text := asked(got); err != nil || text != tt.want {
				t.Errorf("%s, packed %v: %v\n%swant\n%s", name, packed, err, text, tt.want)
			}
		}
	}
}

func packedText(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRowMistakes: what a template asks for and a row does not have is told with its place.
func TestRowMistakes(t *testing.T) {
	for name, tt := range map[string]struct {
		file, content string
		template      Template
		want          string
	}{
		"no such column":      {"x.csv", "id,review\na,b\nc,d\n", Template{Prompt: "{{ .reviw }}"}, "x.csv:1:1: there is no column \"reviw\" (did you mean review?)"},
		"no such key":         {"x.jsonl", `{"id": "a", "by": {"name": "Ann"}}` + "\n" + `{"id": "b", "by": {"nam": "Bob"}}` + "\n" + `{"id": "c", "by": null}`, Template{Prompt: "{{ .by.name }}"}, "x.jsonl:2:1: there is no field \"by.name\" (did you mean nam?)\nx.jsonl:3:1: there is no field \"by.name\""},
		"no id column":        {"x.csv", "no,review\na,b\n", Template{Prompt: "{{ .review }}", ID: "nr"}, "x.csv:2:1: id: the row has no \"nr\" (did you mean no?)"},
		"an empty prompt":     {"x.csv", "id,review\na,\nb,x\n", Template{Prompt: "{{ .review }}"}, "x.csv:2:1: prompt: is empty"},
		"syntax":              {"x.csv", "id\na\n", Template{Prompt: "One\n{{ .a"}, "--prompt:2: unclosed action (" + rowTemplateHint + ")"},
		"range":               {"x.csv", "id\na\n", Template{Prompt: "{{ range .a }}{{ end }}"}, "--prompt: a prompt cannot use range (" + rowTemplateHint + ")"},
		"printf":              {"x.csv", "id\na\n", Template{Prompt: `{{ printf "%9999999d" 1 }}`}, "--prompt: a prompt cannot call printf, only field, has, output, and, or, not, eq, ne, lt, le, gt, ge, len, slice (" + rowTemplateHint + ")"},
		"outputs":             {"x.csv", "id\na\n", Template{Prompt: `{{ output "a" }}`}, "--prompt: output: the template has no depends_on (" + rowTemplateHint + ")"},
		"for tasks":           {"x.toml", "[[task]]\nid = \"a\"\nprompt = \"x\"\n", Template{Prompt: "{{ .a }}"}, "x.toml: --prompt makes tasks of rows of data, and this file has tasks of its own (leave it out, or give a file of rows: CSV, TSV, JSON, or a directory of texts)"},
		"a file that is none": {"x.csv", "id\na\n", Template{PromptFile: "none.md"}, "--prompt-file: open none.md: no such file or directory"},
		"UTF-16":              {"x.csv", "\xff\xfei\x00d\x00", Template{Prompt: "{{ .a }}"}, "x.csv: it is text in UTF-16 (save the file as UTF-8: iconv -f UTF-16 -t UTF-8 x.csv)"},
		"no rows":             {"x.csv", "id,prompt\n", Template{}, "x.csv: there are no tasks in it (orchestrate init writes an example)"},
		"a huge cell":         {"x.csv", "id,prompt\na,\"" + strings.Repeat("x", maxLine+1<<17), Template{}, "x.csv:2: the row has more than 16 MiB (is there a quote that does not end?)"},
		"a huge element":      {"x.json", `["` + strings.Repeat("x", maxLine+1<<17) + `"]`, Template{}, "x.json:1:2: the element has more than 16 MiB"},
		"gzip cut off":        {"y.csv.gz", packedText(t, "id,prompt\na,x\n")[:30], Template{}, "y.csv.gz: it is compressed with gzip, and broken: unexpected EOF"},
		"broken gzip":         {"x.csv.gz", "\x1f\x8b\x08\x00", Template{}, "x.csv.gz: it is compressed with gzip, and broken: unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			filetest.Write(t, ".", tt.file, tt.content)
			tasks, err := Reader{Template: tt.template}.Load(tt.file)
			if err == nil || err.Error() != tt.want || tasks != nil {
				t.Errorf("%d tasks, %v\nwant %s", len(tasks), err, tt.want)
			}
		})
	}
}

// TestConfiguredTemplate: [template] has the keys of a [[task]]; flags go before it; outputs are put in later, and a row
// is data then, too.
func TestConfiguredTemplate(t *testing.T) {
	dir := t.TempDir()
	path := filetest.Write(t, dir, "orchestrate.toml", `[template]
prompt_file = "ask.md"
id = "no"
depends_on = ["{{ .before }}"]
priority = "{{ .urgency }}"
labels = ["customer-{{ .by }}"]
max_output_tokens = 50
`)
	filetest.Write(t, dir, "ask.md", `{{ if eq .no "2" }}After {{ output .before }}: {{ end }}{{ .review }}`)
	c, _, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	rows := filetest.Write(t, dir, "x.csv", "no,review,before,urgency,by\n1,Good,,high,ann\n2,\"{{ output \"\"9\"\" }}\",1,,bob\n")
	tasks, err := Reader{Config: c}.Load(rows)
	if err != nil {
		t.Fatal(err)
	}
	expanded, err := Expand(tasks[1], func(string) (string, bool) { return "{{ x }}", true })
	if err != nil || expanded.Prompt != `After {{ x }}: {{ output "9" }}` {
		t.Errorf("%q, %v", expanded.Prompt, err)
	}
	if t1 := tasks[0]; t1.ID != "1" || t1.Priority != 1 || t1.MaxOutput != 50 || fmt.Sprint(t1.Labels) != "[customer-ann]" || len(t1.DependsOn) != 0 {
		t.Errorf("%+v", t1)
	}
	tasks, err = Reader{Config: c, Template: Template{Prompt: "{{ .review }}!"}}.Load(rows)
	if err != nil || tasks[0].Prompt != "Good!" || tasks[0].ID != "1" {
		t.Errorf("%+v, %v", tasks, err)
	}
}

// TestDirectory: each text in a directory is a task; what is hidden is passed over, what is no text is told.
func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"b.md": "\ufeffTwo", "a/c.txt": "One", ".git/x": "no", ".hidden": "no", "orchestrate.toml": "no"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		filetest.Write(t, dir, name, text)
	}
	tasks, err := Reader{Template: Template{System: "About {{ .name }}"}}.Load(dir)
	const want = `a/c.txt|About c|One|{"path":"a/c.txt","name":"c"}
b.md|About b|Two|{"path":"b.md","name":"b"}
`
	if got := asked(tasks); err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	filetest.Write(t, dir, "z.png", "\x89PNG\x00")
	filetest.Write(t, dir, "y.txt", "")
	_, err = Load(dir)
	if got := fmt.Sprint(err); !strings.Contains(got, "y.txt:1: prompt: is empty") || !strings.Contains(got, "z.png: it is no text in UTF-8, from byte 0 on") {
		t.Error(got)
	}
}
