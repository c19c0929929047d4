package project_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Gemini's clients show their token in the query or in a header of its own; the provider gets its key, and no query but
// what says how to answer.
func TestServeGemini(t *testing.T) {
	const answer = `{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP","index":0}],` +
		`"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":3,"totalTokenCount":10},"modelVersion":"gemini-2.5-flash"}`
	var got []string
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.URL.RequestURI())
		if key := r.Header.Get("X-Goog-Api-Key"); key != serveKey {
			t.Errorf("the provider was shown %q", key)
		}
		if strings.Contains(r.URL.Path, ":stream") && r.URL.Query().Get("alt") == "sse" {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: %s\r\n\r\n", answer)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(r.URL.Path, ":stream") {
			fmt.Fprintf(w, "[%s]", answer)
			return
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer provider.Close()
	t.Setenv("SERVE_KEY", serveKey)
	t.Setenv("ALICE_TOKEN", aliceToken)
	path := filepath.Join(t.TempDir(), "orchestrate.toml")
	text := fmt.Sprintf("[providers.gemini]\nbase_url = %q\napi_key_env = \"SERVE_KEY\"\n[[serve.clients]]\nname = \"alice\"\ntoken_env = \"ALICE_TOKEN\"\n", provider.URL)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := project.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, p: p}
	s.start()
	client := newClient(t)
	const model = "/v1beta/models/gemini-2.5-flash"
	for _, call := range []struct{ address, header, want string }{
		{model + ":generateContent?key=" + aliceToken, "", answer},
		{model + ":streamGenerateContent?alt=sse&key=" + aliceToken, "", "data: " + answer + "\r\n\r\n"},
		{model + ":streamGenerateContent", aliceToken, "[" + answer + "]"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/gemini"+call.address,
			strings.NewReader(`{"contents":[{"parts":[{"text":"Hello"}]}],"generationConfig":{"maxOutputTokens":20}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Goog-Api-Key", call.header)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || string(body) != call.want || err != nil {
			t.Errorf("%s: status %d, %v: %s", call.address, resp.StatusCode, err, body)
		}
	}
	s.stop()
	if want := fmt.Sprint([]string{model + ":generateContent", model + ":streamGenerateContent?alt=sse", model + ":streamGenerateContent"}); fmt.Sprint(got) != want {
		t.Errorf("the provider got %v, want %s", got, want)
	}
	status, err := p.Status(t.Context(), project.StatusOptions{})
	if err != nil || status.Scopes[0].Settled.Tokens != 30 {
		t.Errorf("%+v, %v", status.Scopes, err)
	}
}
