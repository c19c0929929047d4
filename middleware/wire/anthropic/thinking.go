package anthropic

import (
	"strconv"

	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// leastThinking is the least that a body may give to thinking, in tokens ("Extended thinking", budget_tokens).
const leastThinking = 1024

// limit lowers the output cap of a body to most, and with it what the body gives to thinking, where the cap had room for that
// and no longer has: the API refuses a body that gives all of its cap to thinking. What would be less than the least stays, for
// it to refuse.
func limit(p *reading.Patch, most int64) {
	const key, budget = "max_tokens", "budget_tokens"
	was, err := p.Top.Count(key)
	p.Limit(most, key, key)
	raw := p.Top.Get("thinking")
	if err != nil || was <= most || most <= leastThinking || raw == nil {
		return
	}
	thinking, err := reading.NewPatch(raw)
	if err != nil {
		return // the provider judges it
	}
	if n, err := thinking.Top.Count(budget); err == nil && n < was && n >= most {
		thinking.Set(budget, strconv.AppendInt(nil, most-1, 10))
		p.Set("thinking", thinking.Bytes())
	}
}
