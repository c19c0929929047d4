package command

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
)

// codex is the Codex CLI, as of 0.169. It speaks OpenAI's Responses alone.
var codex = agent{
	command: []string{"codex", "exec", "--json", "--skip-git-repo-check", "-"},
	kinds:   []string{"openai"},

	refusalStatus: 429, // 402 is tried six times
	prepare: func(s *setting) (map[string]string, error) {
		text := ""
		if s.model != "" {
			text = fmt.Sprintf("model = %s\n", quote(s.model))
		}
		text += fmt.Sprintf(codexConfig, quote(s.endpoint.BaseURL))
		_, err := s.write("codex/config.toml", text)
		return nil, err
	},
	read: readCodex,
}

// codexConfig turns off what nobody can bound, and repeats that would only be refused again.
const codexConfig = `model_provider = "orchestrate"
approval_policy = "never"
sandbox_mode = "workspace-write"
web_search = "disabled"
check_for_update_on_startup = false

[agents]
enabled = false

[analytics]
enabled = false

[model_providers.orchestrate]
name = "orchestrate"
base_url = %s
env_key = "ORCHESTRATE_TOKEN"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
`

// codexEvent is a line of codex exec --json.
type codexEvent struct {
	Type    string                      `json:"type"`
	Message string                      `json:"message"`
	Error   struct{ Message string }    `json:"error"`
	Item    struct{ Type, Text string } `json:"item"`
	Usage   struct {
		Input     int64 `json:"input_tokens"` // cached ones included
		Cached    int64 `json:"cached_input_tokens"`
		Written   int64 `json:"cache_write_input_tokens"` // a part of the input, too
		Output    int64 `json:"output_tokens"`            // reasoning included
		Reasoning int64 `json:"reasoning_output_tokens"`
	} `json:"usage"`
}

func readCodex(line []byte, said *said) {
	e, ok := event[codexEvent](line)
	if !ok {
		return
	}
	switch e.Type {
	case "item.completed":
		if e.Item.Type == "agent_message" {
			said.message = e.Item.Text
		}
	case "turn.completed":
		u := e.Usage
		said.count(budget.Usage{Input: u.Input - u.Cached - u.Written, CacheRead: u.Cached, CacheWrite5m: u.Written, Output: u.Output, Reasoning: u.Reasoning})
		said.failure = ""
	case "turn.failed":
		said.failure = e.Error.Message
	case "error":
		said.failure = e.Message
	}
}
