package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

const rated = `{"type":"object","properties":{"rating":{"type":"integer","minimum":1,"maximum":5}},"required":["rating"],"additionalProperties":false}`

func TestCheckSchema(t *testing.T) {
	for _, tt := range []struct{ schema, want string }{
		{rated, ""},
		{`{"$defs":{"n":{"type":"integer"}},"type":"array","items":{"$ref":"#/$defs/n"}}`, ""},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","type":"string"}`, ""},
		{`{"type":"int"}`, "type"},
		{`{"properties":{"a":{"minimum":"1"}}}`, "minimum"},
		{`{"$ref":"https://example.com/a.json"}`, "not fetched"},
		{`{"$ref":"file:///etc/passwd"}`, "not fetched"},
		{`{"pattern":"("}`, "regex"},
		{`{"type":`, "EOF"},
	} {
		err := worker.CheckSchema(json.RawMessage(tt.schema))
		if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "schema:answer")) {
			t.Errorf("%s: %v, want %q", tt.schema, err, tt.want)
		}
	}
}

// talker says its answers in order, and then that the budget is spent.
type talker struct {
	says   []wire.Response
	heard  []*middleware.Request
	refuse error
}

func (c *talker) Generate(_ context.Context, r *middleware.Request) (*middleware.Response, error) {
	c.heard = append(c.heard, r)
	if len(c.heard) > len(c.says) {
		return nil, c.refuse
	}
	return &c.says[len(c.heard)-1], nil
}

// An answer that does not match is asked for again, with what is wrong, as often as is allowed; each time is a call.
func TestAnswersMatchTheirSchemas(t *testing.T) {
	right, wrong, prose := `{"rating":4}`, `{"rating":9}`, "Four stars."
	refused := errors.New("spent")
	refused = errors.Join(budget.ErrRefused, refused)
	for name, tt := range map[string]struct {
		says    []string
		finish  wire.Finish
		off     bool // schemas are not looked at
		repairs int
		want    string // output
		calls   int
		fails   string
	}{
		"right at once":            {says: []string{right}, repairs: 1, want: right, calls: 1},
		"in a fence":               {says: []string{"```json\n" + right + "\n```"}, repairs: 1, want: right, calls: 1},
		"after thoughts":           {says: []string{"<think>{}</think>\n" + right}, want: right, calls: 1},
		"right the second time":    {says: []string{wrong, right}, repairs: 1, want: right, calls: 2},
		"wrong twice":              {says: []string{wrong, prose}, repairs: 1, want: prose, calls: 2, fails: "it is no JSON"},
		"no repair is allowed":     {says: []string{wrong, right}, want: wrong, calls: 1, fails: "does not match its schema: at '/rating': maximum: got 9, want 5"},
		"two are":                  {says: []string{prose, wrong, right}, repairs: 2, want: right, calls: 3},
		"nothing is left for it":   {says: []string{wrong}, repairs: 1, want: wrong, calls: 2, fails: "no room to ask again"},
		"it does not answer again": {says: []string{wrong, ""}, repairs: 2, want: "", calls: 2, fails: "no output"},
		"cut at its cap":           {says: []string{`{"rating":`}, finish: wire.FinishLength, repairs: 1, want: `{"rating":`, calls: 1},
		"nobody looks":             {says: []string{prose}, off: true, repairs: 1, want: prose, calls: 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := &talker{refuse: refused}
			for _, text := range tt.says {
				c.says = append(c.says, wire.Response{Text: text, Finish: tt.finish})
			}
			w := &worker.Prompt{Client: c, Model: "m", Checks: !tt.off, Repairs: tt.repairs}
			got, err := w.Work(t.Context(), worker.Task{Prompt: "Rate it.", Parameters: &worker.Parameters{Schema: json.RawMessage(rated)}})
			if got.Output != tt.want || len(c.heard) != tt.calls || (err == nil) != (tt.fails == "") || err != nil && !strings.Contains(err.Error(), tt.fails) {
				t.Fatalf("output %q after %d calls, error %v", got.Output, len(c.heard), err)
			}
			for i, r := range c.heard[1:] {
				n := len(r.Messages)
				if n != 3+2*i || r.Messages[n-2].Text() != tt.says[i] || !strings.Contains(r.Messages[n-1].Text(), "does not match") || r.Schema == nil {
					t.Errorf("it was asked again with %+v", r.Messages)
				}
			}
		})
	}
}
