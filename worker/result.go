package worker

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Result is what a worker made of a task.
type Result struct {
	Output    string // goes into the prompts of tasks that depend on this one
	ToolCalls []wire.ToolCall
	Refusal   string          // the model's words for not answering
	Reasoning string          // what it says it thought
	Logprobs  json.RawMessage // as the provider wrote them
	Choices   []wire.Choice   // all answers, where there are several

	Model  string      // that answered, "" if not known
	Finish wire.Finish // why the answer ended; FinishLength marks a cut output

	// Reported is what the worker used by a count of its own, nil where it has none: an agent's word, beside the
	// books'.
	Reported *budget.Usage
}

// ResultOf is an answer as a result, with all that it holds: of several choices the first that has an output is
// the task's. An answer in which no choice has one is a [*NoOutputError], and the result says the rest. A refusal is no
// output, nor is a text in which the model only thinks.
func ResultOf(resp *middleware.Response) (Result, error) {
	r := Result{
		Output: unrefused(resp.Text, resp.Refusal), ToolCalls: resp.ToolCalls, Refusal: resp.Refusal, Reasoning: resp.Reasoning, Logprobs: resp.Logprobs,
		Model: resp.Model, Finish: resp.Finish,
	}
	if len(resp.Choices) > 1 {
		r.Choices = resp.Choices
	}
	if hasOutput(r.Output, r.ToolCalls) {
		return r, nil
	}
	for _, c := range r.Choices {
		if text := unrefused(c.Text, c.Refusal); hasOutput(text, c.ToolCalls) {
			r.Output, r.ToolCalls, r.Refusal, r.Reasoning, r.Logprobs, r.Finish = text, c.ToolCalls, c.Refusal, c.Reasoning, c.Logprobs, c.Finish
			return r, nil
		}
	}
	return r, &NoOutputError{Finish: r.Finish, Refused: r.Refusal != ""}
}

// unrefused is a text without that of a refusal, which repeats it.
func unrefused(text, refusal string) string { return strings.TrimSuffix(text, refusal) }

func hasOutput(text string, calls []wire.ToolCall) bool { return spoken(text) != "" || len(calls) > 0 }

// thoughts are the marks between which models think where their server does not tell the thoughts from the answer: DeepSeek
// and Qwen, Magistral, Gemma, Seed, Kimi.
var thoughts = []struct{ begin, end string }{
	{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"[THINK]", "[/THINK]"}, {"<thought>", "</thought>"},
	{"<seed:think>", "</seed:think>"}, {"◁think▷", "◁/think▷"},
}

// spoken is what a text says, without the space around it, what cannot be seen, and what the model thought before.
func spoken(text string) string {
	text = strings.TrimFunc(text, unseen)
	for _, t := range thoughts {
		if rest, thinks := strings.CutPrefix(text, t.begin); thinks {
			_, said, _ := strings.Cut(rest, t.end)
			return strings.TrimFunc(said, unseen)
		}
	}
	return text
}

func unseen(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// NoOutputError is an answer that has neither a text nor a tool call. It was paid for; asked again, the model would
// most likely say the same and be paid again.
type NoOutputError struct {
	Finish  wire.Finish
	Refused bool // the model said why it does not answer: Result.Refusal
}

func (e *NoOutputError) Error() string {
	switch {
	case e.Refused:
		return "no output: the model refused"
	case e.Finish == wire.FinishLength:
		return "no output: the output cap was used up before the first word, by reasoning as a rule (raise max_output_tokens)"
	case e.Finish == wire.FinishFilter:
		return "no output: the provider filtered the answer"
	case e.Finish == "":
		return "no output: the answer has neither a text nor a tool call"
	}
	return fmt.Sprintf("no output: the answer has neither a text nor a tool call (finish %s)", e.Finish)
}
