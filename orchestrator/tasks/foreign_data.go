package tasks

import (
	"fmt"
	"slices"
	"strings"
)

// What JSON is that holds data about which to ask: rows of a data set, and lists inside of a document.

// textKeys are the names that data sets have for what is asked, the likeliest first: those of Alpaca, SQuAD, SWE-bench,
// Inspect and their like.
var textKeys = []string{"instruction", "question", "problem_statement", "query", "input", "text", "content", "description", "title"}

// listKeys are the names of a list that is all of a document: of Anthropic's batches, of exports, of plans for agents.
var listKeys = strings.Fields("tasks requests data prompts questions items rows records examples samples instances entries userStories")

// ownKeys are those of a [[task]], without its prompt.
var ownKeys = strings.Fields("depends_on images labels max_cost max_output_tokens max_tokens metadata min_output_tokens model priority system value worker")

// data returns what an object is that has nothing of a task but, perhaps, an id; nil if it may be one.
func (d object) data() *foreign {
	if slices.ContainsFunc(d.keys, func(key string) bool { return slices.Contains(ownKeys, key) }) {
		return nil
	}
	if d.begins("conversations", "[") { // ShareGPT
		return converted("a conversation of a data set, not a task", "{prompt: .conversations[0].value}")
	}
	if d.textKey() != "" {
		return &foreign{"a row of data, not a task", "say what is asked about each row: --prompt '" + d.asPrompt() + "'"}
	}
	if d.begins("input", "[") { // OpenAI's evals
		return converted("a row of a data set, not a task", `{custom_id: "r\(input_line_number)", body: {messages: .input}}`)
	}
	for _, key := range listKeys {
		if d.begins(key, "[") {
			return &foreign{
				fmt.Sprintf("one JSON document with a list under %q, not a line for each task", key),
				fmt.Sprintf("jq -c '%s' FILE > tasks.jsonl makes a line of each element", eachOf("."+key, d.values[key])),
			}
		}
	}
	return nil
}

// textKey is the key under which a row has a text that may be asked, "" if it has none, or has a prompt.
func (d object) textKey() string {
	if d.has("prompt") {
		return ""
	}
	for _, key := range textKeys {
		if d.begins(key, `"`) {
			return key
		}
	}
	return ""
}

// asPrompt is the template that asks what such a row has.
func (d object) asPrompt() string {
	if d.textKey() == "instruction" && d.has("input") {
		return "{{ .instruction }} {{ .input }}"
	}
	return "{{ ." + d.textKey() + " }}"
}

// asTask is the jq filter that makes a task of it.
func (d object) asTask() string {
	prompt := "." + d.textKey()
	if d.textKey() == "instruction" && d.has("input") {
		prompt = `"\(.instruction)\n\(.input)"`
	}
	if d.has("id") {
		return "{id, prompt: " + prompt + "}"
	}
	return "{prompt: " + prompt + "}"
}
