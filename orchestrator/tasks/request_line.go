package tasks

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/gemini"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// requestLine returns an object that is a request as a provider takes it, in the form of OpenAI's batches; nil for others.
// Known are OpenAI's own lines, those of Anthropic's Message Batches and of Gemini's, and bodies of chat requests as they
// are, beside which an id and metadata may stand.
func (f *taskFile) requestLine(e element, keys map[string]any) *document.Table {
	line := &document.Table{Source: f.Source, Values: keys}
	_, params := keys["params"].(json.RawMessage)
	_, request := keys["request"].(json.RawMessage)
	switch {
	case line.Has("body"):
	case line.Has("custom_id") && params:
		line.Values = renamed(keys, "params", anthropic.Format.Path())
	case request && !line.Has("custom_id") && objectOf(objectOf(e.text).values["request"]).has("contents"):
		line.Values = renamed(keys, "request", gemini.Format.Path())
		for _, key := range []string{"key", "id"} {
			if id := line.Values[key]; id != nil {
				line.Values["custom_id"] = id
				delete(line.Values, key)
			}
		}
	case isBody(keys):
		line.Values = f.wrapped(e)
	case !line.Has("custom_id") || objectOf(e.text).known() != nil:
		return nil
	}
	return line
}

// renamed is a line whose request stands under another key than "body".
func renamed(keys map[string]any, key, path string) map[string]any {
	line := map[string]any{"url": path}
	for name, value := range keys {
		if name == key {
			name = "body"
		}
		line[name] = value
	}
	return line
}

// besideBody are the keys that may stand beside those of a request and are none of its own.
var besideBody = []string{"id", "custom_id", "metadata"}

// taskOnly are keys of a task that no request has.
var taskOnly = []string{
	"prompt", "prompt_file", "depends_on", "priority", "value", "labels", "worker", "max_output_tokens", "min_output_tokens", "max_cost",
	"schema", "images",
}

// isBody reports whether an object is the body of a chat request.
func isBody(keys map[string]any) bool {
	_, messages := keys["messages"].([]any)
	return messages && !slices.ContainsFunc(taskOnly, func(key string) bool { return keys[key] != nil })
}

// wrapped makes a line of the body of a request: of Chat Completions, or of Messages where all workers speak those.
func (f *taskFile) wrapped(e element) map[string]any {
	o := objectOf(e.text)
	line, body := make(map[string]any), []byte("{")
	for _, key := range o.keys {
		value := o.values[key]
		if slices.Contains(besideBody, key) {
			d := json.NewDecoder(bytes.NewReader(value))
			d.UseNumber()
			v, _ := decodeValue(d, key)
			if key == "id" {
				key = "custom_id"
			}
			line[key] = v
			continue
		}
		if len(body) > 1 {
			body = append(body, ',')
		}
		body = append(append(append(body, quoteJSON(key)...), ':'), value...)
	}
	line["body"] = json.RawMessage(append(body, '}'))
	if c := f.Config; c != nil && !f.Simulated && len(c.Workers) > 0 && !slices.ContainsFunc(c.Workers, func(w config.Worker) bool {
		return c.ProviderOf(w).Kind != config.KindAnthropic
	}) {
		line["url"] = anthropic.Format.Path()
	}
	return line
}
