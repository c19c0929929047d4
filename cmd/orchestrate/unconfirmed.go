package main

import (
	"fmt"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
)

// maxUnconfirmed is how many unconfirmed attempts a status lists.
const maxUnconfirmed = 10

// unconfirmedJSON is what was charged, or released, by assumption because nobody learnt what it used.
type unconfirmedJSON struct {
	Recovered int             `json:"recovered"` // attempts whose run died
	Leaked    int             `json:"leaked"`    // attempts that were neither settled nor released in time
	Tokens    int64           `json:"tokens"`
	Cost      *budget.NanoUSD `json:"cost_nano_usd"` // null: of at least one it is unknown
	Newest    []attemptJSON   `json:"newest"`
	Others    bool            `json:"others"` // there are more that were aborted, or whose provider did not say
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
	j := unconfirmedJSON{Recovered: u.Recovered, Leaked: u.Leaked, Tokens: u.Charged.Tokens, Newest: []attemptJSON{}, Others: u.Others}
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
	n := u.Recovered + u.Leaked
	text := ""
	if n > 0 {
		text = fmt.Sprintf("\n%s charged or released by assumption, because nobody learnt what they used (%d recovered, %d leaked): %s tokens\n",
			plural(n, "attempt"), u.Recovered, u.Leaked, count(u.Charged.Tokens))
	}
	if len(u.Newest) > 0 {
		text += attemptsText(u.Newest, zone)
	}
	if n > len(u.Newest) {
		text += fmt.Sprintf("and %s older ones (--attempts lists them)\n", count(int64(n-len(u.Newest))))
	}
	if u.Others {
		text += "\nother attempts were charged by assumption, too: aborted ones, and those whose provider did not say (--attempts lists them)\n"
	}
	return text
}

func attemptsText(attempts []budget.Entry, zone *time.Location) string {
	rows := make([][]string, 0, len(attempts))
	for _, e := range attempts {
		rows = append(rows, []string{e.ID, clockText(e.Time, zone), e.TaskID(), e.Model, count(e.Used.Tokens), e.Reason})
	}
	return renderTable([]string{"attempt", "charged", "task", "model", "tokens", "why"}, rows) +
		fmt.Sprintf("if you know better: %s budget adjust ATTEMPT --tokens N --reason \"...\"\n", program())
}
