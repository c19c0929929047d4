package sdks

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var npmClients = []client{
	{name: "npm openai", format: "chat"},
	{name: "npm openai responses", format: "responses"},
	{name: "npm openai embeddings", format: "embeddings", embeds: true},
	{name: "npm anthropic", format: "messages"},
	{name: "npm genai", format: "gemini"},
	{name: "npm genai embeddings", format: "geminiEmbed", embeds: true},
	{name: "npm ollama", format: "ollama"},
	{name: "npm ollama embeddings", format: "ollamaEmbed", embeds: true},
	{name: "npm ai, openai chat", format: "chat"},
	{name: "npm ai, openai responses", format: "responses"},
	{name: "npm ai, openai embeddings", format: "embeddings", embeds: true},
	{name: "npm ai, anthropic", format: "messages"},
}

const configuration = `
[budget]
total_budget_limit = 10_000_000
[providers.openai]
base_url = "%[1]s/v1"
api_key_env = "FAR_KEY"
[providers.anthropic]
base_url = "%[1]s"
api_key_env = "FAR_KEY"
[providers.gemini]
base_url = "%[1]s/v1beta"
api_key_env = "FAR_KEY"
[providers.ollama]
kind = "openai"
base_url = "%[1]s"
`

// Each SDK from npm with the proxy as its base URL.
func TestNpm(t *testing.T) {
	if _, err := os.Stat("node_modules/openai"); err != nil {
		t.Skip("the SDKs of npm are not installed (cmd/orchestrate/compat/sdks/run installs them)")
	}
	p := newProvider(t)
	p.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s := newServe(t, p)
	for _, c := range npmClients {
		for _, sc := range c.scenes() {
			if c.name == "npm ai, openai chat" && sc.variant == "usage unasked" {
				continue // it always asks
			}
			t.Run(c.name+", "+sc.shape+", "+sc.variant, func(t *testing.T) {
				p.begin(sc)
				wrong := judge(p, sc, s.call(t, c, sc))
				found.add(c.name, sc, wrong)
				if wrong != "" {
					t.Error(wrong)
				}
			})
		}
	}
}

// serve is a proxy over the provider, in a process of its own, and a process of Node that calls it.
type serve struct {
	url   string
	cases io.Writer
	lines *bufio.Scanner
}

func newServe(t *testing.T, p *provider) *serve {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "orchestrate")
	build := exec.Command("go", "build", "-o", binary, "./cmd/orchestrate")
	build.Dir = "../../../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "orchestrate.toml"), fmt.Appendf(nil, configuration, p.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	errs, err := os.Create(filepath.Join(dir, "serve.err"))
	if err != nil {
		t.Fatal(err)
	}
	proxy := exec.Command(binary, "serve", "--address", "127.0.0.1:0")
	proxy.Dir, proxy.Stderr, proxy.Env = dir, errs, append(os.Environ(), "FAR_KEY=sk-provider-0123456789abcdef")
	out, err := proxy.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = proxy.Process.Signal(syscall.SIGTERM)
		if err := proxy.Wait(); err != nil {
			t.Logf("the proxy ended: %v", err)
		}
		text, _ := os.ReadFile(errs.Name())
		if strings.Contains(string(text), "panic") {
			t.Errorf("the proxy panicked:\n%s", text)
		}
		verify := exec.Command(binary, "ledger", "verify")
		verify.Dir = dir
		if said, err := verify.CombinedOutput(); err != nil {
			t.Errorf("the books: %v\n%s", err, said)
		}
	})
	first, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(first), "listening: ")
	if err != nil || !ok {
		text, _ := os.ReadFile(errs.Name())
		t.Fatalf("the proxy says %q, %v\n%s", first, err, text)
	}
	node := exec.Command("node", "sdks.mjs", url)
	node.Stderr = os.Stderr
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	results, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = node.Wait()
	})
	lines := bufio.NewScanner(results)
	lines.Buffer(nil, 1<<20)
	return &serve{url, in, lines}
}

// call makes Node do a case, and asks the proxy what it booked.
func (s *serve) call(t *testing.T, c client, sc scene) (got seen) {
	t.Helper()
	before, _ := s.books(t)
	if err := json.NewEncoder(s.cases).Encode(object{"client": c.name, "shape": sc.shape, "variant": sc.variant}); err != nil {
		t.Fatal(err)
	}
	if !s.lines.Scan() {
		t.Fatal("Node ended")
	}
	var result struct {
		Text, Error string
		Sums        []string
	}
	if err := json.Unmarshal(s.lines.Bytes(), &result); err != nil {
		t.Fatalf("%v: %s", err, s.lines.Text())
	}
	got.text, got.err, got.sums = result.Text, result.Error, result.Sums
	for wait := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		after, held := s.books(t)
		got.settled, got.held = after-before, held
		if held == 0 && got.settled != 0 || time.Now().After(wait) {
			return got
		}
	}
}

// books are the tokens that the proxy says are settled and held in total.
func (s *serve) books(t *testing.T) (settled, held int64) {
	t.Helper()
	resp, err := http.Get(s.url + "/budget")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var status struct {
		Scopes []struct {
			Scope         string
			Settled, Held int64
		}
	}
	text, _ := io.ReadAll(resp.Body)
	if err := json.Unmarshal(text, &status); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, scope := range status.Scopes {
		if scope.Scope == "total" {
			return scope.Settled, scope.Held
		}
	}
	t.Fatalf("no total: %s", text)
	return 0, 0
}
