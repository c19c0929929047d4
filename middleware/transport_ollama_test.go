package middleware_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
)

// A stream of lines is booked exactly and reaches the client byte for byte, in whatever pieces it comes; a plain answer as well.
func TestOllamaAtTheDoor(t *testing.T) {
	const last = `{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":9,"eval_count":2}` + "\n"
	const lines = `{"model":"m","message":{"role":"assistant","content":"H}"},"done":false}` + "\n" + `{"model":"m","message":{"role":"assistant","content":"i"},"done":false}` + "\n" + last
	for name, tt := range map[string]struct{ ask, kind, body, text string }{
		"lines":            {`{"model":"m","messages":[]}`, "application/x-ndjson", lines, "H}i"},
		"lines as JSON":    {`{"model":"m","messages":[],"stream":true}`, "application/json", lines, "H}i"},
		"plain":            {`{"model":"m","messages":[],"stream":false}`, "application/json; charset=utf-8", last, ""},
		"lines, not asked": {`{"model":"m","messages":[],"stream":false}`, "application/json", lines, "H}i"},
	} {
		t.Run(name, func(t *testing.T) {
			var sent string
			base := roundTripper(func(r *http.Request) (*http.Response, error) {
				body, _ := io.ReadAll(r.Body)
				sent = string(body)
				return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {tt.kind}}, Body: io.NopCloser(iotest.OneByteReader(strings.NewReader(tt.body)))}, nil
			})
			var p probe
			resp, err := middleware.Transport(base, p.middleware).RoundTrip(foreign(t, "/api/chat", tt.ask))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(resp.Body); err != nil || string(got) != tt.body {
				t.Errorf("the client got %q, error %v", got, err)
			}
			if want := strings.TrimSuffix(tt.ask, "}") + `,"options":{"num_predict":100}}`; sent != want {
				t.Errorf("sent %s\nwant %s", sent, want)
			}
			answer, failed := p.only(t)
			if failed != nil || answer.Text != tt.text || answer.Usage.Usage != (budget.Usage{Input: 9, Output: 2}) || answer.Usage.Unknown != 0 {
				t.Errorf("answer %+v, error %v", answer, failed)
			}
		})
	}
}
