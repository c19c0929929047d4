package middleware_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware"
)

// In another charset the body says something else: here, sixteen choices instead of one.
func TestABodyInAnotherCharsetIsNotMetered(t *testing.T) {
	const body = `{"model":"m","max_tokens":9,"+AG4-":16,"messages":[]}`
	for contentType, sent := range map[string]bool{
		"":                                      true,
		"application/json":                      true,
		"application/json; charset=utf-8":       true,
		`Application/JSON;Charset="UTF-8"`:      true,
		"application/json; charset=utf-7":       false,
		`application/json; x=y; CHARSET="UTF7"`: false,
		"application/json;charset=utf-16le":     false,
		"application/json; charset=":            false,
	} {
		for _, name := range []string{"Content-Type", "content-type"} {
			reached := false
			base := roundTripper(func(*http.Request) (*http.Response, error) {
				reached = true
				return nil, http.ErrHandlerTimeout
			})
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://provider/v1/chat/completions", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header[name] = []string{contentType} // as a careless client spells it
			resp, err := middleware.Transport(base).RoundTrip(req)
			if err == nil {
				resp.Body.Close()
			}
			if reached != sent || err == nil {
				t.Errorf("%s: %q: reached the provider: %v; %v", name, contentType, reached, err)
			}
		}
	}
}
