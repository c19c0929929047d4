package orchestrator

import (
	"encoding/json"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Outcome is how a task ended in a run.
type Outcome string

// The outcomes of tasks. All but done and failed cost nothing beyond what their attempts used.
const (
	Done      Outcome = "done"
	Failed    Outcome = "failed"    // the worker gave an error
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
	Omitted bool        `json:"output_omitted,omitempty"` // there was an output, and the books do not have it
	Finish  wire.Finish `json:"finish,omitempty"`         // "length" marks a cut output

	Worker   string       `json:"worker,omitempty"`
	Model    string       `json:"model,omitempty"` // that answered, else that was asked
	Attempts int          `json:"attempts"`        // requests on the wire
	Usage    budget.Usage `json:"usage"`
	Tokens   int64        `json:"tokens"`        // charged
	Estimate int64        `json:"estimate"`      // held for the charged attempts, in tokens
	Cost     *Cost        `json:"cost_nano_usd"` // charged; null if a model has no price

	Assumed   bool `json:"assumed,omitempty"`    // charged in part without the provider's figures
	Clamped   bool `json:"clamped,omitempty"`    // the budget lowered its output cap
	OverLimit bool `json:"over_limit,omitempty"` // soft mode admitted it over a limit

	Started   time.Time        `json:"started,omitzero"`
	Ended     time.Time        `json:"ended"`
	Remaining budget.Remaining `json:"remaining"` // of the narrowest scope, when the task had ended
	NotBefore *time.Time       `json:"not_before,omitempty"`
	Run       string           `json:"run"`

	// Provider is set where a provider, not the budget, is the reason that the task did not end otherwise.
	Provider string `json:"provider,omitempty"`

	// Forbidden marks a task that a provider refused with a 403 which does not say whether it means the task or
	// the key: a resumed run begins it last.
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
}

// encode is the form in which the books keep the result.
func (r Result) encode(storeOutput bool) []byte {
	if !storeOutput && r.Output != "" {
		r.Output, r.Omitted = "", true
	}
	data, err := json.Marshal(r)
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
