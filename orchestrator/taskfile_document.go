package orchestrator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// What JSON is that holds tasks, or requests, otherwise than a line each.

var (
	jsonArray = regexp.MustCompile(`^\[\s*([{"\[]|\n|$)`)
	oddArray  = regexp.MustCompile(`^\[[ \t]*(\r?\n|\{)`) // no TOML begins like that
)

// foreignJSON returns what JSON is that begins with start and is one document over several lines, or an array; nil if
// it may be lines. byName is whether the file's name says that it is JSON.
func foreignJSON(start []byte, byName bool) *foreign {
	start = bytes.TrimLeft(start, " \t\r\n")
	if array := oddArray.Match(start) || byName && jsonArray.Match(start); array {
		return arrayOf(start)
	}
	line, _, more := bytes.Cut(start, []byte("\n"))
	line = bytes.TrimSpace(line)
	if !more || len(line) == 0 || line[0] != '{' || !bytes.ContainsRune([]byte("{[,:"), rune(line[len(line)-1])) {
		return nil
	}
	keys, values := topKeys(start)
	if f := knownDocument(keys, func(key string) json.RawMessage { return values[key] }); f != nil {
		return f
	}
	return &foreign{"one JSON document over several lines, not a line for each task", "jq -c . FILE > tasks.jsonl puts each object on a line"}
}

func arrayOf(start []byte) *foreign {
	convert := "jq -c '.[]' FILE > tasks.jsonl"
	switch rest := bytes.TrimLeft(start[1:], " \t\r\n"); {
	case bytes.HasPrefix(rest, []byte(`"`)):
		convert = "jq -c '.[] | {prompt: .}' FILE > tasks.jsonl"
	case bytes.Contains(rest, []byte(`"messages"`)) && !bytes.Contains(rest, []byte(`"custom_id"`)):
		convert = "jq -c 'to_entries[] | {custom_id: \"\\(.key)\", body: .value}' FILE > tasks.jsonl"
	}
	return &foreign{"a JSON array, not a line for each task", convert + " makes a line of each element"}
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

// wrapBody is how request bodies become lines that run.
const wrapBody = `jq -c '{custom_id: "r\(input_line_number)", method: "POST", url: "/v1/chat/completions", body: .}' FILE > tasks.jsonl`

// knownDocument returns what an object is that has these keys and is no task; nil if it may be one.
func knownDocument(keys []string, value func(key string) json.RawMessage) *foreign {
	has := func(key string) bool { return slices.Contains(keys, key) }
	begins := func(key, with string) bool { return has(key) && bytes.HasPrefix(value(key), []byte(with)) }
	tagged := func(key string) bool {
		return begins(key, "{") && regexp.MustCompile(`^\{\s*"(tasks|metadata)"\s*:`).Match(value(key))
	}
	switch {
	case has("custom_id") && has("response"):
		return &foreign{"a line of what a batch returned, not of what it asked", "give the file that was sent"}
	case has("outcome") && has("run"):
		return &foreign{"a results file, not a task file", "orchestrate run --resume goes on with its run"}
	case has("prompt"), has("prompt_file"), has("custom_id"), has("body"):
		return nil
	case begins("tasks", "["):
		return taskMaster(".tasks")
	case begins("messages", "["):
		return &foreign{`a request body {"model", "messages"}, not a task`, "the Batch form runs: " + wrapBody}
	case has("contents"), has("key") && has("request"):
		return &foreign{"a request in Gemini's form, not a task", linesHint}
	case has("input") && has("model"):
		return &foreign{"a request body {\"model\", \"input\"}, not a task", "only chat requests can be run: " + linesHint}
	}
	if i := slices.IndexFunc(keys, tagged); i >= 0 {
		return taskMaster("." + keys[i] + ".tasks")
	}
	return nil
}

// taskMaster describes a tasks.json of Task Master, whose tasks are at path: {"tasks": [...]}, or under a tag. Their keys
// are id, title, description, details, status, priority, dependencies and subtasks.
func taskMaster(path string) *foreign {
	return &foreign{
		"a tasks.json of Task Master, one JSON document",
		fmt.Sprintf(`jq -c '%s[] | {id, priority, prompt: "\(.title)\n\(.description)", depends_on: [.dependencies[]? | tostring]}' FILE > tasks.jsonl`, path),
	}
}

// tell reports what the file is, at a place or as a whole.
func (f *taskFile) tell(at place, is *foreign) {
	name := quoteFile(f.file)
	f.add(at, "", "it is "+is.what, strings.ReplaceAll(is.hint, "FILE", name))
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
