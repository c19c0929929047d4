package middleware_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// A body that is too large to understand goes to the client whole, and what it told before is booked.
func TestWhatATooLargeBodyToldIsBooked(t *testing.T) {
	const usage = `"usage":{"prompt_tokens":9,"completion_tokens":4321}`
	for name, tt := range map[string]struct {
		ask, sent string
		settled   int64 // the least
	}{
		"plain, after its usage":    {ask, `{` + usage + `,"x":"` + strings.Repeat("x", 33<<20) + `"}`, 4330},
		"plain, without":            {ask, `{"choices":[{"message":{"content":"` + strings.Repeat(" word", 7<<20) + `"}}]}`, 6 << 20},
		"a stream, after its text":  {askStream, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + strings.Repeat(" word", 3000) + "\"}}]}\n\ndata: " + strings.Repeat("x", 9<<20) + "\n\n", 3000},
		"a stream, after its usage": {askStream, first + last + usageEvent[:len(usageEvent)-2] + "\n\ndata: " + strings.Repeat("x", 9<<20) + "\n\n", 11},
	} {
		m := newManager(t, budget.Config{Mode: budget.Soft})
		base := roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(tt.sent))}, nil
		})
		door := &http.Client{Transport: middleware.Transport(base, middleware.Budget(m, middleware.BudgetOptions{DefaultMaxOutput: 50}))}
		resp, err := post(t, t.Context(), door, "http://h/chat/completions", strings.Replace(tt.ask, "4096", "50", 1))
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if e := wire.AsError(err); err != nil || n < int64(len(tt.sent)-len(usageEvent)) {
			t.Errorf("%s: read %d of %d bytes: %v", name, n, len(tt.sent), e)
		}
		if total := m.Total(); !total.Held.IsZero() || total.Settled.Tokens < tt.settled {
			t.Errorf("%s: settled %v, want %d; held %v", name, total.Settled, tt.settled, total.Held)
		}
	}
}
