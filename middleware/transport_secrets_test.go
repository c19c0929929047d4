package middleware_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware"
)

// Wherever a client has its key, what a provider says of it comes neither into books nor into logs.
func TestTheDoorLetsNoKeyBackIn(t *testing.T) {
	const secret = "AIzaSy0123456789abcdefghijklmn"
	for _, tt := range []struct{ header, value, query string }{
		{"Authorization", "Bearer " + secret, ""},
		{"Authorization", "bearer " + secret, ""},
		{"X-Api-Key", secret, ""},
		{"Ocp-Apim-Subscription-Key", secret, ""},
		{"Cf-Aig-Authorization", "Bearer " + secret, ""},
		{"Cookie", "session=" + secret, ""},
		{"X-Auth-Token", secret, ""},
		{"Accept", "*/*", "?key=" + secret},
		{"Accept", "*/*", "?api-version=1&api-key=" + secret},
	} {
		for _, status := range []int{200, 400} {
			t.Run(fmt.Sprint(tt.header, tt.query, status), func(t *testing.T) {
				var p probe
				base := roundTripper(func(r *http.Request) (*http.Response, error) {
					body := fmt.Sprintf(`{"model":%q,"choices":[{"message":{"content":"a"},"finish_reason":%q}]}`, secret, secret)
					if status != 200 {
						body = fmt.Sprintf(`{"error":{"message":"no key %s","code":%q}}`, secret, secret)
					}
					return &http.Response{
						StatusCode: status, Request: r, Body: io.NopCloser(strings.NewReader(body)),
						Header: http.Header{"X-Request-Id": {secret}, "Content-Type": {"application/json"}},
					}, nil
				})
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://provider/v1/chat/completions"+tt.query,
					strings.NewReader(`{"model":"gpt-4o","messages":[]}`))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set(tt.header, tt.value)
				resp, err := middleware.Transport(base, p.middleware).RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if seen := fmt.Sprintf("%+v %+v", p.answers, p.errs); strings.Contains(seen, secret) {
					t.Error(seen)
				}
				for _, a := range p.answers {
					if a != nil && strings.Contains(fmt.Sprintf("%+v", *a), secret) {
						t.Errorf("%+v", *a)
					}
				}
			})
		}
	}
}
