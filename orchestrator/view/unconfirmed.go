package view

import (
	"fmt"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// Unconfirmed is what was charged, or released, by assumption because nobody learnt what it used.
type Unconfirmed struct {
	Recovered int             `json:"recovered"` // attempts whose run died
	Leaked    int             `json:"leaked"`    // attempts that were neither settled nor released in time
	Tokens    int64           `json:"tokens"`
	Cost      *budget.NanoUSD `json:"cost_nano_usd"` // null: of at least one it is unknown
	Newest    []Attempt       `json:"newest"`
	Others    bool            `json:"others"` // there are more that were aborted, or whose provider did not say
}

// Attempt is one attempt of them.
type Attempt struct {
	ID     string    `json:"id"`
	Time   time.Time `json:"time"` // when it was charged
	Run    string    `json:"run,omitempty"`
	Task   string    `json:"task,omitempty"`
	Model  string    `json:"model"`
	Tokens int64     `json:"tokens"`
	Reason string    `json:"reason"`
}

// unconfirmedOf is what the books say.
func unconfirmedOf(u books.Unconfirmed) Unconfirmed {
	out := Unconfirmed{Recovered: u.Recovered, Leaked: u.Leaked, Tokens: u.Charged.Tokens, Newest: []Attempt{}, Others: u.Others}
	if u.Unpriced == 0 {
		out.Cost = &u.Charged.Cost
	}
	for _, e := range u.Newest {
		out.Newest = append(out.Newest, Attempt{e.ID, e.Time, e.Run(), e.TaskID(), e.Model, e.Used.Tokens, e.Reason})
	}
	return out
}

// text lists attempts that a correction could be known for; "" for none.
func (u Unconfirmed) text(f Fit, zone *time.Location, program string) string {
	n := u.Recovered + u.Leaked
	text := ""
	if n > 0 {
		text = fmt.Sprintf("\n%s charged or released by assumption, because nobody learnt what they used (%d recovered, %d leaked): %s tokens\n",
			Plural(n, "attempt"), u.Recovered, u.Leaked, Number(u.Tokens))
	}
	if len(u.Newest) > 0 {
		text += u.list(f, zone, program)
	}
	if n > len(u.Newest) {
		text += fmt.Sprintf("and %s older ones (--attempts lists them)\n", Number(int64(n-len(u.Newest))))
	}
	if u.Others {
		text += "\nother attempts were charged by assumption, too: aborted ones, and those whose provider did not say (--attempts lists them)\n"
	}
	return text
}

func (u Unconfirmed) list(f Fit, zone *time.Location, program string) string {
	rows := make([][]string, 0, len(u.Newest))
	for _, a := range u.Newest {
		rows = append(rows, []string{a.ID, Clock(a.Time, zone), a.Task, a.Model, Number(a.Tokens), a.Reason})
	}
	return f.table([]string{"attempt", "charged", "task", "model", "tokens", "why"}, rows, "model") +
		fmt.Sprintf("if you know better: %s budget adjust ATTEMPT --tokens N --reason \"...\"\n", program)
}
