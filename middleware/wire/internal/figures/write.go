package figures

import (
	"encoding/json"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Object is a JSON object that is written.
type Object = map[string]any

// Extras adds to a written usage what all formats read in the same places: the searches that the fees are for, the cost,
// and the region.
func Extras(to Object, u *wire.Usage) {
	if searches := int64((u.Fees + wire.SearchFee - 1) / wire.SearchFee); searches > 0 {
		to["server_tool_use"] = Object{"web_search_requests": searches}
	}
	if u.Billed != nil {
		to["cost"] = json.Number(fmt.Sprintf("%d.%09d", *u.Billed/budget.USD, *u.Billed%budget.USD))
	}
	if u.Tier.Region != "" {
		to["inference_geo"] = u.Tier.Region
	}
}

// Writable is what of a usage may be written: nothing of one that is in doubt, which whoever reads it would take for
// exact. Nil is nothing.
func Writable(u *wire.Usage) *wire.Usage {
	if u == nil || u.Doubt == "" {
		return u
	}
	return &wire.Usage{Unknown: budget.BothSides, Tier: u.Tier, Billed: u.Billed}
}
