package project_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// A key that expires is said by a command, for the tasks' client and for the proxy, and again once it is refused.
func TestKeyCommand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the command is a shell's")
	}
	var refused int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Api-Key") != "key-number-2" { // the first has expired
			refused++
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"model":"gpt-4o","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}`)
	}))
	defer server.Close()
	dir := t.TempDir()
	path := filepath.Join(dir, "orchestrate.toml")
	configuration := fmt.Sprintf(`
[[workers]]
name = "w"
provider = "azure"
model = "gpt-4o"
[providers.azure]
base_url = %q
api_key_command = ["sh", "-c", "echo >>%[2]s; echo key-number-$(wc -l <%[2]s | tr -d ' ')"]
`, server.URL, filepath.Join(dir, "runs"))
	if err := os.WriteFile(path, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := project.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	clients, err := p.Clients()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		resp, err := clients["azure"].Generate(t.Context(), &middleware.Request{Model: "gpt-4o", Messages: wire.Prompt("hi"), MaxOutput: 9})
		if err != nil || resp.Text != "Hi" {
			t.Errorf("answer %+v, error %v", resp, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "runs")); err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, p: p}
	s.start()
	for range 2 {
		resp, err := newClient(t).Post(s.url+"/azure/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21", "application/json", strings.NewReader(serveAsk))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body) // a client that leaves before the end may be charged by assumption
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
	s.stop()
	if refused != 2 {
		t.Errorf("%d calls with a key that has expired, want one for each who asked for it", refused)
	}
	status, err := p.Status(context.Background(), project.StatusOptions{})
	if err != nil || len(status.Scopes) == 0 || status.Scopes[0].Settled.Tokens != 22 {
		t.Errorf("the books say %+v, %v", status.Scopes, err)
	}
}
