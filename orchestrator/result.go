package orchestrator

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// Outcome is how a task ended in a run.
type Outcome string

// The outcomes of tasks. All but done and failed cost nothing beyond what their attempts used.
const (
	Done      Outcome = "done"
	Failed    Outcome = "failed"    // the worker gave an error, or the model no output
	Deferred  Outcome = "deferred"  // the shared budget, or no provider, can take it now; run --resume goes on
	Exhausted Outcome = "exhausted" // its own limit is spent; it runs again only if that is raised
	Skipped   Outcome = "skipped"   // a task it depends on has no output
	Cancelled Outcome = "cancelled" // the run was stopped before it ended
)

// Outcomes lists all outcomes, in the order in which people want to read them.
var Outcomes = []Outcome{Done, Failed, Exhausted, Deferred, Skipped, Cancelled}

// Result is what became of a task: a line of the results file, and what the books keep of it.
type Result struct {
	ID      string      `json:"id"`
	Outcome Outcome     `json:"outcome"`
	Reason  string      `json:"reason,omitempty"` // why it is not done
	Output  string      `json:"output,omitempty"`
	Finish  wire.Finish `json:"finish,omitempty"` // "length" marks a cut output

	ToolCalls []wire.ToolCall `json:"tool_calls,omitempty"`
	Refusal   string          `json:"refusal,omitempty"`
	Reasoning string          `json:"reasoning,omitempty"`
	Logprobs  json.RawMessage `json:"logprobs,omitempty"` // as the provider wrote them
	Choices   []wire.Choice   `json:"choices,omitempty"`  // all answers, where there are several

	// Omitted says that there was an output and the books do not have it; OutputFile, where it was kept instead,
	// "" if nobody knows.
	Omitted    bool   `json:"output_omitted,omitempty"`
	OutputFile string `json:"output_file,omitempty"`

	// Digest names what was asked; see [worker.Digest]. Empty for tasks that never began, and in old books.
	Digest string `json:"digest,omitempty"`

	// AnswerOf is the task to which the answer was given, where it is another that asked the same, and this one took it over.
	AnswerOf string `json:"answer_of,omitempty"`

	Worker   string       `json:"worker,omitempty"`
	Model    string       `json:"model,omitempty"` // that answered, else that was asked
	Attempts int          `json:"attempts"`        // requests on the wire
	Usage    budget.Usage `json:"usage"`           // its zeros are left out
	Tokens   int64        `json:"tokens"`          // charged
	Estimate int64        `json:"estimate"`        // held for the charged attempts, in tokens
	Cost     *Cost        `json:"cost_nano_usd"`   // charged; null if a model has no price. In JSON it is in dollars, too: cost_usd

	// HeldBack is how long the task, the first in line, could have begun but for the budget; WaitedBudget and WaitedProvider are how long its calls
	// waited once it had, all together, in nanoseconds: for budget, and for a provider that was paused, whose rates were used up,
	// or that was to be asked again.
	HeldBack       time.Duration `json:"held_back_ns,omitempty"`
	WaitedBudget   time.Duration `json:"waited_for_budget_ns,omitempty"`
	WaitedProvider time.Duration `json:"waited_for_provider_ns,omitempty"`

	// Group names the tasks whose answers are alike in length, Expected is how many tokens the task was expected to be
	// charged when it began, and Further how many of them were beyond the input of its first call and its output.
	Group    string `json:"group,omitempty"`
	Expected int64  `json:"expected,omitempty"`
	Further  int64  `json:"further,omitempty"`

	// Recut is how many of Tokens went to a first answer that a cap from history had cut; see [CapHistory].
	Recut int64 `json:"recut_tokens,omitempty"`

	// Reported is what the worker used by its own count, nil where it has none, and Drift by how many tokens that is more
	// than what the books say.
	Reported *budget.Usage `json:"reported,omitempty"`
	Drift    *int64        `json:"drift_tokens,omitempty"`

	Assumed   bool `json:"assumed,omitempty"`    // charged in part without the provider's figures
	Clamped   bool `json:"clamped,omitempty"`    // the budget lowered its output cap
	OverLimit bool `json:"over_limit,omitempty"` // soft mode admitted it over a limit

	Started   time.Time    `json:"started,omitzero"`
	Ended     time.Time    `json:"ended"`
	Remaining budget.Limit `json:"remaining"` // of the narrowest scope, when the task had ended
	NotBefore *time.Time   `json:"not_before,omitempty"`
	Run       string       `json:"run"`

	// Metadata and Columns are the task's own; the books do not have them.
	Metadata json.RawMessage `json:"metadata,omitempty"`
	Columns  json.RawMessage `json:"columns,omitempty"`

	// Provider is set where a provider, not the budget, is the reason that the task did not end otherwise.
	Provider string `json:"provider,omitempty"`

	// Forbidden marks a task that a provider refused with a 403 which does not say whether it means the task or
	// the key, in this part of the run or, if its turn has not come again since, in an earlier one: a resumed run
	// begins it last.
	Forbidden bool `json:"forbidden,omitempty"`
}

// Cost is an amount of money in nano-USD.
type Cost = budget.NanoUSD

// charge fills in what the task was charged.
func (r *Result) charge(s budget.Summary) {
	r.Attempts, r.Usage, r.Tokens, r.Estimate = s.Attempts, s.Usage, s.Used.Tokens, s.Hold.Tokens
	if !s.Unpriced {
		r.Cost = &s.Used.Cost
	}
	r.Assumed, r.Clamped, r.OverLimit = s.Assumed, s.Clamped, s.OverLimit
	if r.Reported != nil {
		r.Drift = new(r.Reported.Tokens() - s.Usage.Tokens())
	}
}

// answer fills in what the worker made of the task. What is no JSON could not be kept.
func (r *Result) answer(w worker.Result) {
	r.Output, r.ToolCalls, r.Refusal, r.Reasoning, r.Finish = w.Output, w.ToolCalls, w.Refusal, w.Reasoning, w.Finish
	r.Choices, r.Reported = slices.Clone(w.Choices), w.Reported
	if json.Valid(w.Logprobs) {
		r.Logprobs = w.Logprobs
	}
	for i := range r.Choices {
		if c := &r.Choices[i]; !json.Valid(c.Logprobs) {
			c.Logprobs = nil
		}
	}
}

// Cut reports whether the task is done and the output cap cut one of its answers.
func (r Result) Cut() bool {
	isCut := func(c wire.Choice) bool { return c.Finish == wire.FinishLength }
	return r.Outcome == Done && (r.Finish == wire.FinishLength || slices.ContainsFunc(r.Choices, isCut))
}

// WithoutOutput returns r without anything that a model said.
func (r Result) WithoutOutput() Result {
	said := r.Output != "" || r.ToolCalls != nil || r.Refusal != "" || r.Reasoning != "" || r.Logprobs != nil || r.Choices != nil
	r.Output, r.ToolCalls, r.Refusal, r.Reasoning, r.Logprobs, r.Choices = "", nil, "", "", nil, nil
	r.Omitted = r.Omitted || said
	return r
}

// hasText reports whether the output of a task that is done may stand in the prompt of another: it is there, and is
// not tool calls alone.
func (r Result) hasText() bool {
	return !r.Omitted && (r.Output != "" || len(r.ToolCalls) == 0)
}

// encode is the form in which the books keep the result.
func (r Result) encode(storeOutput bool) []byte {
	r.Metadata, r.Columns = nil, nil
	if !storeOutput {
		r = r.WithoutOutput()
	}
	data, err := r.JSON()
	if err != nil {
		panic("orchestrator: a result that is no JSON: " + err.Error())
	}
	return data
}

// DecodeResult reads a result back from the books.
func DecodeResult(data []byte) (Result, error) {
	var r Result
	err := json.Unmarshal(data, &r)
	return r, err
}
