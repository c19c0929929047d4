package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
)

// callThrough makes a call at a proxy and returns the status and the answer.
func callThrough(t *testing.T, base, key string) (int, string) {
	body := `{"model": "gpt-4o-mini", "max_tokens": 40, "messages": [{"role": "user", "content": "Count to 1."}]}`
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, base+"/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer)
}

// served takes the address out of what a proxy says when it begins.
func (p *process) served() (base string) {
	p.t.Helper()
	line := p.waitFor("base URL for clients of far: ", 1)
	_, base, _ = strings.Cut(strings.TrimSpace(line), "far: ")
	return base
}

// A call passes the proxy, and the first signal waits for it: the client gets its answer, the books the tokens.
func TestServe(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	dir := writeProject(t, providerProject("openai", "gpt-4o-mini", g.URL+"/v1"), "")
	p := command(t, dir, []string{"FAR_KEY=" + farKey}, "serve", "--address", "127.0.0.1:0").begin(true)
	base := p.served()
	answered := make(chan int)
	go func() {
		status, _ := callThrough(t, base, "any")
		answered <- status
	}()
	g.waitAsked(1)
	p.signal(syscall.SIGINT)
	close(g.answers)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if code := p.end(); code != 130 {
		t.Errorf("exit code %d\n%s", code, p.err.String())
	}
	out, url := p.out.String(), strings.TrimSuffix(base, "/far/v1")
	if out != "listening: "+url+"\n" {
		t.Errorf("standard output is %q", out)
	}
	if text, err := os.ReadFile(dir + "/orchestrate.toml"); err != nil || strings.Contains(p.err.String()+string(text), farKey) {
		t.Errorf("the key is told, or %v: %s", err, p.err.String())
	}
	verify := command(t, dir, nil, "ledger", "verify").begin(false)
	if code := verify.end(); code != 0 {
		t.Errorf("%s%s", verify.out.String(), verify.err.String())
	}
	status := command(t, dir, nil, "budget", "status", "--json").begin(false)
	if code := status.end(); code != 0 || !strings.Contains(status.out.String(), `"settled": 20`) || !strings.Contains(status.out.String(), `"task:local"`) {
		t.Errorf("exit code %d: %s%s", code, status.out.String(), status.err.String())
	}
}

// A run with --serve lets clients spend beside its tasks, and ends with them.
func TestRunServe(t *testing.T) {
	t.Parallel()
	g, p, dir := beginGated(t, 2, "--serve=127.0.0.1:0")
	_, base, told := strings.Cut(p.err.String(), "base URL for clients of far: ")
	if base, _, _ = strings.Cut(base, "\n"); !told {
		t.Fatal(p.err.String())
	}
	answered := make(chan int)
	go func() {
		status, _ := callThrough(t, base, "any")
		answered <- status
	}()
	g.waitAsked(1)
	close(g.answers)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	p.waitFor(`"event":"ended"`, 1)
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d: %s", code, p.err.String())
	}
	status := command(t, dir, nil, "budget", "status", "--json").run(0)
	want(t, status, map[string]string{"scopes.scope=total.settled": "60", "scopes.scope=total.held": "0"})
	command(t, dir, nil, "ledger", "verify").run(0)
}
