package project_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/worker"
)

const (
	serveKey   = "sk-provider-0123456789abcdef"
	aliceToken = "alice-token-0123456789"
	serveAsk   = `{"model":"gpt-4o","max_tokens":4,"messages":[{"role":"user","content":"Say hello"}]}`
)

// served is a project with a proxy, and the provider behind it.
type served struct {
	t       *testing.T
	p       *project.Project
	reached atomic.Int64
	usage   int64 // of a call, which holds no more
	logs    syncBuffer
	leave   chan struct{} // closed, prompts with the word WAIT are answered

	url  string
	stop func() // ends the proxy

	metrics func(context.Context) ([]byte, error)
	running func(*project.Running) (func(), error)
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// newServed writes a project; %d in its configuration is a call's usage.
func newServed(t *testing.T, configuration string) *served {
	t.Helper()
	s := &served{t: t, leave: make(chan struct{})}
	parsed, err := openai.Format.Parse([]byte(serveAsk))
	if err != nil {
		t.Fatal(err)
	}
	input := count.Of(parsed).Bound()
	s.usage = input + 4
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.reached.Add(1)
		body, _ := io.ReadAll(r.Body)
		if got := r.Header.Get("Authorization"); got != "Bearer "+serveKey {
			t.Errorf("the provider was shown %q", got)
		}
		if bytes.Contains(body, []byte("WAIT")) {
			<-s.leave
		}
		usage := fmt.Sprintf(`"usage":{"prompt_tokens":%d,"completion_tokens":4}`, input)
		if bytes.Contains(body, []byte(`"stream":true`)) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: {\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],%s}\n\ndata: [DONE]\n\n", usage)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"model":"gpt-4o","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],%s}`, usage)
	}))
	t.Cleanup(provider.Close)
	t.Setenv("SERVE_KEY", serveKey)
	t.Setenv("ALICE_TOKEN", aliceToken)
	dir := t.TempDir()
	text := strings.ReplaceAll(configuration, "CALLS", fmt.Sprint(s.usage))
	text += fmt.Sprintf("\n[providers.openai]\nbase_url = %q\napi_key_env = \"SERVE_KEY\"\n", provider.URL+"/v1")
	path := filepath.Join(dir, "orchestrate.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if s.p, err = project.Open(path, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// start starts the proxy, which runs until stop, or the end of the test.
func (s *served) start() {
	s.t.Helper()
	drain, ended := make(chan struct{}), make(chan error, 1)
	listening := make(chan project.Listening, 1)
	go func() {
		ended <- s.p.Serve(context.Background(), project.ServeOptions{
			Address: "127.0.0.1:0", OnListen: func(l project.Listening) { listening <- l }, Metrics: s.metrics, OnRunning: s.running,
			Interrupts: func(ctx context.Context) (context.Context, <-chan struct{}, func()) { return ctx, drain, func() {} },
			Logger:     slog.New(slog.NewTextHandler(&s.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
	}()
	select {
	case l := <-listening:
		s.url = l.URL
	case err := <-ended:
		s.t.Fatal(err)
	}
	s.stop = sync.OnceFunc(func() {
		close(drain)
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
		s.check()
	})
	s.t.Cleanup(s.stop)
}

// check looks at the books: sound, nothing held; and at the logs, for secrets.
func (s *served) check() {
	s.t.Helper()
	v, err := s.p.Verify(context.Background())
	if err != nil || !v.OK() || v.Open > 0 {
		s.t.Errorf("the books: %+v, %v", v, err)
	}
	s.logs.mu.Lock()
	defer s.logs.mu.Unlock()
	for _, secret := range []string{serveKey, aliceToken, "orc_"} {
		if strings.Contains(s.logs.b.String(), secret) {
			s.t.Errorf("the logs have %s", secret)
		}
	}
}

// ask makes a call with a token and returns the status.
func (s *served) ask(client *http.Client, token, body string) int {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.url+"/openai/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return 0
	}
	if token != "" {
		req.Header.Set("X-Api-Key", token)
	}
	resp, err := client.Do(req)
	if err != nil {
		s.t.Error(err)
		return 0
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	if bytes.Contains(answer, []byte(serveKey)) {
		s.t.Error("a client got the provider's key")
	}
	return resp.StatusCode
}

func newClient(t *testing.T) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 100, MaxConnsPerHost: 200}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// 1,000 clients at once, plain and streaming, on books on disk, with a limit for 100: exactly 100 get through, and a restart
// gives nothing back.
func TestServeKeepsToTheLimit(t *testing.T) {
	s := newServed(t, `
[budget]
on_full = "refuse"
max_tokens_per_task = 1
max_tokens_per_worker = 1
[[serve.clients]]
name = "alice"
token_env = "ALICE_TOKEN"
max_tokens = CALLS00
`)
	s.start()
	client := newClient(t)
	var passed, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			body := serveAsk
			if i%2 == 0 {
				body = strings.Replace(body, "{", `{"stream":true,`, 1)
			}
			switch status := s.ask(client, aliceToken, body); status {
			case http.StatusOK:
				passed.Add(1)
			case http.StatusPaymentRequired:
				refused.Add(1)
			default:
				t.Errorf("status %d", status)
			}
		})
	}
	wg.Wait()
	if passed.Load() != 100 || refused.Load() != 900 || s.reached.Load() != 100 {
		t.Errorf("%d passed, %d refused, %d reached the provider", passed.Load(), refused.Load(), s.reached.Load())
	}
	s.stop()
	s.start()
	if status := s.ask(client, aliceToken, serveAsk); status != http.StatusPaymentRequired {
		t.Errorf("after a restart: status %d", status)
	}
	status, err := s.p.Status(context.Background(), project.StatusOptions{Tasks: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range status.Scopes {
		if one.Scope == budget.Task("alice") && (one.Settled.Tokens != 100*s.usage || one.Limit.Tokens == nil || *one.Limit.Tokens != 100*s.usage) {
			t.Errorf("the books say %+v", one)
		}
	}
}

// A proxy that runs knows tokens as soon as they are made, and no longer than until they are revoked.
func TestServeTokens(t *testing.T) {
	s := newServed(t, "[budget]\non_full = \"refuse\"\nmax_tokens_per_task = 1\n")
	s.start()
	client := newClient(t)
	if status := s.ask(client, "", serveAsk); status != http.StatusOK {
		t.Fatalf("without tokens: status %d", status)
	}
	made := func(o project.TokenOptions) (project.Token, string) {
		t.Helper()
		token, text, err := s.p.NewToken(o)
		if err != nil {
			t.Fatal(err)
		}
		return token, text
	}
	first, firstText := made(project.TokenOptions{Label: "ci", Limit: budget.TokenLimit(2 * s.usage)})
	again, againText := made(project.TokenOptions{Label: "ci", Task: first.Name}) // shares the limit
	_, other := made(project.TokenOptions{Label: "other", Expiry: time.Hour})
	_, late := made(project.TokenOptions{Expiry: time.Nanosecond})
	if first.Name != "ci" || again.Name != "ci-2" {
		t.Errorf("the tokens are called %s and %s", first.Name, again.Name)
	}
	for _, step := range []struct {
		token string
		want  int
	}{
		{"", 401}, {"orc_guess", 401}, {late, 401}, {serveKey, 401},
		{firstText, 200}, {againText, 200}, {firstText, 402}, {againText, 402}, {other, 200},
	} {
		if got := s.ask(client, step.token, serveAsk); got != step.want {
			t.Errorf("%.8s: status %d, want %d", step.token, got, step.want)
		}
	}
	if err := s.p.RevokeToken("other"); err != nil {
		t.Fatal(err)
	}
	if got := s.ask(client, other, serveAsk); got != 401 {
		t.Errorf("revoked: status %d", got)
	}
	if err := s.p.RevokeToken("nobody"); err == nil {
		t.Error("a token that is not there was revoked")
	}
	text, err := os.ReadFile(s.p.TokensPath())
	if err != nil || bytes.Contains(text, []byte(firstText)) {
		t.Errorf("the file has the token, or %v", err)
	}
	if info, err := os.Stat(s.p.TokensPath()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	for _, break_ := range []func() error{
		func() error { return os.WriteFile(s.p.TokensPath(), []byte("{"), 0o600) },
		func() error { return os.Remove(s.p.TokensPath()) },
	} {
		if err := break_(); err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{"", firstText} {
			if got := s.ask(client, token, serveAsk); got != 401 {
				t.Errorf("without a file of tokens: status %d", got)
			}
		}
	}
}

// GET /budget tells a client of its own scopes, and of nobody else's.
func TestServeBudget(t *testing.T) {
	s := newServed(t, `
[budget]
total_budget_limit = 10_000
[budget.labels."customer-7"]
max_tokens = 300
[[serve.clients]]
name = "alice"
token_env = "ALICE_TOKEN"
label = "customer-7"
max_tokens = 500
`)
	s.start()
	client := newClient(t)
	s.ask(client, aliceToken, serveAsk)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/budget", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+aliceToken)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var status project.Status
	if err := json.NewDecoder(resp.Body).Decode(&status); err != nil {
		t.Fatal(err)
	}
	left := make(map[budget.Scope]int64)
	for _, one := range status.Scopes {
		left[one.Scope] = *one.Remaining.Tokens
	}
	if want := map[budget.Scope]int64{budget.Label("customer-7"): 300 - s.usage, budget.Task("alice"): 500 - s.usage}; !maps.Equal(left, want) {
		t.Errorf("left %v, want %v", left, want)
	}
	if got := resp.Header.Get("X-Orchestrate-Remaining"); got != "" { // it is in the body
		t.Errorf("remaining %s", got)
	}
}

// What would let strangers spend, or listen, does not start.
func TestServeRefusesToStart(t *testing.T) {
	const client = "[[serve.clients]]\nname = \"alice\"\ntoken_env = %q\n"
	for _, tc := range []struct {
		configuration, address, want string
		sim                          bool
	}{
		{"", "0.0.0.0:0", "others could read", false},
		{"", ":0", "others could read", false},
		{fmt.Sprintf(client, "ALICE_TOKEN"), "[::]:0", "others could read", false},
		{fmt.Sprintf(client, "NO_TOKEN"), "127.0.0.1:0", "NO_TOKEN", false},
		{fmt.Sprintf(client, "SHORT_TOKEN"), "127.0.0.1:0", "shorter than", false},
		{"", "127.0.0.1:0", "the simulator has no address", true},
		{"", "127.0.0.1:99999", "port", false},
	} {
		s := newServed(t, tc.configuration)
		t.Setenv("SHORT_TOKEN", "short")
		s.p.Sim = tc.sim
		err := s.p.Serve(t.Context(), project.ServeOptions{Address: tc.address})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: %v", tc, err)
		}
		if _, err := os.Stat(s.p.LedgerPath()); err == nil {
			t.Errorf("%+v: there are books", tc)
		}
	}
}

// The books have one owner: a second proxy, or a run, does not start beside it.
func TestServeOwnsTheBooks(t *testing.T) {
	s := newServed(t, "")
	s.start()
	err := s.p.Serve(t.Context(), project.ServeOptions{Address: "127.0.0.1:0"})
	if err == nil || !strings.Contains(err.Error(), "run --serve") {
		t.Error(err)
	}
}

const withWorker = `
[budget]
on_full = "refuse"
max_tokens_per_task = 60
[[workers]]
name = "w"
provider = "openai"
model = "gpt-4o"
max_output_tokens = 4
[[serve.clients]]
name = "alice"
token_env = "ALICE_TOKEN"
max_tokens = CALLS
`

// Tasks and clients spend from one budget, in one process. What a client spent of its limit before counts.
func TestRunServe(t *testing.T) {
	s := newServed(t, strings.Replace(withWorker, "= CALLS", "= CALLS00", 1))
	client := newClient(t)
	s.start()
	for range 99 {
		if got := s.ask(client, aliceToken, serveAsk); got != http.StatusOK {
			t.Fatalf("status %d", got)
		}
	}
	s.stop()
	ended, err := s.p.Run(context.Background(), project.RunOptions{
		Tasks: []worker.Task{{ID: "t", Prompt: "WAIT"}},
		Serve: &project.ServeOptions{Address: "127.0.0.1:0", OnListen: func(l project.Listening) { s.url = l.URL }},
		OnEvent: func(e orchestrator.Event) {
			if e.Kind != orchestrator.Started {
				return
			}
			for i, want := range []int{200, 402, 402} {
				if got := s.ask(client, aliceToken, serveAsk); got != want {
					t.Errorf("call %d: status %d, want %d", i, got, want)
				}
			}
			close(s.leave)
		},
		Logger: slog.New(slog.NewTextHandler(&s.logs, nil)),
	})
	if err != nil || ended.Summary.Counts[orchestrator.Done] != 1 {
		t.Errorf("%+v, %v", ended.Summary, err)
	}
	if ended.OfRun.Settled.Tokens != s.usage || ended.Total.Settled.Tokens != 101*s.usage {
		t.Errorf("the run spent %d of %d, want %d of %d", ended.OfRun.Settled.Tokens, ended.Total.Settled.Tokens, s.usage, 101*s.usage)
	}
	if resp, err := client.Get(s.url + "/healthz"); err == nil {
		resp.Body.Close()
		t.Error("it still listens")
	}
	s.check()

	status, err := s.p.Status(t.Context(), project.StatusOptions{})
	if err != nil || status.Run != ended.Summary.Run {
		t.Errorf("the status is of run %s, %v; want the newest, %s", status.Run, err, ended.Summary.Run)
	}
	s.start() // an older run goes on
	if status, err = s.p.Status(t.Context(), project.StatusOptions{}); err != nil || status.Run != project.ServeRun {
		t.Errorf("while the proxy has the books, the status is of run %s, %v", status.Run, err)
	}
}

func TestNoClientIsCalledLikeATask(t *testing.T) {
	s := newServed(t, withWorker)
	_, err := s.p.Run(t.Context(), project.RunOptions{
		Tasks: []worker.Task{{ID: "alice", Prompt: "hi"}}, Serve: &project.ServeOptions{Address: "127.0.0.1:0"},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err == nil || !strings.Contains(err.Error(), "client alice is called like a task") {
		t.Error(err)
	}
}
