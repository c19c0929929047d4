package main

import (
	"strings"
	"testing"
)

// The tier that an account is set to is held for from the first call on, and charged, assumed, where the answer names none. A
// token costs $0.000001; a call holds 52 of them and uses 20.
func TestTheTierOfAnAccount(t *testing.T) {
	t.Parallel()
	const prices = `
[prices.gpt-4o-mini]
input = "1"
output = "1"
service_tiers = { priority = "2.5" }
`
	for _, tt := range []struct {
		name, tier, limit string
		code              int
		calls             int
		cost, assumed     string
	}{
		{"not set", "", "0.0001", exitDone, 1, "20000", "absent"},
		{"dearer", "priority", "1.00", exitDone, 1, "50000", "true"},
		{"its own word", "Priority", "1.00", exitDone, 1, "50000", "true"},
		{"dearer than what is left", "priority", "0.0001", exitDeferred, 0, "0", "absent"},
		{"without a price, under a limit of money", "turbo", "1.00", exitFailed, 0, "0", "absent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newEcho(t)
			config := strings.Replace(providerProject("openai", "gpt-4o-mini", e.URL+"/v1"), "10_000", `10_000
total_cost_limit = "`+tt.limit+`"`, 1)
			if tt.tier != "" {
				config = strings.Replace(config, `timeout = "10s"`, `timeout = "10s"
service_tier = "`+tt.tier+`"`, 1)
			}
			dir := writeProject(t, config+prices, manyTasks(1))
			got := command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "tasks.jsonl", "--progress", "off").run(tt.code)
			want(t, got, map[string]string{"id=t1.cost_nano_usd": tt.cost, "id=t1.assumed": tt.assumed})
			if e.all() != tt.calls {
				t.Errorf("%d calls, want %d", e.all(), tt.calls)
			}
		})
	}
}
