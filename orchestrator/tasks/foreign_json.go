package tasks

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// What JSON is that holds tasks, or requests, otherwise than a line each.

var (
	jsonArray = regexp.MustCompile(`^\[\s*([{"\[\]]|\n|$)`)
	oddArray  = regexp.MustCompile(`^\[[ \t]*(\r?\n|\{)`) // no TOML begins like that
)

// isArray reports whether what begins with start is an array in JSON. byName is whether its name says that it is JSON.
func isArray(start []byte, byName bool) bool {
	start = bytes.TrimLeft(start, " \t\r\n")
	return oddArray.Match(start) || byName && jsonArray.Match(start)
}

// foreignJSON returns what JSON is that begins with start and is one document over several lines; nil if it may be lines.
func foreignJSON(start []byte) *foreign {
	start = bytes.TrimLeft(start, " \t\r\n")
	line, _, more := bytes.Cut(start, []byte("\n"))
	line = bytes.TrimSpace(line)
	if !more || len(line) == 0 || line[0] != '{' || !bytes.ContainsRune([]byte("{[,:"), rune(line[len(line)-1])) {
		return nil
	}
	if row, comma := bytes.CutSuffix(line, []byte(",")); comma && json.Valid(row) {
		return &foreign{"lines with commas between them", "sed 's/,[[:space:]]*$//' FILE > tasks.jsonl takes them away"}
	}
	if f := objectOf(start).known(); f != nil {
		return f
	}
	return &foreign{"one JSON document over several lines, not a line for each task", "jq -c . FILE > tasks.jsonl puts each object on a line"}
}

// eachOf is the jq filter that makes a line of each element of the array at path, which begins with start.
func eachOf(path string, start []byte) string {
	each, rest := path+"[]", bytes.TrimLeft(start[1:], " \t\r\n")
	if path == "" {
		each = ".[]"
	}
	if bytes.HasPrefix(rest, []byte(`"`)) {
		return each + " | {prompt: .}"
	}
	if !bytes.HasPrefix(rest, []byte("{")) {
		return each
	}
	switch d := objectOf(rest); {
	case d.has("custom_id") && d.has("params"):
		return each + " | " + fromParams
	case d.begins("messages", "[") && !d.has("custom_id"):
		return strings.TrimPrefix(path+" | ", " | ") + `to_entries[] | {custom_id: "\(.key)", body: .value}`
	case d.textKey() != "":
		return each + " | " + d.asTask()
	}
	return each
}

// topKeys returns the keys of the object that text begins with, and their values, as far as they are whole.
func topKeys(text []byte) (keys []string, values map[string]json.RawMessage) {
	values = make(map[string]json.RawMessage)
	d := json.NewDecoder(bytes.NewReader(text))
	_, _ = d.Token()
	for d.More() {
		token, err := d.Token()
		key, isKey := token.(string)
		if err != nil || !isKey {
			break
		}
		keys = append(keys, key)
		rest := text[d.InputOffset():]
		var value json.RawMessage
		if d.Decode(&value) != nil {
			values[key] = bytes.TrimLeft(rest, " \t\r\n:") // cut off: how it begins is known
			break
		}
		values[key] = value
	}
	return keys, values
}

// The jq filters that make Batch lines of the requests of Anthropic's Message Batches, and of those of Bedrock and Vertex.
const (
	fromParams  = `{custom_id, method: "POST", url: "/v1/messages", body: .params}`
	fromBedrock = `{custom_id: .recordId, method: "POST", url: "/v1/messages", body: (.modelInput | del(.anthropic_version))}`
	fromVertex  = `{custom_id, method: "POST", url: "/v1/messages", body: (.request | del(.anthropic_version))}`
)

// object is a JSON object that may be no task: its keys, in their order, and their values as far as they are known.
type object struct {
	keys   []string
	values map[string]json.RawMessage
}

func objectOf(text []byte) object {
	keys, values := topKeys(text)
	return object{keys, values}
}

func (d object) has(key string) bool { return slices.Contains(d.keys, key) }

func (d object) begins(key, with string) bool {
	return bytes.HasPrefix(d.values[key], []byte(with))
}

var tagged = regexp.MustCompile(`^\{\s*"(tasks|metadata)"\s*:`)

// known returns what the object is if it is no task; nil if it may be one.
func (d object) known() *foreign {
	switch {
	case d.has("custom_id") && (d.has("response") || d.has("result")):
		return &foreign{"a line of what a batch returned, not of what it asked", "give the file that was sent"}
	case d.has("input_file_id"):
		return &foreign{"a batch, not the lines that it asked", "give the file that was sent"}
	case d.has("outcome") && d.has("run"):
		return &foreign{"a results file, not a task file", "orchestrate run --resume goes on with its run"}
	case d.has("custom_id") && d.has("request"):
		return converted("a request in Vertex AI's form for Claude, not a task", fromVertex)
	case d.has("prompt"), d.has("prompt_file"), d.has("custom_id"), d.has("body"):
		return nil
	case d.has("modelInput"):
		return d.bedrock()
	case d.has("contents"), d.begins("request", "{"):
		return &foreign{"a request in Gemini's form, not a task", linesHint}
	case d.has("input") && d.has("model"):
		return &foreign{"a request body {\"model\", \"input\"}, of embeddings or Responses, not a task", "a Batch line to /v1/responses runs; embeddings are no texts, and do not"}
	}
	return d.data()
}

// converted describes lines of which a jq filter makes lines that run.
func converted(what, filter string) *foreign {
	return &foreign{what, "jq -c '" + filter + "' FILE > tasks.jsonl makes lines that run"}
}

func (d object) bedrock() *foreign {
	if bytes.Contains(d.values["modelInput"], []byte(`"anthropic_version"`)) {
		return converted("a line of Bedrock's batch inference", fromBedrock)
	}
	return &foreign{"a line of Bedrock's batch inference", linesHint}
}

// tell reports what the file is, at a place or as a whole.
func (f *taskFile) tell(at document.Place, is *foreign) {
	name := quoteFile(f.File)
	f.Add(at, "", "it is "+is.what, strings.ReplaceAll(is.hint, "FILE", name))
	f.told = true
}

// quoteFile is the file's name as a shell takes it; standard input is called FILE.
func quoteFile(name string) string {
	if name == "stdin" {
		return "FILE"
	}
	if strings.ContainsAny(name, " '\"\\$`&|;<>()*?[]#~!") {
		return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return name
}
