package config

import (
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// Place is where something stands in a file.
type Place = document.Place

// Template is the table [template], which makes tasks of the rows of a file of data. Its keys are those of a [[task]]. The
// texts are templates, in which {{ .name }} is a column; id names the column that has the ids.
type Template struct {
	Keys   map[string]any
	Places map[string]Place // of each key
}

// templateKeys are the keys of a [[task]].
var templateKeys = []string{
	"id", "prompt", "prompt_file", "system", "depends_on", "priority", "value", "labels", "worker", "model",
	"max_output_tokens", "min_output_tokens", "max_tokens", "max_cost", "metadata",
	"messages", "images", "schema", "tools", "temperature", "seed", "stop",
}

func readTemplate(t *document.Table) Template {
	template := Template{}
	if len(t.Values) > 0 {
		template = Template{Keys: make(map[string]any), Places: make(map[string]Place)}
	}
	for _, key := range templateKeys {
		if value, ok := t.Take(key); ok {
			template.Keys[key], template.Places[key] = value, t.At(key)
		}
	}
	for _, key := range []string{"id", "prompt", "prompt_file", "system"} {
		value, given := template.Keys[key]
		if text, isText := value.(string); given && !isText {
			t.WrongType(key, "a string", value, "")
		} else if given && text == "" {
			t.Mistake(key, "is empty", "")
		}
	}
	if t.Has("prompt") && t.Has("prompt_file") {
		t.Mistake("prompt_file", "there is a prompt as well", "leave one of them out")
	}
	t.Done()
	return template
}
