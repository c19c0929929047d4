package config

import (
	"reflect"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

const capped = `
[budget]
unbounded_input_allowance = 3
default_max_output_tokens = 2000

[[workers]]
name = "by-model"
provider = "openai"
model = "gpt-5-2025-08-07"

[[workers]]
name = "by-provider"
provider = "openai"
model = "gpt-4o"

[[workers]]
name = "by-budget"
provider = "sim"
model = "gpt-4o"

[[workers]]
name = "own"
provider = "openai"
model = "gpt-4o"
max_output_tokens = 5

[providers.openai]
default_max_output_tokens = 1500
max_output_tokens = "16k"
min_output_tokens = 300
output_cap_key = "max_tokens"
unbounded_input_allowance = "20k"

[providers.openai.tools.web_search]
max_uses = 5
tokens_per_use = "8k"
cost_per_use = "0.01"

[providers.openai.tools."file_search"]
tokens_per_use = 400

[providers.openai.models.gpt-5]
default_max_output_tokens = "4k"
max_output_tokens = "32k"
output_cap_key = "max_completion_tokens"

[providers.openai.models."gpt-5-mini"]
max_output_tokens = 800
unbounded_input_allowance = 7
min_output_tokens = 100

[providers.sim]
min_output_tokens = 3 # of an answer

[providers.sim.models.m]
max_output_tokens = 50
`

func TestOutputCapsOfProvidersAndModels(t *testing.T) {
	c, warnings, err := Parse("x", []byte(capped))
	if err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	for i, want := range []int64{4000, 1500, 2000, 5} {
		if w := c.Workers[i]; w.MaxOutput != want || w.MinOutput != 0 {
			t.Errorf("worker %s: %d to %d, want %d", w.Name, w.MinOutput, w.MaxOutput, want)
		}
	}
	for _, tt := range []struct {
		provider, model string
		want            wire.Caps
	}{
		{"openai", "gpt-5", wire.Caps{Default: 4000, Most: 16_000, Least: 300, Key: "max_completion_tokens"}},
		{"openai", "gpt-5-2025-08-07", wire.Caps{Default: 4000, Most: 16_000, Least: 300, Key: "max_completion_tokens"}}, // its family's
		{"openai", "gpt-5-mini", wire.Caps{Default: 1500, Most: 800, Least: 100, Key: "max_tokens"}},
		{"openai", "gpt-4o", wire.Caps{Default: 1500, Most: 16_000, Least: 300, Key: "max_tokens"}},
		{"sim", "m", wire.Caps{Default: 2000, Most: 50}},
		{"sim", "other", wire.Caps{Default: 2000}},
	} {
		if got := c.CapsOf(c.Providers[tt.provider], tt.model); got != tt.want {
			t.Errorf("%s, %s: %+v, want %+v", tt.provider, tt.model, got, tt.want)
		}
	}
	tools := map[string]wire.ToolBound{
		"web_search": {Uses: 5, TokensPerUse: 8000, CostPerUse: budget.USD / 100}, "file_search": {TokensPerUse: 400},
	}
	for _, tt := range []struct {
		provider, model string
		want            wire.Allowance
	}{
		{"openai", "gpt-5", wire.Allowance{Input: 20_000, Tools: tools}},
		{"openai", "gpt-5-mini-2025-08-07", wire.Allowance{Input: 7, Tools: tools}},
		{"sim", "m", wire.Allowance{Input: 3}},
	} {
		if got := c.AllowanceOf(c.Providers[tt.provider], tt.model); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s, %s: %+v, want %+v", tt.provider, tt.model, got, tt.want)
		}
	}
	again, _, err := Parse("x", []byte(c.TOML()))
	if err != nil || !reflect.DeepEqual(c.Table(), again.Table()) || !reflect.DeepEqual(c.Providers, again.Providers) {
		t.Errorf("what is printed reads otherwise, error %v:\n%s", err, c.TOML())
	}
}
