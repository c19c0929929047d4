package command

import (
	"cmp"

	"github.com/orchestrate-go/orchestrate/budget"
)

// gemini is the Gemini CLI, as of 0.61.
var gemini = agent{
	command: []string{"gemini", "--output-format", "stream-json", "--approval-mode", "auto_edit"},
	kinds:   []string{"gemini"},
	prepare: func(s *setting) (map[string]string, error) {
		_, err := s.write("gemini/.gemini/settings.json", geminiSettings)
		env := map[string]string{"GEMINI_CLI_TRUST_WORKSPACE": "true"}
		if s.model != "" {
			env["GEMINI_MODEL"] = s.model
		}
		return env, err
	},
	read: readGemini,
}

const geminiSettings = `{
  "security": {"auth": {"selectedType": "gemini-api-key"}},
  "privacy": {"usageStatisticsEnabled": false},
  "general": {"disableAutoUpdate": true}
}
`

// geminiEvent is a line of --output-format stream-json.
type geminiEvent struct {
	Type    string                   `json:"type"`
	Role    string                   `json:"role"`
	Content string                   `json:"content"`
	Delta   bool                     `json:"delta"`
	Status  string                   `json:"status"`
	Error   struct{ Message string } `json:"error"`
	Stats   *struct {
		Input  int64 `json:"input_tokens"` // cached ones included
		Cached int64 `json:"cached"`
		Output int64 `json:"output_tokens"`
	} `json:"stats"`
}

func readGemini(line []byte, said *said) {
	e, ok := event[geminiEvent](line)
	if !ok {
		return
	}
	switch {
	case e.Type == "message" && e.Role == "assistant" && e.Delta:
		said.message += e.Content
	case e.Type == "message" && e.Role == "assistant":
		said.message = e.Content
	case e.Type == "tool_use": // what it says next is another message
		said.message = ""
	case e.Type == "result":
		if e.Status != "" && e.Status != "success" {
			said.failure = cmp.Or(e.Error.Message, e.Status)
		}
		if s := e.Stats; s != nil {
			said.count(budget.Usage{Input: s.Input - s.Cached, CacheRead: s.Cached, Output: s.Output})
		}
	}
}
