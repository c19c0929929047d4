package provider_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

// What servers that do not stream say of it (platform.openai.com/docs/guides/error-codes; public reports on Mistral's API).
const (
	unverified = `{"error":{"message":"Your organization must be verified to stream this model.","type":"invalid_request_error","param":"stream","code":"unsupported_value"}}`
	forbidden  = `{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options","include_usage"],"msg":"Extra inputs are not permitted"}]}}`
)

// A model that is not to be streamed is asked plainly, at once and from then on; whoever listens to deltas is told.
func TestAModelThatDoesNotStream(t *testing.T) {
	for name, tt := range map[string]struct {
		status  int
		says    string
		listens bool
		asked   []string // how, in two calls
		fails   bool
	}{
		"an organisation that is not verified": {400, unverified, false, []string{"stream", "plain", "plain"}, false},
		"options that are not known":           {422, forbidden, false, []string{"stream", "plain", "plain"}, false},
		"somebody listens":                     {400, unverified, true, []string{"stream", "stream"}, true},
		"another mistake":                      {400, `{"error":{"message":"upstream said no"}}`, false, []string{"stream", "stream"}, true},
		"a rate":                               {429, `{"error":{"message":"too many streams"}}`, false, []string{"stream", "stream"}, true},
		"nothing":                              {200, "", false, []string{"stream", "stream"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if strings.Contains(string(body), `"stream":true`) {
					asked = append(asked, "stream")
					if tt.status != http.StatusOK {
						w.WriteHeader(tt.status)
						_, _ = io.WriteString(w, tt.says)
						return
					}
				} else {
					asked = append(asked, "plain")
				}
				_, _ = io.WriteString(w, `{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}`)
			}))
			defer server.Close()
			client, err := provider.New(provider.Config{Format: openai.Format, BaseURL: server.URL})
			if err != nil {
				t.Fatal(err)
			}
			r := &wire.Request{Model: "gpt-5", Messages: wire.Prompt("hi"), MaxOutput: 9, Stream: true}
			if tt.listens {
				r.OnDelta = func(wire.Delta) {}
			}
			for range 2 {
				resp, err := client.Generate(t.Context(), r)
				if (err != nil) != tt.fails {
					t.Fatalf("error %v", err)
				}
				if want := (budget.Usage{Input: 3, Output: 1}); err == nil && (resp.Text != "Hi" || resp.Usage.Usage != want) {
					t.Errorf("%+v", resp)
				}
			}
			if !slices.Equal(asked, tt.asked) {
				t.Errorf("asked %q, want %q", asked, tt.asked)
			}
		})
	}
}
