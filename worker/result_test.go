package worker_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// What an answer is as a result: all that it holds, or why it holds nothing.
func TestResultOf(t *testing.T) {
	call := []wire.ToolCall{{ID: "1", Name: "f", Arguments: "{}"}}
	probs := json.RawMessage(`{"content":[]}`)
	two := []wire.Choice{{Text: "one", Finish: wire.FinishStop}, {Index: 1, Text: "two", Finish: wire.FinishLength}}
	late := []wire.Choice{{Finish: wire.FinishLength}, {Index: 1, Text: "two", Reasoning: "hm", Finish: wire.FinishStop}}
	refusing := []wire.Choice{{Text: "No.", Refusal: "No."}, {Index: 1, Text: "two"}}
	none := []wire.Choice{{Text: " "}, {Index: 1, Finish: wire.FinishStop}}
	for _, tc := range []struct {
		name   string
		answer middleware.Response
		want   worker.Result
		reason string
	}{
		{"text", middleware.Response{Text: "hi", Model: "m", Finish: wire.FinishStop}, worker.Result{Output: "hi", Model: "m", Finish: wire.FinishStop}, ""},
		{"everything", middleware.Response{Text: "hi", ToolCalls: call, Refusal: "r", Reasoning: "t", Logprobs: probs},
			worker.Result{Output: "hi", ToolCalls: call, Refusal: "r", Reasoning: "t", Logprobs: probs}, ""},
		{"tool calls alone", middleware.Response{ToolCalls: call, Finish: wire.FinishTools}, worker.Result{ToolCalls: call, Finish: wire.FinishTools}, ""},
		{"one choice is not said twice", middleware.Response{Text: "one", Choices: two[:1]}, worker.Result{Output: "one"}, ""},
		{"several choices", middleware.Response{Text: "one", Choices: two}, worker.Result{Output: "one", Choices: two}, ""},
		{"the first choice is empty", middleware.Response{Choices: late, Finish: wire.FinishLength},
			worker.Result{Output: "two", Reasoning: "hm", Choices: late, Finish: wire.FinishStop}, ""},
		{"a cut text", middleware.Response{Text: "h", Finish: wire.FinishLength}, worker.Result{Output: "h", Finish: wire.FinishLength}, ""},
		{"a filtered text", middleware.Response{Text: "h", Finish: wire.FinishFilter}, worker.Result{Output: "h", Finish: wire.FinishFilter}, ""},

		{"nothing", middleware.Response{Model: "m"}, worker.Result{Model: "m"}, "no output: the answer has neither a text nor a tool call"},
		{"spaces", middleware.Response{Text: " \n\t\u00a0", Finish: wire.FinishStop}, worker.Result{Output: " \n\t\u00a0", Finish: wire.FinishStop},
			"no output: the answer has neither a text nor a tool call (finish stop)"},
		{"reasoning took the cap", middleware.Response{Reasoning: "hm", Finish: wire.FinishLength}, worker.Result{Reasoning: "hm", Finish: wire.FinishLength},
			"no output: the output cap was used up before the first word, by reasoning as a rule (raise max_output_tokens)"},
		{"filtered", middleware.Response{Finish: wire.FinishFilter}, worker.Result{Finish: wire.FinishFilter}, "no output: the provider filtered the answer"},
		{"refused", middleware.Response{Refusal: "I cannot.", Finish: wire.FinishStop}, worker.Result{Refusal: "I cannot.", Finish: wire.FinishStop}, "no output: the model refused"},
		{"refused in words that the text repeats", middleware.Response{Text: "I cannot.", Refusal: "I cannot.", Finish: wire.FinishFilter},
			worker.Result{Refusal: "I cannot.", Finish: wire.FinishFilter}, "no output: the model refused"},
		{"a text and a refusal", middleware.Response{Text: "One. No more.", Refusal: " No more.", Finish: wire.FinishFilter},
			worker.Result{Output: "One.", Refusal: " No more.", Finish: wire.FinishFilter}, ""},
		{"one choice refuses", middleware.Response{Text: "No.", Refusal: "No.", Choices: refusing},
			worker.Result{Output: "two", Choices: refusing}, ""},
		{"nothing that shows", middleware.Response{Text: "\u200b\ufeff \u2060"}, worker.Result{Output: "\u200b\ufeff \u2060"},
			"no output: the answer has neither a text nor a tool call"},
		{"thinks to the cap", middleware.Response{Text: "\n<think>\nhm", Finish: wire.FinishLength}, worker.Result{Output: "\n<think>\nhm", Finish: wire.FinishLength},
			"no output: the output cap was used up before the first word, by reasoning as a rule (raise max_output_tokens)"},
		{"only thinks", middleware.Response{Text: "[THINK]hm[/THINK]\n\n"}, worker.Result{Output: "[THINK]hm[/THINK]\n\n"}, "no output: the answer has neither a text nor a tool call"},
		{"thinks and speaks", middleware.Response{Text: "<think>hm</think>\nYes"}, worker.Result{Output: "<think>hm</think>\nYes"}, ""},
		{"speaks of thinking", middleware.Response{Text: "Close it with </think>"}, worker.Result{Output: "Close it with </think>"}, ""},
		{"thinks and calls", middleware.Response{Text: "<think>hm</think>", ToolCalls: call}, worker.Result{Output: "<think>hm</think>", ToolCalls: call}, ""},
		{"no choice has one", middleware.Response{Text: " ", Choices: none}, worker.Result{Output: " ", Choices: none}, "no output: the answer has neither a text nor a tool call"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := worker.ResultOf(&tc.answer)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			reason := ""
			if err != nil {
				reason = err.Error()
			}
			if reason != tc.reason || (err != nil && !errors.As(err, new(*worker.NoOutputError))) {
				t.Errorf("err = %v, want %q", err, tc.reason)
			}
		})
	}
}
