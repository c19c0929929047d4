package project_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Figures of all are open to this machine until there is a token: then whoever has one is one of many.
func TestServeMetrics(t *testing.T) {
	s := newServed(t, "")
	s.metrics = func(context.Context) ([]byte, error) { return []byte("figures"), nil }
	s.start()
	status := func(token string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := newClient(t).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if got := status(""); got != http.StatusOK {
		t.Errorf("without tokens: status %d", got)
	}
	_, token, err := s.p.NewToken(project.TokenOptions{Label: "x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{"", token} {
		if got := status(shown); got == http.StatusOK {
			t.Errorf("with a token made: status %d for %q", got, shown)
		}
	}
	s.stop()
	s.p.Config.Serve.MetricsTokenEnv = "METRICS_TOKEN"
	t.Setenv("METRICS_TOKEN", "metrics-token-0123456789")
	s.start()
	if got := status("metrics-token-0123456789"); got != http.StatusOK {
		t.Errorf("with its own token: status %d", got)
	}
	if got := status(token); got != http.StatusUnauthorized {
		t.Errorf("with a client's token: status %d", got)
	}
}
