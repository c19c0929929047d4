package middleware_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ask       = `{"model":"gpt-4o","seed":7,"max_tokens":4096,"messages":[{"role":"user","content":"Hello"}]}`
	askStream = `{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Hello"}]}`
	answer    = `{ "id":"c1", "choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}], "usage":{"prompt_tokens":9,"completion_tokens":2}, "x":1 }`

	first      = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"H\"}}]}\r\n\r\n: ping\n\n"
	last       = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"i\"},\"finish_reason\":\"stop\"}]}\n\n"
	usageEvent = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\n"
	done       = "data: [DONE]\n\n"
)

// probe is a middleware that notes how each call went, as a budget would.
type probe struct {
	mu       sync.Mutex
	requests []middleware.Request
	answers  []*middleware.Response
	errs     []error
	deltas   string
}

func (p *probe) middleware(next middleware.Client) middleware.Client {
	return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
		granted := *r
		if granted.OnDelta != nil {
			granted.OnDelta = func(d middleware.Delta) { p.deltas += d.Text; r.OnDelta(d) }
		}
		granted.MaxOutput = 100
		resp, err := next.Generate(ctx, &granted)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.requests, p.answers, p.errs = append(p.requests, *r), append(p.answers, resp), append(p.errs, err)
		return resp, err
	})
}

// only returns how the one call went.
func (p *probe) only(t *testing.T) (*middleware.Response, *wire.Error) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.answers) != 1 {
		t.Fatalf("%d calls ended, want 1", len(p.answers))
	}
	return p.answers[0], wire.AsError(p.errs[0])
}

// serve starts a provider and returns its address.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	return serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		handler(w, r)
	})
}

// serveRaw is serve for a handler that reads the request itself.
func serveRaw(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// says writes pieces, each flushed, with a content type.
func says(kind string, pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for _, piece := range pieces {
			_, _ = io.WriteString(w, piece)
			_ = http.NewResponseController(w).Flush()
		}
	}
}

const (
	asJSON  = "application/json"
	asEvent = "text/event-stream; charset=utf-8"
)

// through returns a client whose calls go through the middlewares.
func through(t *testing.T, m ...middleware.Middleware) *http.Client {
	t.Helper()
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	return &http.Client{Transport: middleware.Transport(base, m...)}
}

func post(t *testing.T, ctx context.Context, c *http.Client, url, body string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "br")
	req.Header.Set("Idempotency-Key", "once")
	req.Header.Set("Authorization", "Bearer sk-secret-0123456789")
	return c.Do(req)
}

func ExampleTransport() {
	provider := httptest.NewServer(says(asJSON, answer))
	defer provider.Close()

	book := func(next middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
			resp, err := next.Generate(ctx, r)
			fmt.Println("booked:", resp.Usage.Tokens(), "tokens for", budget.ScopesFrom(ctx))
			return resp, err
		})
	}
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	client := &http.Client{Transport: middleware.Transport(base, book)}

	ctx := budget.WithScopes(context.Background(), budget.Task("greet"))
	req, _ := http.NewRequestWithContext(ctx, "POST", provider.URL+"/v1/chat/completions", strings.NewReader(ask))
	resp, _ := client.Do(req)
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	fmt.Println("read:", len(body) == len(answer))
	// Output:
	// booked: 11 tokens for [task:greet]
	// read: true
}

func TestTheClientReadsWhatTheProviderSent(t *testing.T) {
	withUsage := strings.Replace(askStream, `"stream":true`, `"stream":true,"stream_options":{"include_usage":true}`, 1)
	tests := map[string]struct {
		ask  string
		sent []string
		kind string
		want string
	}{
		"plain":                  {ask, []string{answer}, asJSON, answer},
		"plain in pieces":        {ask, []string{answer[:30], answer[30:]}, asJSON, answer},
		"stream, usage asked":    {withUsage, []string{first, last, usageEvent, done}, asEvent, first + last + usageEvent + done},
		"stream, usage hidden":   {askStream, []string{first, last, usageEvent, done}, asEvent, first + last + done},
		"events cut anywhere":    {askStream, []string{first[:9], first[9:] + last + usageEvent[:20], usageEvent[20:] + done[:3], done[3:]}, asEvent, first + last + done},
		"bytes after the end":    {askStream, []string{first, last, usageEvent, done, ": bye\n"}, asEvent, first + last + done + ": bye\n"},
		"no last word":           {askStream, []string{first, last, usageEvent}, asEvent, first + last},
		"no type":                {askStream, []string{first, last, usageEvent, done}, "", first + last + done},
		"a stream not asked for": {ask, []string{first, last, usageEvent, done}, asEvent, first + last + done},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var p probe
			url := serve(t, says(tt.kind, tt.sent...))
			resp, err := post(t, t.Context(), through(t, p.middleware), url+"/v1/chat/completions", tt.ask)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			if err != nil || string(got) != tt.want {
				t.Errorf("read %q\nwant %q\nerror %v", got, tt.want, err)
			}
			seen, failed := p.only(t) // booked when the body has ended, without a Close
			if failed != nil || seen.Usage == nil || seen.Usage.Tokens() != 11 || seen.Text != "Hi" {
				t.Errorf("booked %+v, error %v", seen, failed)
			}
			if tt.ask != ask && p.deltas != "Hi" {
				t.Errorf("middlewares saw deltas %q", p.deltas)
			}
		})
	}
}

func TestTheProviderGetsWhatTheClientSent(t *testing.T) {
	var seen *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		seen = r
		says(asJSON, answer)(w, r)
	}))
	defer server.Close()
	url := server.URL
	var p probe
	req, err := http.NewRequestWithContext(t.Context(), "POST", url+"/v1/chat/completions?a=b", strings.NewReader(ask))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Accept-Encoding": {"br"}, "Idempotency-Key": {"once"}, "X-Own": {"1"}}
	before, length := req.Header.Clone(), req.ContentLength
	resp, err := through(t, p.middleware).Transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	want := strings.Replace(ask, "4096", "100", 1)
	if string(body) != want || seen.ContentLength != int64(len(want)) {
		t.Errorf("sent %s (length %d)\nwant %s", body, seen.ContentLength, want)
	}
	if seen.Header.Get("Accept-Encoding") != "gzip" || seen.Header.Get("Idempotency-Key") != "once" ||
		seen.Header.Get("X-Own") != "1" || seen.URL.RawQuery != "a=b" {
		t.Errorf("sent %v to %v", seen.Header, seen.URL)
	}
	if resp.Request != req || req.ContentLength != length || fmt.Sprint(req.Header) != fmt.Sprint(before) {
		t.Errorf("the client's request was changed: %v", req.Header)
	}
}

func TestHeadersComeBeforeTheBodyAndTheCallEndsWithTheLastEvent(t *testing.T) {
	for name, read := range map[string]func(*http.Response) error{
		"read": func(r *http.Response) error {
			_, err := io.ReadFull(r.Body, make([]byte, len(first+last+done)))
			return err
		},
		"close": func(r *http.Response) error { return r.Body.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			goOn, leave := make(chan bool), make(chan bool)
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				says(asEvent, first)(w, r)
				<-goOn
				says(asEvent, last, usageEvent, done)(w, r)
				<-leave // the connection stays open
			})
			var p probe
			booked := make(chan bool)
			resp, err := post(t, t.Context(), through(t, func(next middleware.Client) middleware.Client {
				inner := p.middleware(next)
				return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
					defer close(booked)
					return inner.Generate(ctx, r)
				})
			}), url+"/chat/completions", askStream)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			defer close(leave)
			close(goOn)
			if err := read(resp); err != nil {
				t.Fatal(err)
			}
			<-booked
			seen, failed := p.only(t)
			if name == "read" && (failed != nil || seen.Usage.Tokens() != 11) {
				t.Errorf("booked %+v, error %v", seen, failed)
			}
			if name == "close" && (failed == nil || failed.Class != wire.Lost || !failed.Started || failed.Unbilled()) {
				t.Errorf("booked %+v, error %+v", seen, failed)
			}
		})
	}
}

func TestAnErrorAnswerCanBeTriedAgainOrReachesTheClient(t *testing.T) {
	const message = `{"error":{"message":"busy: Hello","code":"server_error"}} `
	again := func(next middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (resp *middleware.Response, err error) {
			for range 3 {
				if resp, err = next.Generate(ctx, r); err == nil {
					return resp, nil
				}
			}
			return nil, fmt.Errorf("gave up: %w", err)
		})
	}
	for failing, want := range map[int]string{2: answer, 3: message} {
		calls := 0
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if calls++; calls <= failing {
				w.Header().Set("Retry-After", "7")
				w.Header().Set("X-Own", fmt.Sprint(calls))
				w.WriteHeader(500)
				_, _ = io.WriteString(w, message)
				return
			}
			says(asJSON, answer)(w, r)
		})
		var p probe
		resp, err := post(t, t.Context(), through(t, again, p.middleware), url+"/chat/completions", ask)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(got) != want || calls != 3 || len(p.errs) != 3 {
			t.Errorf("after %d failures the client reads %q, error %v; %d attempts, %d booked", failing, got, err, calls, len(p.errs))
		}
		if failing == 3 && (resp.StatusCode != 500 || resp.Header.Get("X-Own") != "3") {
			t.Errorf("status %d, header %v", resp.StatusCode, resp.Header)
		}
		if e := wire.AsError(p.errs[0]); e.Class != wire.Server || e.RetryAfter.Seconds() != 7 || !e.Unbilled() || e.Started {
			t.Errorf("%+v", e)
		}
	}
}

func TestARefusalOfTheBudgetBecomesAnAnswer(t *testing.T) {
	refuse := func(err error) middleware.Middleware {
		return func(middleware.Client) middleware.Client {
			return middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) { return nil, err })
		}
	}
	exceeded := &budget.ExceededError{Scope: budget.Total, Limit: budget.TokenLimit(5), Wanted: budget.Amount{Tokens: 9}}
	for path, format := range map[string]wire.Format{"/v1/chat/completions": openai.Format, "/v1/messages": anthropic.Format} {
		client := through(t, refuse(fmt.Errorf("task t1: %w", exceeded)))
		resp, err := post(t, t.Context(), client, "http://127.0.0.1:1"+path, ask)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		e := format.DecodeError(resp.StatusCode, body)
		if resp.StatusCode != 402 || resp.Header.Get("X-Should-Retry") != "false" || !strings.Contains(e.Message, "9 tokens wanted, limit 5") {
			t.Errorf("%s: status %d, header %v, body %s", path, resp.StatusCode, resp.Header, body)
		}
	}
	other := errors.New("no more")
	if _, err := post(t, t.Context(), through(t, refuse(other)), "http://127.0.0.1:1/messages", ask); !errors.Is(err, other) {
		t.Errorf("another error of the chain: %v", err)
	}
	if _, err := post(t, t.Context(), through(t, refuse(nil)), "http://127.0.0.1:1/messages", ask); err == nil {
		t.Error("an answer without the provider was passed on")
	}
}

func TestARouteThatNobodyMetersIsRefused(t *testing.T) {
	calls := 0
	url := serve(t, func(http.ResponseWriter, *http.Request) { calls++ })
	client := through(t, func(middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
			return nil, errors.New("metered")
		})
	})
	for _, tt := range []struct{ method, path, body, want string }{
		{"GET", "/v1/models", "", ""},
		{"DELETE", "/v1/files/f", "", ""},
		{"POST", "/v1/messages/count_tokens", ask, ""},
		{"POST", "/tokenize", ask, ""},
		{"POST", "/v1/messages", ask, "metered"},
		{"POST", "/v1/messages/", ask, "metered"},
		{"POST", "/v1/embeddings", `{"model":"m","input":"hi"}`, "metered"},
		{"POST", "/v1/responses", `{"model":"m","input":"hi"}`, "metered"},
		{"POST", "/v1/responses", `{"model":"m","input":"hi","background":true}`, "cannot be metered"},
		{"POST", "/v1/responses", `{"model":"m","input":"hi","Background":true}`, "cannot be metered"},
		{"POST", "/v1/embeddings", `{"model":"` + strings.Repeat("m", 513) + `","input":"hi"}`, "has a name of 513 bytes"},
		{"POST", "/v1/images/generations", ask, "not metered"},
		{"POST", "/v1/responses/compact", ask, "not metered"},
		{"PUT", "/v1/chat/completions", ask, "not metered"},
		{"POST", "/v1/chat/completions", "{", "no JSON at byte 1"},
		{"POST", "/v1/chat/completions", "", "no JSON"},
	} {
		before := calls
		body := &closing{Reader: strings.NewReader(tt.body)}
		req, err := http.NewRequestWithContext(t.Context(), tt.method, url+tt.path, body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Transport.RoundTrip(req)
		if resp != nil {
			resp.Body.Close()
		}
		switch {
		case tt.want == "" && (err != nil || calls != before+1):
			t.Errorf("%s %s: %d calls, error %v", tt.method, tt.path, calls-before, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || calls != before):
			t.Errorf("%s %s: %d calls, error %v", tt.method, tt.path, calls-before, err)
		}
		if !body.closed {
			t.Errorf("%s %s: the request's body was left open", tt.method, tt.path)
		}
	}
	for name, value := range map[string]string{"Upgrade": "websocket", "Content-Encoding": "zstd"} {
		method, body := "GET", io.Reader(nil)
		if name != "Upgrade" {
			method, body = "POST", strings.NewReader(ask)
		}
		req, _ := http.NewRequestWithContext(t.Context(), method, url+"/v1/chat/completions", body)
		req.Header.Set(name, value)
		if _, err := client.Transport.RoundTrip(req); err == nil || strings.HasSuffix(err.Error(), "metered\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestCompressionIsLeftToTheConnection(t *testing.T) {
	for _, asked := range []bool{true, false} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", asJSON)
			w.Header().Set("Content-Encoding", map[bool]string{true: "gzip", false: "br"}[asked])
			zip := gzip.NewWriter(w)
			_, _ = io.WriteString(zip, answer)
			zip.Close()
		})
		var p probe
		resp, err := post(t, t.Context(), through(t, p.middleware), url+"/chat/completions", ask)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		seen, failed := p.only(t)
		if asked && (string(got) != answer || failed != nil || seen.Usage.Tokens() != 11) {
			t.Errorf("read %q, booked %+v, error %v", got, seen, failed)
		}
		if !asked && (err != nil || failed == nil || failed.Class != wire.Garbled || failed.Unbilled()) {
			t.Errorf("an answer in an encoding nobody asked for: %v, booked %+v", err, failed)
		}
	}
}
