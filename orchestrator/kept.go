package orchestrator

import "time"

// kept is what stays in memory of the result of a task: of a million, the rest is in the books and in the results file.
type kept struct {
	Outcome        Outcome
	Reason         string
	Worker, Model  string
	Tokens         int64
	Cost           *Cost
	Started, Ended time.Time
}

// settle keeps what stays of n's result, and lets go of what it needed to begin.
func (r *run) settle(n *node, result *Result) {
	k := kept{
		Outcome: result.Outcome, Reason: result.Reason, Worker: result.Worker, Model: r.names.of(result.Model), Tokens: result.Tokens,
		Started: result.Started, Ended: result.Ended,
	}
	if result.Cost != nil {
		k.Cost = new(*result.Cost) // it is a part of something larger
	}
	n.result, n.estimates = &k, nil
}

// names are few words that come often, each once.
type names map[string]string

// maxNames bounds them: when they are many, they begin anew.
const maxNames = 1000

func (s *names) of(name string) string {
	if known, ok := (*s)[name]; ok {
		return known
	}
	if *s == nil || len(*s) >= maxNames {
		*s = make(names)
	}
	(*s)[name] = name
	return name
}
