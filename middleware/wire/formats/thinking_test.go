package formats_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
)

// A cap that is lowered takes thinking with it, which the API refuses to give the whole of a cap, and leaves every other
// byte.
func TestALoweredCapLeavesRoomBesideThinking(t *testing.T) {
	const rest = `,"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"hi"}]}`
	for _, tt := range []struct {
		body, want string
		most       int64
	}{
		{`{"max_tokens":32000,"thinking":{"type":"enabled", "budget_tokens":31999}`, `{"max_tokens":16384,"thinking":{"type":"enabled", "budget_tokens":16383}`, 16_384},
		{`{"max_tokens":32000,"thinking":{"type":"enabled","budget_tokens":16384}`, `{"max_tokens":16384,"thinking":{"type":"enabled","budget_tokens":16383}`, 16_384},
		{`{"max_tokens":32000,"thinking":{"type":"enabled","budget_tokens":10000}`, `{"max_tokens":16384,"thinking":{"type":"enabled","budget_tokens":10000}`, 16_384},
		{`{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":8000}`, `{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":8000}`, 9000},
		{`{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":8000}`, `{"max_tokens":1025,"thinking":{"type":"enabled","budget_tokens":1024}`, 1025},
		{`{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":8000}`, `{"max_tokens":1024,"thinking":{"type":"enabled","budget_tokens":8000}`, 1024},   // less than it may have
		{`{"max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":20000}`, `{"max_tokens":5000,"thinking":{"type":"enabled","budget_tokens":20000}`, 5000}, // interleaved
		{`{"max_tokens":9000,"thinking":{"type":"adaptive"}`, `{"max_tokens":5000,"thinking":{"type":"adaptive"}`, 5000},
		{`{"max_tokens":9000,"thinking":"on"`, `{"max_tokens":5000,"thinking":"on"`, 5000},
		{`{"max_tokens":9000`, `{"max_tokens":5000`, 5000},
	} {
		r, err := anthropic.Format.Parse([]byte(tt.body + rest))
		if err != nil {
			t.Errorf("%s: %v", tt.body, err)
			continue
		}
		r.MaxOutput = tt.most
		if got, err := anthropic.Format.Encode(r); err != nil || string(got) != tt.want+rest {
			t.Errorf("%s to %d:\n%s, error %v, want\n%s", tt.body, tt.most, got, err, tt.want+rest)
		}
	}
}
