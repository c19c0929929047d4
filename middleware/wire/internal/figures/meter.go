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

// follow takes a later report of the same answer: running figures. The output, the fees and the cost never fall; the input, how
// it is split, and the total are as the last report has them.
func (f *Report) follow(later *Report) {
	for _, p := range [][2]*Figure{
		{&f.prompt, &later.prompt}, {&f.input, &later.input}, {&f.hit, &later.hit}, {&f.miss, &later.miss},
		{&f.read, &later.read}, {&f.write, &later.write}, {&f.write5m, &later.write5m}, {&f.write1h, &later.write1h},
		{&f.audioInput, &later.audioInput}, {&f.audioOutput, &later.audioOutput}, {&f.tools, &later.tools},
		{&f.citations, &later.citations}, {&f.total, &later.total},
	} {
		p[0].follow(*p[1])
	}
	for _, p := range [][2]*Figure{
		{&f.Completion, &later.Completion}, {&f.Output, &later.Output},
		{&f.reasoning, &later.reasoning}, {&f.thoughts, &later.thoughts}, {&f.searches, &later.searches},
	} {
		p[0].grow(*p[1])
	}
	if !later.passes.IsZero() || later.tooMuch {
		f.passes, f.tooMuch = later.passes, later.tooMuch
	}
	f.bill(later.cost, nil)
	f.wrongCost = f.wrongCost || later.wrongCost
	f.upstream = larger(f.upstream, later.upstream)
	f.ownKey, f.noKey, f.excludes = f.ownKey || later.ownKey, f.noKey || later.noKey, f.excludes || later.excludes
	f.Tier.Follow(later.Tier)
}
