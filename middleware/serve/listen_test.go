package serve_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/serve"
)

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
