package books

import (
	"bytes"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/budget"
)

// An exported ledger is lines of JSON: a header, the runs, the entries, and an end with their numbers, so
// that a file that was cut is told from a whole one. What is zero is left out. Integers are exact, times
// have nanoseconds, and text that is not UTF-8 is {"base64": ...}.
//
//	{"format":"orchestrate-ledger","version":2,"outputs":false}
//	{"run":{"id":"20261123-204033-abc123","task_file":"/srv/project/tasks.toml",...}}
//	{"entry":{"id":"...","op":"reserve","time":"2026-11-23T20:40:33.1Z","period":1,"scopes":["total",...],...}}
//	{"end":{"runs":1,"entries":1}}

// ExportFormat is what the first line of an export names as its format.
const ExportFormat = "orchestrate-ledger"

const (
	exportVersion = 2 // 1 had no tiers

	maxExportLine = 256 << 20 // bytes; a line holds one entry with its output
)

// exportHeader is the first line. Later versions keep these fields.
type exportHeader struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Outputs bool   `json:"outputs"` // results are as they were; for people
}

// exportLine is any other line: exactly one of its fields is set.
type exportLine struct {
	Run   *exportRun   `json:"run,omitempty"`
	Entry *exportEntry `json:"entry,omitempty"`
	End   *exportEnd   `json:"end,omitempty"`
}

type exportEnd struct {
	Runs    int64 `json:"runs"`
	Entries int64 `json:"entries"`
}

type exportRun struct {
	ID        text      `json:"id"`
	TaskFile  text      `json:"task_file,omitempty"`
	Digest    text      `json:"digest,omitempty"`
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended,omitzero"`
	Status    text      `json:"status,omitempty"`
	Simulated bool      `json:"simulated,omitempty"`
}

func exportedRun(r Run) *exportRun {
	return &exportRun{text(r.ID), text(r.TaskFile), text(r.Digest), r.Started, r.Ended, text(r.Status), r.Simulated}
}

func (r *exportRun) run() Run {
	return Run{
		ID: string(r.ID), TaskFile: string(r.TaskFile), Digest: string(r.Digest),
		Started: r.Started.UTC(), Ended: r.Ended.UTC(), Status: string(r.Status), Simulated: r.Simulated,
	}
}

type exportEntry struct {
	ID           text           `json:"id"`
	Op           budget.Op      `json:"op"`
	Time         time.Time      `json:"time"`
	Period       int64          `json:"period"`
	Scopes       []budget.Scope `json:"scopes,omitempty"`
	Debts        []budget.Debt  `json:"debts,omitempty"`
	Model        text           `json:"model,omitempty"`
	Served       text           `json:"served,omitempty"`
	Tier         text           `json:"tier,omitempty"` // "service@region"
	Bound        text           `json:"bound,omitempty"`
	Counted      int64          `json:"counted,omitempty"`
	Output       int64          `json:"output_cap,omitempty"`
	Hold         budget.Amount  `json:"hold,omitzero"`
	Used         budget.Amount  `json:"used,omitzero"`
	Usage        budget.Usage   `json:"usage,omitzero"`
	Unpriced     bool           `json:"unpriced,omitempty"`
	Assumed      bool           `json:"assumed,omitempty"`
	Overrun      budget.Amount  `json:"overrun,omitzero"`
	Reason       text           `json:"reason,omitempty"`
	RequestID    text           `json:"request_id,omitempty"`
	PriceVersion text           `json:"price_version,omitempty"`
	Limit        budget.Limit   `json:"limit,omitzero"`
	Result       []byte         `json:"result,omitempty"` // base64
}

func exportedEntry(e budget.Entry) *exportEntry {
	return &exportEntry{
		text(e.ID), e.Op, e.Time, e.Period, e.Scopes, e.Debts, text(e.Model), text(e.Served), text(e.Tier.String()), text(e.Certainty), e.Counted, e.Output,
		e.Hold, e.Used, e.Usage, e.Unpriced, e.Assumed, e.Overrun, text(e.Reason), text(e.RequestID), text(e.PriceVersion), e.Limit, e.Result,
	}
}

func (e *exportEntry) entry() budget.Entry {
	out := budget.Entry{
		ID: string(e.ID), Op: e.Op, Time: e.Time.UTC(), Period: e.Period, Scopes: e.Scopes, Debts: e.Debts,
		Model: string(e.Model), Served: string(e.Served), Certainty: budget.Certainty(e.Bound), Counted: e.Counted, Output: e.Output,
		Hold: e.Hold, Used: e.Used, Usage: e.Usage, Unpriced: e.Unpriced, Assumed: e.Assumed, Overrun: e.Overrun,
		Reason: string(e.Reason), RequestID: string(e.RequestID), PriceVersion: string(e.PriceVersion), Limit: e.Limit, Result: e.Result,
	}
	_ = out.Tier.UnmarshalText([]byte(e.Tier)) // any text is one
	return out
}

// text is a string that JSON keeps whatever its bytes are.
type text string

type textBytes struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON writes a string or, where that is no UTF-8, its bytes.
func (s text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(s)) {
		return json.Marshal(string(s))
	}
	return json.Marshal(textBytes{[]byte(s)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *text) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("{")) {
		var b textBytes
		err := json.Unmarshal(data, &b)
		*s = text(b.Base64)
		return err
	}
	var plain string
	err := json.Unmarshal(data, &plain)
	*s = text(plain)
	return err
}
