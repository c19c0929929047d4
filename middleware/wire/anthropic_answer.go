package wire

import (
	"encoding/json"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

type anthropicAnswer struct {
	ID      string              `json:"id"`
	Type    string              `json:"type"`
	Model   string              `json:"model"`
	Content []anthropicAnswered `json:"content"`
	Stop    string              `json:"stop_reason"`
	Usage   json.RawMessage     `json:"usage"`
}

type anthropicAnswered struct {
	Type  string          `json:"type"`
	Text  string          `json:"text"`
	ID    string          `json:"id"`
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
}

func (anthropic) Decode(body []byte) (*Response, error) {
	var a anthropicAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, unreadable(body, err)
	}
	if a.Type == "error" {
		return nil, failure(200, body)
	}
	var u anthropicUsage
	u.merge(a.Usage)
	if a.Type != "message" || a.Content == nil {
		return nil, garbled("no message", u.usage())
	}
	r := &Response{
		Finish: anthropicFinish(a.Stop), Model: a.Model, Usage: u.usage(), RequestID: word(a.ID),
	}
	var text strings.Builder
	for _, block := range a.Content {
		switch block.Type {
		case "text":
			text.WriteString(block.Text)
		case "tool_use":
			r.ToolCalls = append(r.ToolCalls, ToolCall{block.ID, block.Name, string(block.Input)})
		}
	}
	r.Text = text.String()
	return r, nil
}

func anthropicFinish(word string) Finish {
	switch word {
	case "end_turn", "stop_sequence":
		return FinishStop
	case "max_tokens", "model_context_window_exceeded":
		return FinishLength
	case "tool_use":
		return FinishTools
	case "refusal":
		return FinishFilter
	}
	return Finish(word)
}

// anthropicBuckets are the figures of one pass of the model. input_tokens excludes what the cache gave or
// took, so they are disjoint as they come.
type anthropicBuckets struct {
	Input      *int64 `json:"input_tokens"`
	Output     *int64 `json:"output_tokens"`
	CacheRead  int64  `json:"cache_read_input_tokens"`
	CacheWrite int64  `json:"cache_creation_input_tokens"`
	Split      struct {
		FiveMinutes int64 `json:"ephemeral_5m_input_tokens"`
		OneHour     int64 `json:"ephemeral_1h_input_tokens"`
	} `json:"cache_creation"`
}

type anthropicUsage struct {
	anthropicBuckets
	Details struct {
		Thinking int64 `json:"thinking_tokens"`
	} `json:"output_tokens_details"`
	ServerTools struct {
		Searches int64 `json:"web_search_requests"`
	} `json:"server_tool_use"`
	Passes []struct {
		Type string `json:"type"`
		anthropicBuckets
	} `json:"iterations"`

	wrong bool // a figure was none
}

// searchFee is what one web search costs: $10 for a thousand (Anthropic's price list).
const searchFee = budget.USD / 100

// merge takes the figures that raw has; they are running totals, so the last value of each counts.
func (u *anthropicUsage) merge(raw json.RawMessage) {
	if present(raw) && json.Unmarshal(raw, u) != nil {
		u.wrong = true
	}
}

// usage returns the buckets, nil where they are not known or cannot be right. The top level leaves out the
// passes that compact the history or ask an advisor; both are billed.
func (u *anthropicUsage) usage() *budget.Usage {
	if u.wrong || u.Input == nil || u.Output == nil || !plausible(u.Details.Thinking, u.ServerTools.Searches) {
		return nil
	}
	sum, ok := u.buckets()
	for _, pass := range u.Passes {
		if pass.Type == "compaction" || pass.Type == "advisor_message" {
			more, plausible := pass.buckets()
			sum, ok = sum.Add(more), ok && plausible
		}
	}
	if !ok {
		return nil
	}
	sum.Reasoning = min(u.Details.Thinking, sum.Output)
	sum.Fees = budget.NanoUSD(u.ServerTools.Searches) * searchFee
	return &sum
}

// buckets splits the cache's writes by how long they last; where the answer does not say, it is the five
// minutes that are the default.
func (b anthropicBuckets) buckets() (u budget.Usage, ok bool) {
	if b.Input != nil {
		u.Input = *b.Input
	}
	if b.Output != nil {
		u.Output = *b.Output
	}
	u.CacheRead = b.CacheRead
	u.CacheWrite1h = b.Split.OneHour
	u.CacheWrite5m = max(b.Split.FiveMinutes, b.CacheWrite-b.Split.OneHour)
	return u, plausible(u.Input, u.Output, b.CacheRead, b.CacheWrite, b.Split.FiveMinutes, b.Split.OneHour)
}
