package formats_test

import (
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// A request built here asks for its tier in the provider's own words, and a cap of nothing is sent as one.
func TestEncodeAsksForTierAndCap(t *testing.T) {
	for _, tc := range []struct {
		format    wire.Format
		tier      budget.Tier
		maxOutput int64
		want, not string
	}{
		{openai.Format, budget.Tier{}, 7, `"max_tokens":7`, "service_tier"},
		{openai.Format, budget.Tier{}, 0, `"model":"m"`, "max_tokens"},
		{openai.Format, budget.Tier{}, wire.NoOutput, `"max_tokens":0`, "-1"},
		{openai.Format, budget.Tier{Service: "priority"}, 7, `"service_tier":"priority"`, "inference_geo"},
		{openai.Format, budget.Tier{Service: "standard"}, 7, `"service_tier":"default"`, "standard"},
		{anthropic.Format, budget.Tier{}, 7, `"max_tokens":7`, "service_tier"},
		{anthropic.Format, budget.Tier{Service: "fast", Region: "us"}, 7, `"speed":"fast","inference_geo":"us"`, "service_tier"},
		{anthropic.Format, budget.Tier{Service: "standard"}, 7, `"service_tier":"standard_only"`, "speed"},
		{anthropic.Format, budget.Tier{Service: "priority"}, 7, `"service_tier":"auto"`, "priority"},
	} {
		body, err := tc.format.Encode(&wire.Request{Model: "m", Messages: wire.Prompt("hi"), Tier: tc.tier, MaxOutput: tc.maxOutput})
		if err != nil || !strings.Contains(string(body), tc.want) || strings.Contains(string(body), tc.not) {
			t.Errorf("%s, %+v, %d: %s, %v", tc.format.Name(), tc.tier, tc.maxOutput, body, err)
		}
	}
}
