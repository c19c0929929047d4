package serve_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/serve"
)

const (
	piece      = "data: {\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\r\n\r\n"
	lastPiece  = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
	usageEvent = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\n"
	done       = "data: [DONE]\n\n"
	events     = "text/event-stream"
)

func unlimited() budget.Limits { return budget.Limits{} }

func TestNewSaysWhatIsWrong(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "api.example.com"}
	door := http.DefaultTransport
	for _, tc := range []struct {
		backends map[string]serve.Backend
		want     string
	}{
		{nil, "no backends"},
		{map[string]serve.Backend{"budget": {Base: base, Door: door}}, "cannot be called"},
		{map[string]serve.Backend{"api": {Base: base, Door: door}}, "cannot be called"},
		{map[string]serve.Backend{"a/b": {Base: base, Door: door}}, "letters"},
		{map[string]serve.Backend{"a": {Door: door}}, "base URL"},
		{map[string]serve.Backend{"a": {Base: &url.URL{Scheme: "ftp", Host: "x"}, Door: door}}, "base URL"},
		{map[string]serve.Backend{"a": {Base: base}}, "door"},
	} {
		if _, err := serve.New(serve.Config{Backends: tc.backends}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: %v, want %q", tc.backends, err, tc.want)
		}
	}
}

// What the provider answers is what the client reads, but for the usage that only the door asked for.
func TestAnswersPassAsTheyAre(t *testing.T) {
	spaced := " \n" + strings.ReplaceAll(answer, ",", ", ")
	for _, tc := range []struct {
		name, kind, body string
		says             []string
		want             string
	}{
		{"plain", "application/json", ask, []string{answer}, answer},
		{"plain, in pieces", "application/json; charset=utf-8", ask, []string{spaced[:1], spaced[1:40], spaced[40:]}, spaced},
		{"a stream", events, askStream, []string{piece, lastPiece, usageEvent, done}, piece + lastPiece + done},
		{"a stream that is called JSON", "application/json", askStream, []string{piece, lastPiece, usageEvent, done}, piece + lastPiece + usageEvent + done},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := build(t, budget.Limits{budget.Total: budget.TokenLimit(1000)}, says(tc.kind, tc.says...), nil)
			resp, body := h.post(t, chat, tc.body)
			if resp.StatusCode != http.StatusOK || body != tc.want {
				t.Errorf("status %d\n%q\nwant\n%q", resp.StatusCode, body, tc.want)
			}
			if got := h.manager.Total().Settled.Tokens; got != usage {
				t.Errorf("settled %d, want %d", got, usage)
			}
		})
	}
}

func TestRemainingIsInTheHeaders(t *testing.T) {
	h := build(t, budget.Limits{budget.Total: budget.TokenLimit(1000), budget.Task("alice"): budget.TokenLimit(90)}, says("application/json", answer), nil)
	for i, want := range []string{"79", "68"} {
		if resp, _ := h.post(t, chat, ask); resp.Header.Get("X-Orchestrate-Remaining") != want {
			t.Errorf("call %d: remaining %q, want %s", i, resp.Header.Get("X-Orchestrate-Remaining"), want)
		}
	}
}

// A client pays once for an answer that breaks off: it is told not to try again.
func TestCutAnswers(t *testing.T) {
	cut := func(kind, half string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			says(kind, half)(w, r)
			panic(http.ErrAbortHandler)
		}
	}
	t.Run("plain", func(t *testing.T) {
		h := build(t, unlimited(), cut("application/json", answer[:60]), nil)
		resp, body := h.post(t, chat, ask)
		if resp.StatusCode != http.StatusBadGateway || resp.Header.Get("X-Should-Retry") != "false" || !strings.Contains(body, "broke off") {
			t.Errorf("status %d, headers %v: %s", resp.StatusCode, resp.Header, body)
		}
		if h.manager.Total().Settled.Tokens == 0 {
			t.Error("nothing was charged")
		}
	})
	t.Run("a stream", func(t *testing.T) {
		h := build(t, unlimited(), cut(events, piece), nil)
		resp, body := h.post(t, chat, askStream)
		if resp.StatusCode != http.StatusOK || body != piece {
			t.Errorf("status %d: %s", resp.StatusCode, body)
		}
		if h.manager.Total().Settled.Tokens == 0 {
			t.Error("nothing was charged")
		}
	})
	t.Run("an error", func(t *testing.T) {
		h := build(t, unlimited(), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":{"message":"slow`)
		}, nil)
		if resp, body := h.post(t, chat, ask); resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, "slow") {
			t.Errorf("status %d: %s", resp.StatusCode, body)
		}
	})
}

// A provider that repeats its key, in one piece or in two, tells it to nobody.
func TestTheKeyReachesNobody(t *testing.T) {
	half := len(providerKey) / 2
	stars := strings.Repeat("*", len(providerKey))
	failed := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Echo", "Bearer "+providerKey)
			w.Header().Set("Set-Cookie", "session=1")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":{"message":"Incorrect API key: %s"}}`, providerKey)
		}
	}
	for _, tc := range []struct {
		name, body string
		say        http.HandlerFunc
	}{
		{"401", ask, failed(401)},
		{"500", ask, failed(500)},
		{"200", ask, failed(200)},
		{"plain", ask, says("application/json", strings.Replace(answer, "Hi", providerKey+" "+providerKey, 1))},
		{"a stream, cut within the key", askStream, says(events, strings.Replace(piece, "Hi", providerKey, 1)[:60+half], "\n\n: "+providerKey[:half], providerKey[half:]+"\n\n", lastPiece, done)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := build(t, unlimited(), tc.say, nil)
			resp, body := h.post(t, chat, tc.body)
			all := fmt.Sprint(resp.Header) + body
			if strings.Contains(all, providerKey) || resp.Header.Get("Set-Cookie") != "" {
				t.Errorf("the client got the key: %s", all)
			}
			if !strings.Contains(body, stars) {
				t.Errorf("no stars: %s", body)
			}
		})
	}
}

func TestNothingIsToldOfAProviderThatCannotBeReached(t *testing.T) {
	h := build(t, unlimited(), nil, func(c *serve.Config) {
		b := c.Backends["openai"]
		b.Base = &url.URL{Scheme: "http", Host: "127.0.0.1:1", Path: "/hidden-place"}
		c.Backends["openai"] = b
	})
	resp, body := h.post(t, chat, ask)
	if resp.StatusCode != http.StatusBadGateway || strings.Contains(body, "127.0.0.1") || strings.Contains(body, "hidden") {
		t.Errorf("status %d: %s", resp.StatusCode, body)
	}
}

func TestAKeyThatCannotBeHad(t *testing.T) {
	h := build(t, unlimited(), nil, func(c *serve.Config) {
		b := c.Backends["openai"]
		b.Sign = func(*http.Request) error { return errors.New("the vault is shut") }
		c.Backends["openai"] = b
	})
	resp, body := h.post(t, chat, ask)
	if resp.StatusCode != http.StatusBadGateway || strings.Contains(body, "vault") || h.reached() != 0 {
		t.Errorf("status %d, %d calls: %s", resp.StatusCode, h.reached(), body)
	}
}

// Without tokens, only this machine is let in, and no web page.
func TestLocal(t *testing.T) {
	for _, tc := range []struct {
		host, origin string
		status       int
	}{
		{"localhost:1", "", 200}, {"127.0.0.1", "", 200}, {"[::1]:80", "", 200}, {"localhost", "http://localhost", 200},
		{"evil.example", "", 403}, {"127.0.0.1.evil.example", "", 403}, {"localhost", "http://evil.example", 403}, {"10.0.0.1", "", 403},
	} {
		h := build(t, unlimited(), says("application/json", answer), func(c *serve.Config) { c.Open, c.Local = nil, true })
		lines := []string{"POST " + chat + " HTTP/1.1", "Host: " + tc.host, fmt.Sprintf("Content-Length: %d", len(ask))}
		if tc.origin != "" {
			lines = append(lines, "Origin: "+tc.origin)
		}
		if resp, _ := h.raw(t, strings.Join(lines, "\r\n")+"\r\n\r\n"+ask); resp == nil || resp.StatusCode != tc.status {
			t.Errorf("%+v: %v", tc, resp)
		}
	}
}

// Bodies that wait for their answers count; what comes beside too many is told to come later.
func TestBytesInFlight(t *testing.T) {
	arrived, leave := make(chan struct{}, 2), make(chan struct{})
	h := build(t, unlimited(), func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-leave
		says("application/json", answer)(w, r)
	}, func(c *serve.Config) { c.MaxInFlight = int64(len(ask)) + 20 })
	first := make(chan int)
	go func() {
		resp, _ := h.post(t, chat, ask)
		first <- resp.StatusCode
	}()
	<-arrived
	for _, header := range []string{"X-A: b", "Content-Encoding: gzip"} {
		body := ask
		if header != "X-A: b" {
			body = zipped(ask)
		}
		resp, _ := h.post(t, chat, body, header)
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: status %d, headers %v", header, resp.StatusCode, resp.Header)
		}
	}
	close(leave)
	if status := <-first; status != http.StatusOK {
		t.Errorf("the first got %d", status)
	}
	if resp, _ := h.post(t, chat, ask); resp.StatusCode != http.StatusOK {
		t.Errorf("afterwards: status %d", resp.StatusCode)
	}
}

// A client that does not read its answer loses it after a while; the call is booked.
func TestSlowReaders(t *testing.T) {
	big := "data: {\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + strings.Repeat("a", 64<<10) + "\"}}]}\n\n"
	ended := make(chan struct{})
	h := build(t, unlimited(), func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		w.Header().Set("Content-Type", events)
		for range 2000 {
			if _, err := io.WriteString(w, big); err != nil {
				return
			}
		}
	}, func(c *serve.Config) { c.WriteTimeout = 50 * time.Millisecond })
	conn, err := net.Dial("tcp", h.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "%s", call("POST "+chat+" HTTP/1.1", strings.Replace(askStream, `"max_tokens":4`, `"max_tokens":100000000`, 1), bearer))
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the provider still writes to nobody")
	}
}

// A client that leaves ends its call, which is booked.
func TestClientsThatLeave(t *testing.T) {
	arrived, gone := make(chan struct{}), make(chan struct{})
	h := build(t, unlimited(), func(w http.ResponseWriter, r *http.Request) {
		says(events, piece)(w, r)
		close(arrived)
		<-r.Context().Done()
		close(gone)
	}, nil)
	conn, err := net.Dial("tcp", h.address)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "%s", call("POST "+chat+" HTTP/1.1", askStream, bearer))
	<-arrived
	conn.Close()
	<-gone
}

// The first signal lets calls end and takes no more; the end of the context cuts them, and they are booked all the same.
func TestDrain(t *testing.T) {
	for _, cut := range []bool{false, true} {
		arrived, leave := make(chan struct{}), make(chan struct{})
		var handler http.Handler
		h := build(t, unlimited(), func(w http.ResponseWriter, r *http.Request) {
			close(arrived)
			select {
			case <-leave:
				says("application/json", answer)(w, r)
			case <-r.Context().Done():
			}
		}, func(c *serve.Config) { handler, _ = serve.New(*c) })
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		drain, ended, status := make(chan struct{}), make(chan error), make(chan int)
		server := serve.Server{Handler: handler, Logger: slog.New(slog.DiscardHandler)}
		go func() { ended <- server.Run(ctx, l, drain) }()
		h.address = l.Addr().String()
		go func() {
			resp, _ := h.post(t, chat, ask)
			status <- resp.StatusCode
		}()
		<-arrived
		close(drain)
		want := http.StatusOK
		if cut {
			want = http.StatusServiceUnavailable
			cancel()
		} else {
			close(leave)
		}
		if got := <-status; got != want {
			t.Errorf("cut %v: status %d, want %d", cut, got, want)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if _, err := net.Dial("tcp", h.address); err == nil {
			t.Error("it still listens")
		}
		if settled := h.manager.Total().Settled.Tokens; settled == 0 {
			t.Error("nothing was charged")
		}
		cancel()
	}
}

// What is refused for money is told in the client's words, with the status that its agent understands.
func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		answer middleware.Answering
		door   int
		own    int
		status int
		want   string
	}{
		{middleware.AnswerNone, 0, 0, 402, "budget_exceeded"},
		{middleware.AnswerNone, 0, 429, 429, "insufficient_quota"},
		{middleware.AnswerNone, 429, 0, 429, "insufficient_quota"},
		{middleware.AnswerNone, 402, 429, 429, "insufficient_quota"},
		{middleware.AnswerBudget, 0, 429, 402, "budget_exceeded"}, // the door's own
	} {
		var h *house
		h = build(t, budget.Limits{budget.Task("alice"): budget.TokenLimit(5)}, nil, func(c *serve.Config) {
			b := c.Backends["openai"]
			b.Door = middleware.NewTransport(middleware.TransportOptions{
				Answer: tc.answer, RefusalStatus: tc.door,
				Chain: []middleware.Middleware{func(middleware.Client) middleware.Client {
					return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
						_, err := h.manager.Reserve(ctx, budget.Call{Model: r.Model, Input: 9})
						return nil, err
					})
				}},
			})
			c.Backends["openai"] = b
			open := c.Open
			c.Open = func(shown string) (serve.Grant, error) {
				g, err := open(shown)
				g.RefusalStatus = tc.own
				return g, err
			}
		})
		resp, body := h.post(t, chat, ask)
		if resp.StatusCode != tc.status || !strings.Contains(body, tc.want) || resp.Header.Get("X-Orchestrate-Scope") != "task:alice" ||
			resp.Header.Get("X-Orchestrate-Wanted") != "9" || resp.Header.Get("X-Orchestrate-Remaining") != "5" || resp.Header.Get("X-Should-Retry") != "false" {
			t.Errorf("%+v: status %d, headers %v: %s", tc, resp.StatusCode, resp.Header, body)
		}
	}
}

// A client's own caps go before those of models.
func TestCaps(t *testing.T) {
	h := build(t, unlimited(), says("application/json", answer), func(c *serve.Config) {
		b := c.Backends["openai"]
		base := &http.Transport{}
		t.Cleanup(base.CloseIdleConnections)
		b.Door = middleware.NewTransport(middleware.TransportOptions{
			Base: base, Chain: []middleware.Middleware{middleware.Cap(func(string) middleware.Caps { return middleware.Caps{} })},
		})
		c.Backends["openai"] = b
		open := c.Open
		c.Open = func(shown string) (serve.Grant, error) {
			g, err := open(shown)
			g.Caps.Most = 3
			return g, err
		}
	})
	h.post(t, chat, ask)
	if _, body := h.last(t); !strings.Contains(body, `"max_tokens":3`) {
		t.Errorf("the provider got %s", body)
	}
}

// What a provider says before and after its answer was not looked at, and so goes nowhere.
func TestTrailersAndEarlyHeaders(t *testing.T) {
	h := build(t, unlimited(), func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Early", providerKey)
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("X-Early")
		w.Header().Set("Trailer", "X-Late")
		says(events, piece, lastPiece, usageEvent, done)(w, r)
		w.Header().Set("X-Late", providerKey)
		w.Header().Set(http.TrailerPrefix+"X-Later", providerKey)
	}, nil)
	conn, err := net.Dial("tcp", h.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, call("POST "+chat+" HTTP/1.1", askStream, bearer, "Connection: close"))
	all, err := io.ReadAll(conn)
	if text := string(all); err != nil || !strings.HasPrefix(text, "HTTP/1.1 200 ") || strings.Contains(text, providerKey) || strings.Contains(text, "Late") {
		t.Errorf("%v: %s", err, text)
	}
}

// Whole answers count among the bytes in flight, but only requests are refused for them: an answer is paid.
func TestAnswersInFlight(t *testing.T) {
	long := strings.Replace(answer, "Hi", strings.Repeat("a", 1<<20), 1)
	h := build(t, unlimited(), says("application/json", long), func(c *serve.Config) { c.MaxInFlight = 1000 })
	for range 3 { // nothing is left of it
		if resp, body := h.post(t, chat, ask); resp.StatusCode != http.StatusOK || body != long {
			t.Fatalf("status %d, %d bytes", resp.StatusCode, len(body))
		}
	}
}

// Over TLS clients may speak HTTP/2.
func TestTLS(t *testing.T) {
	helper := httptest.NewTLSServer(nil) // has a certificate, and a client that trusts it
	defer helper.Close()
	var handler http.Handler
	h := build(t, unlimited(), says(events, piece, lastPiece, usageEvent, done), func(c *serve.Config) { handler, _ = serve.New(*c) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	drain, ended := make(chan struct{}), make(chan error)
	server := serve.Server{Handler: handler, Certificate: &helper.TLS.Certificates[0], Logger: slog.New(slog.DiscardHandler)}
	go func() { ended <- server.Run(context.Background(), l, drain) }()
	client := helper.Client()
	transport := client.Transport.(*http.Transport).Clone()
	transport.ForceAttemptHTTP2 = true
	client.Transport = transport
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+l.Addr().String()+chat, strings.NewReader(askStream))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", token)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusOK || string(body) != piece+lastPiece+done || err != nil {
		t.Errorf("HTTP/%d, status %d, %v: %s", resp.ProtoMajor, resp.StatusCode, err, body)
	}
	transport.CloseIdleConnections()
	close(drain)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	h.reached()
}
