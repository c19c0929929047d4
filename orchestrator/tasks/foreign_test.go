package tasks

import (
	"fmt"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
)

// TestForeignFiles: a file that is no task file is called what it is, with what can be done today.
func TestForeignFiles(t *testing.T) {
	const toml = `[[task]]
id = "a"
prompt = "x"
`
	for _, tt := range []struct{ name, content, what, hint string }{
		{"x.csv", "question\nWhy?\n", "CSV, a table of comma-separated values, without a column prompt", "say what is asked about each row: --prompt '{{ .question }}'"},
		{"x.csv", "n;Review Text\n1;Why?\n", "CSV, a table of comma-separated values, without a column prompt", `--prompt '{{ field "Review Text" }}'`},
		{"-", "id,name\n1,Why?\n", "CSV, a table of comma-separated values, without a column prompt", "--prompt '{{ .name }}'"},
		{"x.jsonl", "id,name\n1,Why?\n", "CSV, a table of comma-separated values, without a column prompt", "--prompt '{{ .name }}'"},
		{"my x.tsv", "id\ttext\tlabel\n1\tWhy?\tx\n", "TSV, a table of tab-separated values, without a column prompt", "--prompt '{{ .text }}'"},
		{"x.json", "{\n \"id\": \"a\",\n \"prompt\": \"x\"\n}\n", "one JSON document over several lines", "jq -c . x.json > tasks.jsonl"},
		{"x.jsonl", `{"model": "text-embedding-3-small", "input": "0\n"}`, `a request body {"model", "input"}, of embeddings or Responses`, "a Batch line to /v1/responses runs"},
		{"x.jsonl", `{"contents": [{"parts": []}]}`, "a request in Gemini's form, not a task", `write a line {"id": "a"`},
		{"x.jsonl", `{"id": "batch_req_1", "custom_id": "a", "response": {"status_code": 200}, "error": null}`, "a line of what a batch returned", "give the file that was sent"},
		{"x.jsonl", `{"id": "a", "outcome": "done", "output": "x", "run": "r"}`, "a results file, not a task file", "run --resume"},
		{"x.json", `{"requests": [{"custom_id": "a", "params": {"model": "m"}}]}`, `one JSON document with a list under "requests"`, `jq -c '.requests[] | {custom_id, method: "POST", url: "/v1/messages", body: .params}' x.json`},
		{"x.jsonl", `{"custom_id": "a", "result": {"type": "succeeded"}}`, "a line of what a batch returned", "give the file that was sent"},
		{"x.json", `{"id": "batch_1", "object": "batch", "input_file_id": "file-1"}`, "a batch, not the lines that it asked", "give the file that was sent"},
		{"x.jsonl", `{"recordId": "R1", "modelInput": {"anthropic_version": "bedrock-2023-05-31", "messages": []}}`, "a line of Bedrock's batch inference", `body: (.modelInput | del(.anthropic_version))}' x.jsonl`},
		{"x.jsonl", `{"modelInput": {"inputText": "a"}}`, "a line of Bedrock's batch inference", "write a line"},
		{"x.jsonl", `{"custom_id": "a", "request": {"anthropic_version": "vertex-2023-10-16", "messages": []}}`, "a request in Vertex AI's form for Claude", `body: (.request | del(.anthropic_version))}' x.jsonl`},
		{"x.jsonl", `{"custom_id": "a"},` + "\n" + `{"custom_id": "b"}`, "lines with commas between them", `sed 's/,[[:space:]]*$//' x.jsonl`},
		{"x.jsonl", `{"id": "s", "conversations": [{"from": "human", "value": "Hi"}]}`, "a conversation of a data set", "jq -c '{prompt: .conversations[0].value}' x.jsonl"},
		{"x.jsonl", `{"instruction": "Say hi", "input": "", "output": "hello"}`, "a row of data", "--prompt '{{ .instruction }} {{ .input }}'"},
		{"x.jsonl", `{"answer": "4", "question": "Why?"}`, "a row of data", "--prompt '{{ .question }}'"},
		{"x.jsonl", `{"id": 7, "text": "Why?"}`, "a row of data", "--prompt '{{ .text }}'"},
		{"x.jsonl", `{"input": [{"role": "user", "content": "a"}], "ideal": "b"}`, "a row of a data set", "body: {messages: .input}}' x.jsonl"},
		{"x.json", `{"prompts": ["a", "b"]}`, `one JSON document with a list under "prompts"`, "jq -c '.prompts[] | {prompt: .}' x.json"},
		{"x.json", "{\n  \"data\": [\n {\"id\": 1, \"question\": \"x\"}]}", `one JSON document with a list under "data"`, "jq -c '.data[] | {id, prompt: .question}' x.json"},
		{"x.json", `{"project": "p", "userStories": [{"id": "US-1", "title": "x"}]}`, `one JSON document with a list under "userStories"`, "jq -c '.userStories[] | {id, prompt: .title}' x.json"},
		{"x.yaml", "tasks:\n  - id: a\n", "YAML", "yq -o=json -I=0 '.tasks[]' x.yaml > tasks.jsonl"},
		{"x.yml", "- prompt: x\n", "YAML", "yq -o=json -I=0 '.[]' x.yml > tasks.jsonl"},
		{"x", "---\n- prompt: x\n", "YAML", "yq"},
		{"x", "# tasks\nprompt: x\n", "YAML", "yq -o=json -I=0 '.' x > tasks.jsonl"},
		{"x.yaml", "id: a\nprompt: x\n---\nid: b\nprompt: y\n", "YAML", "yq -o=json -I=0 '.' x.yaml"},
		{"x.yaml", "first:\n  prompt: x\n", "YAML", `yq -o=json -I=0 'to_entries | .[] | {"id": .key, "prompt": .value.prompt}' x.yaml`},
		{"x.yaml", "first: Why?\nsecond: How?\n", "YAML", `{"id": .key, "prompt": .value}' x.yaml`},
		{"x.yaml", "prompts: [a]\nproviders: [openai:gpt-4o]\ntests: []\n", "a configuration of promptfoo", "write a line"},
		{"x.md", "---\npriority: 1\n---\nFix it\n", "plain text, not a task file", "jq -Rsc '{prompt: .}' one of them all"},
		{"x.md", "- [ ] Fix the bug\n", "plain text, not a task file", "jq -Rc"},
		{"x.jsonl", "version https://git-lfs.github.com/spec/v1\noid sha256:a\n", "a pointer of Git LFS", "git lfs pull"},
		{"x.jsonl", "// notes\n" + `{"prompt": "x"}`, "", "1:1: not JSON"},
		{"x.jsonl", `{"id": "a", "tags": ["x"]}`, "", "prompt is missing"},
		{"x.jsonl", `{"system": "s", "text": "x"}`, "", "prompt is missing"},
		{"x.md", "Why does the sea rise?\n", "plain text, not a task file", `jq -Rc 'select(test("\\S")) | {prompt: .}' x.md > tasks.jsonl makes a task of each line, jq -Rsc '{prompt: .}' one of them all`},
		{"x.jsonl", "Why does the sea rise?\n", "plain text, not a task file", "jq -Rc"},
		{"x.xlsx", "PK\x03\x04\x14\x00\x06\x00", "an Excel workbook", "save the sheet as CSV: each row is a task"},
		{"x", "PK\x03\x04\x14\x00\x06\x00\x08\x00[Content_Types].xml....xl/workbook.xml", "an Excel workbook", "save the sheet as CSV: each row is a task"},
		{"x.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an older Microsoft Office", "save the sheet as CSV"},
		{"x.zip", "PK\x03\x04\x14\x00\x00\x00tasks.jsonl", "a zip archive", "unzip -p x.zip | orchestrate run -"},
		{"x.zst", "\x28\xb5\x2f\xfd\x00", "compressed with zstd", "zstd -dc x.zst"},
		{"x.xz", "\xfd7zXZ\x00", "compressed with xz", "xz -dc x.xz"},
		{"x.bz2", "BZh91AY", "compressed with bzip2", "bzip2 -dc x.bz2"},
		{"x.parquet", "PAR1\x15\x04", "a Parquet file", "SELECT * FROM 'x.parquet'"},
		{"x.db", "SQLite format 3\x00", "an SQLite database", "write a line"},
		{"x.pdf", "%PDF-1.7\n", "a PDF document", "prompt_file"},
		{"x.jsonl", "\xff\xfe{\x00\"\x00", "text in UTF-16", "iconv -f UTF-16 -t UTF-8 x.jsonl"},
		{"x.toml", "[[task]]\x00", "binary data, not text", "write a line"},
		{"x.jsonl", "\x7fELF\x02\x00", "binary data, not text", "write a line"},
		{"x.jsonl", "", "", "there are no tasks in it: it is empty (orchestrate init writes an example)"},
		{"x.toml", "", "", "there are no tasks in it: it is empty (orchestrate init writes an example)"},

		{"x.txt", "# Notes, of mine\n" + toml, "", ""},
		{"x", "\n[[ task ]]\nid = \"a\"\nprompt = \"\"\"\na, b\nc, d\n\"\"\"\n", "", ""},
		{"x", `"task" = [{ id = "a", prompt = "x" }]`, "", ""},
		{"x.json", `{"prompt": "x", "messages": 1}`, "", "there is a prompt as well"},
	} {
		t.Chdir(t.TempDir())
		r := Reader{ParseBody: parseBody}
		if tt.name == "-" {
			r.Stdin = strings.NewReader(tt.content)
		} else {
			filetest.Write(t, ".", tt.name, tt.content)
		}
		tasks, err := r.Load(tt.name)
		got := fmt.Sprint(err)
		if tt.hint == "" && err != nil || tt.hint != "" && (err == nil || tasks != nil) {
			t.Errorf("%s with %.60q: %d tasks, %v", tt.name, tt.content, len(tasks), err)
		}
		if tt.what != "" && !strings.Contains(got, ": it is "+tt.what) || tt.hint != "" && !strings.Contains(got, tt.hint) {
			t.Errorf("%s with %.60q: %s\nwant %s, %s", tt.name, tt.content, got, tt.what, tt.hint)
		}
		if strings.Contains(got, "...)") || tt.what != "" && strings.Contains(got, "\n") {
			t.Errorf("%s with %.60q: cut off, or not one mistake: %s", tt.name, tt.content, got)
		}
	}
}

// TestBatchRoutes: a line's url is any path, or address, that ends in a route that can be run; its query does not count.
func TestBatchRoutes(t *testing.T) {
	for url, want := range map[string]string{
		"/v1/chat/completions":         "chat",
		"/chat/completions":            "chat", // Azure
		"/v4/chat/completions":         "chat",
		"chat/completions":             "chat",
		"/openai/v1/chat/completions/": "chat",
		"/openai/deployments/d/chat/completions?api-version=2024-10-21": "chat",
		"https://api.openai.com/v1/chat/completions":                    "chat",
		"/v1/messages":                  "messages",
		"/anthropic/v1/messages?beta=x": "messages",
		"":                              "chat",

		"/v1/embeddings":             "refused",
		"/v1/responses":              "responses",
		"/v1/completions":            "refused",
		"/v1/chat/completions/x":     "refused",
		"/v1/xchat/completions":      "refused",
		"/v1/threads/t/messages":     "refused",
		"/x?path=/chat/completions":  "refused",
		"/x#/chat/completions":       "refused",
		"://":                        "refused",
		"/v1/messages/count_tokens":  "refused",
		"/v1/messages/batches":       "refused",
		"/v1/audio/chat/completions": "chat",
	} {
		r := Reader{ParseBody: parseBody}
		line := fmt.Sprintf(`{"custom_id": "a", "method": "POST", "url": %q, "body": {"messages": [{"role": "user", "content": "x"}]}}`, url)
		r.Stdin = strings.NewReader(line)
		_, err := r.Load("-")
		if got := fmt.Sprint(err); want == "refused" && !strings.Contains(got, "expected a path that ends in /chat/completions or /v1/messages or /responses, got") && !strings.Contains(got, "cannot be run (") || want != "refused" && err != nil {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
		for kind, takes := range map[config.Kind]string{config.KindOpenAI: "chat", config.KindAnthropic: "messages", config.KindSim: want} {
			r.Config = &config.Config{Workers: []config.Worker{{Provider: "p"}}, Providers: map[string]config.Provider{"p": {Kind: kind}}}
			r.Stdin = strings.NewReader(line)
			if _, err := r.Load("-"); (err == nil) != (want == takes && want != "refused") {
				t.Errorf("%s to a worker of kind %s: %v", url, kind, err)
			}
		}
	}
}

// TestBodiesWithoutAModel: a body that names no model asks for the one that the workers for such requests have.
func TestBodiesWithoutAModel(t *testing.T) {
	worker := func(provider, model string) config.Worker {
		return config.Worker{Name: model, Provider: provider, Model: model}
	}
	one, two := worker("o", "gpt-4o"), worker("o", "llama")
	for _, tt := range []struct {
		workers []config.Worker
		body    string
		model   string
		refused string
	}{
		{[]config.Worker{one}, `{"messages": [{"role": "user", "content": "x"}]}`, "gpt-4o", ""},
		{[]config.Worker{one}, `{"max_tokens": 9, "messages": [{"role": "user", "content": "the \"model\""}]}`, "gpt-4o", ""},
		{[]config.Worker{one, one}, `{"messages": [{"role": "user", "content": "x"}], "metadata": {"model": "m"}}`, "gpt-4o", ""},
		{[]config.Worker{one, worker("a", "claude")}, `{"messages": [{"role": "user", "content": "x"}]}`, "gpt-4o", ""},
		{[]config.Worker{one, two}, `{"model": "m", "messages": [{"role": "user", "content": "x"}]}`, "m", ""},
		{[]config.Worker{one, two}, `{"messages": [{"role": "user", "content": "x"}]}`, "", "model: missing (name one of the workers' models: gpt-4o, llama)"},
		{[]config.Worker{one}, `{"model": "", "messages": [{"role": "user", "content": "x"}]}`, "", "model: missing"},
		{[]config.Worker{one}, `{ }`, "", "model: missing"},
		{nil, `{"messages": [{"role": "user", "content": "x"}]}`, "", "model: missing"},
	} {
		r := Reader{ParseBody: wire.Format.Parse, Stdin: strings.NewReader(`{"custom_id": "a", "body": ` + tt.body + `}`)}
		if tt.workers != nil {
			r.Config = &config.Config{Workers: tt.workers, Providers: map[string]config.Provider{"o": {Kind: config.KindOpenAI}, "a": {Kind: config.KindAnthropic}}}
		}
		tasks, err := r.Load("-")
		if tt.refused != "" && !strings.Contains(fmt.Sprint(err), tt.refused) || tt.refused == "" && err != nil {
			t.Errorf("%s: %v, want %q", tt.body, err, tt.refused)
		}
		if tt.refused == "" && err == nil && (tasks[0].Model != tt.model || !strings.Contains(string(tasks[0].Request.Body.Bytes), `"model":`)) && tt.model != "m" {
			t.Errorf("%s: model %q, body %s", tt.body, tasks[0].Model, tasks[0].Request.Body.Bytes)
		}
	}
}

// TestTaskIDs: any text that shows is an id, in every format, and a scope's name that comes back from its text.
func TestTaskIDs(t *testing.T) {
	for id, want := range map[string]string{
		"prod_T1_Scheduled Task_iteration_0": "",
		" a ":                                "",
		"a:b/c\\\\d,e;f|g'h":                 "",
		"日本語 テスト":                            "",
		"été\u00a0\u3000x":                   "",
		"👩\u200d💻 می\u200cخواهم":             "",
		strings.Repeat("i", 1024):            "",
		strings.Repeat("i", 1025):            "is longer than 1024 bytes",
		"":                                   "is empty",
		"  ":                                 "is empty",
		`a\u0007b`:                           `contains '\a': only printable characters are allowed`,
		`a\nb`:                               `contains '\n': only printable`,
		`a\tb`:                               `contains '\t': only printable`,
		`a\u009bb`:                           `contains '\u009b': only printable`,
		`a\u202eb`:                           `contains '\u202e': only printable`,
		`a\u2028b`:                           `contains '\u2028': only printable`,
	} {
		for _, line := range []string{
			`{"custom_id": "` + id + `", "body": {"messages": [{"role": "user", "content": "x"}]}}`,
			`{"id": "` + id + `", "prompt": "x"}` + "\n" + `{"prompt": "{{ output \"` + strings.ReplaceAll(id, `\`, `\\`) + `\" }}", "depends_on": ["` + id + `"]}`,
		} {
			tasks, err := Reader{ParseBody: parseBody, Stdin: strings.NewReader(line)}.Load("-")
			if want != "" {
				if !strings.Contains(fmt.Sprint(err), want) {
					t.Errorf("%s: %v, want %s", id, err, want)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", id, err)
				continue
			}
			scope := budget.Task(tasks[0].ID)
			var back budget.Scope
			if err := back.UnmarshalText([]byte(scope.String())); back != scope || err != nil {
				t.Errorf("%s: comes back as %v, %v", id, back, err)
			}
		}
	}
}

// TestUnknownWorkersAreToldWithTheRest: one pass tells a worker that does not exist and a key that does not.
func TestUnknownWorkersAreToldWithTheRest(t *testing.T) {
	r := Reader{
		Config: &config.Config{Workers: []config.Worker{{Name: "writer"}}},
		Stdin:  strings.NewReader(`{"prompt": "x", "worker": "writter", "promt": "y"}` + "\n" + `{"prompt": "x", "worker": "writer"}`),
	}
	_, err := r.Load("-")
	const want = "stdin:1: worker: there is no worker \"writter\" (did you mean writer?)\nstdin:1:38: promt: unknown key (did you mean prompt?)"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
}
