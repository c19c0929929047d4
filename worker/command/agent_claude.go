package command

import (
	"cmp"
	"strconv"

	"github.com/orchestrate-go/orchestrate/budget"
)

// claude is Claude Code, as of 2.1. By itself it asks for up to 128,000 tokens of output, and sends titles and summaries to
// a smaller model; here one model does all, so that every call has the price that was configured.
var claude = agent{
	command: []string{"claude", "-p", "--output-format", "stream-json", "--verbose", "--permission-mode", "acceptEdits"},
	kinds:   []string{"anthropic"},
	prepare: func(s *setting) (map[string]string, error) {
		env := map[string]string{
			"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", // no other hosts
			"DISABLE_AUTOUPDATER":                      "1",
		}
		if s.model != "" {
			env["ANTHROPIC_MODEL"], env["ANTHROPIC_DEFAULT_HAIKU_MODEL"], env["CLAUDE_CODE_SUBAGENT_MODEL"] = s.model, s.model, s.model
		}
		if s.maxOutput > 0 {
			env["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] = strconv.FormatInt(s.maxOutput, 10)
		}
		return env, nil
	},
	read: readClaude,
}

// claudeEvent is a line of --output-format stream-json.
type claudeEvent struct {
	Type    string `json:"type"`
	Message struct {
		Model   string                        `json:"model"`
		Content []struct{ Type, Text string } `json:"content"`
	} `json:"message"`
	Parent  *string `json:"parent_tool_use_id"` // of what a sub-agent says
	Result  string  `json:"result"`
	IsError bool    `json:"is_error"`
	Subtype string  `json:"subtype"`
	Usage   *struct {
		Input      int64 `json:"input_tokens"`
		CacheRead  int64 `json:"cache_read_input_tokens"`
		CacheWrite int64 `json:"cache_creation_input_tokens"`
		Output     int64 `json:"output_tokens"`
	} `json:"usage"`
	Models map[string]struct {
		Input      int64 `json:"inputTokens"`
		CacheRead  int64 `json:"cacheReadInputTokens"`
		CacheWrite int64 `json:"cacheCreationInputTokens"`
		Output     int64 `json:"outputTokens"`
	} `json:"modelUsage"` // sub-agents included
}

func readClaude(line []byte, said *said) {
	e, ok := event[claudeEvent](line)
	if !ok {
		return
	}
	switch {
	case e.Type == "assistant" && e.Parent == nil && e.Message.Model != "<synthetic>": // which are errors
		for _, c := range e.Message.Content {
			if c.Type == "text" && c.Text != "" {
				said.message = c.Text
			}
		}
	case e.Type == "result":
		if e.IsError { // also where the subtype is "success"
			said.failure = cmp.Or(e.Result, e.Subtype, "it reports an error")
		} else if e.Result != "" {
			said.message = e.Result
		}
		for _, m := range e.Models {
			said.count(budget.Usage{Input: m.Input, CacheRead: m.CacheRead, CacheWrite5m: m.CacheWrite, Output: m.Output})
		}
		if u := e.Usage; u != nil && len(e.Models) == 0 {
			said.count(budget.Usage{Input: u.Input, CacheRead: u.CacheRead, CacheWrite5m: u.CacheWrite, Output: u.Output})
		}
	}
}
