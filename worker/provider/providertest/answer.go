package providertest

import (
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Answer is what the server does with a request. The zero value answers "ok" and reports plausible usage.
type Answer struct {
	Text      string // each word counts as one token
	ToolCalls []wire.ToolCall
	Finish    wire.Finish   // "" is stop, or what the cap and the tool calls make of it
	Model     string        // "" is the one asked for
	Usage     *budget.Usage // nil: the input as counted, the words as output
	NoUsage   bool          // report none

	Latency time.Duration     // before the first byte
	Status  int               // 0 is 200; others answer with an error
	Code    string            // of the error, "" is the usual one of the status
	Message string            // of the error
	Header  map[string]string // more headers
	Body    *string           // sent instead of anything else
	Fault   Fault
}

// Fault is a way for an answer to break.
type Fault int

// The faults. All break the connection but those that hang, which keep it until the client leaves.
const (
	CutBeforeHeaders Fault = iota + 1
	CutBeforeText          // in a plain answer: before the body
	CutInText              // after the first piece; in a plain answer: in the middle of the body
	HangBeforeHeaders
	HangInText
)

// complete fills in what an answer leaves open. A text that is longer than the cap allows is cut.
func (a Answer) complete(r *wire.Request) Answer {
	if a.Text == "" && a.ToolCalls == nil {
		a.Text = "ok"
	}
	if a.Finish == "" {
		a.Finish = wire.FinishStop
		if a.ToolCalls != nil {
			a.Finish = wire.FinishTools
		}
	}
	words := strings.SplitAfter(a.Text, " ")
	if r.MaxOutput > 0 && int64(len(words)) > r.MaxOutput {
		words, a.Finish = words[:r.MaxOutput], wire.FinishLength
		a.Text = strings.Join(words, "")
	}
	if a.Model == "" {
		a.Model = r.Model
	}
	if a.Usage == nil && !a.NoUsage {
		output := int64(len(words) + 8*len(a.ToolCalls))
		if r.MaxOutput > 0 {
			output = min(output, r.MaxOutput)
		}
		a.Usage = &budget.Usage{Input: count.Of(r).Tokens, Output: output * int64(max(1, r.Choices))}
	}
	return a
}
