package figures

import (
	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Meter follows the usage that the reports of one answer tell.
type Meter struct {
	Report
	MostInput, MostOutput int64 // the most that any report came to: running sums never fall
	apart                 bool  // several choices told a usage each
}

// Add takes the next report.
func (m *Meter) Add(report *Report) {
	m.follow(report)
	u, _, _ := m.usage()
	m.MostInput, m.MostOutput = max(m.MostInput, u.InputTokens()), max(m.MostOutput, u.Output+u.AudioOutput)
}

// Join adds the usage of a choice. Where several have one, all have the same prompt, and an output each.
func (m *Meter) Join(choice *Meter, several bool) {
	output, reasoning := m.MostOutput, m.reasoning.N
	m.Add(&choice.Report)
	m.MostInput, m.MostOutput = max(m.MostInput, choice.MostInput), max(m.MostOutput, choice.MostOutput)
	if several {
		m.MostOutput = output + choice.MostOutput
		m.Completion, m.total = Figure{N: m.MostOutput, Known: m.MostOutput > 0}, Figure{}
		m.reasoning.N = min(reasoning+choice.reasoning.N, m.MostOutput)
		m.apart = true
	}
}

// Fill puts into r what is known. Without final, more output may follow: it is not known, nor is the cost.
func (m *Meter) Fill(r *wire.Response, final bool) {
	said := wire.Usage{Tier: m.Tier.Tier(), Unknown: budget.BothSides}
	u, unknown, doubt := m.usage()
	if unknown&budget.InputSide == 0 {
		u.Input += m.MostInput - u.InputTokens()
	}
	switch {
	case !final:
		u.Output, u.AudioOutput, u.Reasoning = 0, 0, 0
		unknown |= budget.OutputSide
	case unknown&budget.OutputSide == 0:
		u.Output += m.MostOutput - u.Output - u.AudioOutput
	}
	if unknown&budget.OutputSide != 0 {
		said.Least.Output = max(m.MostOutput, m.reasoning.N, m.thoughts.N)
	}
	if unknown == budget.BothSides {
		said.Least.Total = m.total.N
	}
	if m.apart {
		doubt = doubtChoices
	}
	if !u.IsZero() && unknown != budget.BothSides && u.Possible() {
		said.Usage, said.Unknown, said.Doubt = u, unknown, doubt
	}
	switch cost := m.Billed(); {
	case final:
		said.Billed = cost
	case cost != nil:
		said.Least.Cost = *cost
	}
	if said != (wire.Usage{Unknown: budget.BothSides}) {
		r.Usage = &said
	}
}
