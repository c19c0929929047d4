package command

import (
	"cmp"
	"encoding/json"

	"github.com/orchestrate-go/orchestrate/budget"
)

// openCode is opencode, as of 1.18. With a title given it asks no model for one, a call that its own count leaves out.
var openCode = agent{
	command: []string{"opencode", "run", "--format", "json", "--title", "orchestrate"},
	kinds:   []string{"openai", "anthropic"},
	prepare: func(s *setting) (map[string]string, error) {
		path, err := s.write("config/opencode.json", openCodeConfig(s))
		return map[string]string{
			"OPENCODE_CONFIG": path, "OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1",
			"OPENCODE_DISABLE_LSP_DOWNLOAD": "1", "OPENCODE_DISABLE_SHARE": "1",
		}, err
	},
	read: readOpenCode,
}

// openCodeConfig has one provider with one model, which does titles and summaries as well.
func openCodeConfig(s *setting) string {
	type object = map[string]any
	library, address := "@ai-sdk/openai-compatible", s.endpoint.BaseURL
	if s.endpoint.Kind == "anthropic" {
		library, address = "@ai-sdk/anthropic", address+"/v1"
	}
	model := cmp.Or(s.model, "default")
	about := object{"name": model}
	if s.maxOutput > 0 {
		about["limit"] = object{"context": 200_000, "output": s.maxOutput}
	}
	text, err := json.MarshalIndent(object{
		"model": "orchestrate/" + model, "small_model": "orchestrate/" + model,
		"enabled_providers": []string{"orchestrate"}, "autoupdate": false, "share": "disabled",
		"provider": object{"orchestrate": object{
			"npm": library, "name": "orchestrate",
			"options": object{"baseURL": address, "apiKey": "{env:ORCHESTRATE_TOKEN}"},
			"models":  object{model: about},
		}},
	}, "", "  ")
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(text)
}

// openCodeEvent is a line of opencode run --format json.
type openCodeEvent struct {
	Type string `json:"type"`
	Part struct {
		Text   string `json:"text"`
		Tokens *struct {
			Input, Output, Reasoning int64
			Cache                    struct{ Read, Write int64 }
		} `json:"tokens"`
	} `json:"part"`
	Error struct {
		Name string `json:"name"`
		Data struct {
			Message string `json:"message"`
		} `json:"data"`
	} `json:"error"`
}

func readOpenCode(line []byte, said *said) {
	e, ok := event[openCodeEvent](line)
	if !ok {
		return
	}
	switch e.Type {
	case "text":
		said.message = e.Part.Text
	case "step_finish":
		if t := e.Part.Tokens; t != nil {
			said.count(budget.Usage{
				Input: t.Input, CacheRead: t.Cache.Read, CacheWrite5m: t.Cache.Write, Output: t.Output + t.Reasoning, Reasoning: t.Reasoning,
			})
		}
	case "error":
		said.failure = cmp.Or(e.Error.Data.Message, e.Error.Name, "it reports an error")
	}
}
