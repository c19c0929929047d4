package count

import (
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// image counts an image: an estimate where its size is known, else the most that the rule allows, and
// nothing where there is no such limit. No image has more than the limit, whatever its header says.
func (t tally) image(rule models.ImageRule, i wire.Image) tokenizer.Count {
	n := tokenizer.Count{Certainty: tokenizer.None, Encoding: t.counter.Encoding()}
	if rule == nil {
		return n
	}
	limit, limited := rule.Limit(i.Detail)
	switch {
	case i.Width > 0 && i.Height > 0:
		tokens, most := rule.Size(i.Width, i.Height, i.Detail)
		if limited {
			tokens, most = min(tokens, limit), min(most, limit)
		}
		n.Certainty, n.Tokens, n.Margin = tokenizer.Estimate, tokens, most-tokens
	case limited:
		n.Certainty, n.Tokens = tokenizer.Upper, limit
	}
	return n
}
