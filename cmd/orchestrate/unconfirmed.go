package main

import (
	"fmt"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
)

// maxUnconfirmed is how many unconfirmed attempts a status lists.
const maxUnconfirmed = 10

// unconfirmedJSON is what was charged by assumption because nobody learnt what it used.
type unconfirmedJSON struct {
	Recovered int             `json:"recovered"` // attempts whose run died
	Leaked    int             `json:"leaked"`    // attempts that were neither settled nor released in time
	Others    int             `json:"others"`    // attempts that were aborted, or whose provider did not say
	Tokens    int64           `json:"tokens"`
	Cost      *budget.NanoUSD `json:"cost_nano_usd"` // null: of at least one it is unknown
	Newest    []attemptJSON   `json:"newest"`
}

type attemptJSON struct {
	ID     string    `json:"id"`
	Time   time.Time `json:"time"`
	Run    string    `json:"run,omitempty"`
	Task   string    `json:"task,omitempty"`
	Model  string    `json:"model"`
	Tokens int64     `json:"tokens"`
	Reason string    `json:"reason"`
}

func unconfirmedOf(u sqlite.Unconfirmed) unconfirmedJSON {
	j := unconfirmedJSON{Recovered: u.Recovered, Leaked: u.Leaked, Others: u.Others, Tokens: u.Charged.Tokens, Newest: []attemptJSON{}}
	if u.Unpriced == 0 {
		j.Cost = &u.Charged.Cost
	}
	for _, e := range u.Newest {
		j.Newest = append(j.Newest, attemptJSON{e.ID, e.Time, e.Run(), e.TaskID(), e.Model, e.Used.Tokens, e.Reason})
	}
	return j
}

// unconfirmedText lists attempts that a correction could be known for; "" for none.
func unconfirmedText(u sqlite.Unconfirmed, zone *time.Location) string {
	n := u.Recovered + u.Leaked + u.Others
	if n == 0 {
		return ""
	}
	rows := make([][]string, 0, len(u.Newest))
	for _, e := range u.Newest {
		rows = append(rows, []string{e.ID, clockText(e.Time, zone), e.TaskID(), e.Model, count(e.Used.Tokens), e.Reason})
	}
	text := fmt.Sprintf("\n%s charged by assumption, for nobody learnt what they used (%s recovered, %s leaked, %s others): %s tokens\n",
		plural(n, "attempt"), count(int64(u.Recovered)), count(int64(u.Leaked)), count(int64(u.Others)), count(u.Charged.Tokens))
	text += renderTable([]string{"attempt", "charged", "task", "model", "tokens", "why"}, rows)
	if n > len(rows) {
		text += fmt.Sprintf("and %s older ones (--attempts lists them)\n", count(int64(n-len(rows))))
	}
	return text + fmt.Sprintf("if you know better: %s budget adjust ATTEMPT --tokens N --reason \"...\"\n", program())
}
