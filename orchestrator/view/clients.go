package view

import (
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Clients are the tokens of a proxy's clients.
type Clients struct {
	Schema int      `json:"schema_version"`
	Tokens []Client `json:"tokens"`
}

// Client is one of them, without its text.
type Client struct {
	Name    string          `json:"name"`
	State   string          `json:"state"` // in_force, expired, revoked
	Label   string          `json:"label,omitempty"`
	Task    string          `json:"task"`
	Worker  string          `json:"worker,omitempty"`
	Tokens  *int64          `json:"max_tokens"` // null is unlimited
	Cost    *budget.NanoUSD `json:"max_cost_nano_usd"`
	Created time.Time       `json:"created"`
	Expires *time.Time      `json:"expires"` // null is never
}

// NewClients are those of list, as they stand at now.
func NewClients(list []project.Token, now time.Time) Clients {
	out := Clients{Schema: SchemaVersion, Tokens: make([]Client, 0, len(list))}
	for _, t := range list {
		one := Client{
			Name: t.Name, State: "in_force", Label: t.Label, Task: t.Task, Worker: t.Worker,
			Tokens: t.Limit.Tokens, Cost: t.Limit.Cost, Created: t.Created,
		}
		if one.Task == "" {
			one.Task = t.Name
		}
		if !t.Expires.IsZero() {
			one.Expires = &t.Expires
			if !now.Before(t.Expires) {
				one.State = "expired"
			}
		}
		if !t.Revoked.IsZero() {
			one.State = "revoked"
		}
		out.Tokens = append(out.Tokens, one)
	}
	return out
}

// Text is a table for people.
func (t Clients) Text() string {
	if len(t.Tokens) == 0 {
		return "no token was made yet\n"
	}
	var rows [][]string
	for _, one := range t.Tokens {
		tokens, cost, expires, state := "unlimited", "unlimited", "never", "in force"
		if one.Tokens != nil {
			tokens = Number(*one.Tokens)
		}
		if one.Cost != nil {
			cost = one.Cost.String()
		}
		if one.Expires != nil {
			expires = one.Expires.Format(time.RFC3339)
		}
		if one.State != "in_force" {
			state = one.State
		}
		charged := budget.Task(one.Task).String()
		if one.Label != "" {
			charged += " " + budget.Label(one.Label).String()
		}
		rows = append(rows, []string{one.Name, state, charged, tokens, cost, expires})
	}
	return Table([]string{"token", "state", "charged to", "tokens", "cost", "expires"}, rows)
}
