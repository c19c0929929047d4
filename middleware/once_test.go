package middleware_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// sender is a client of our own over net/http, as those in worker/provider are.
func sender(base http.RoundTripper, url string) middleware.Client {
	return middleware.ClientFunc(func(ctx context.Context, _ *middleware.Request) (*middleware.Response, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(ask)) // sets GetBody
		if err != nil {
			return nil, err
		}
		req.Header.Set("Idempotency-Key", "once") // net/http then takes a repeat for harmless
		resp, err := middleware.Send((&http.Client{Transport: base}).Do, req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, &wire.Error{Class: wire.Lost, Sent: true, Err: err}
		}
		return openai.Format.Decode(body)
	})
}

// attempts makes a call under a budget, through the door and by a client of our own, and tells how its attempts went.
func attempts(t *testing.T, base http.RoundTripper, url string, calls int, foreign bool) (budget.Status, *probe, error) {
	t.Helper()
	m := newManager(t, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(100_000)}})
	var p probe
	chain := []middleware.Middleware{middleware.Budget(m, middleware.BudgetOptions{}), p.middleware}
	door := &http.Client{Transport: middleware.Transport(base, chain...)}
	own := middleware.Chain(sender(base, url), chain...)
	var err error
	for range calls {
		if !foreign {
			_, err = own.Generate(t.Context(), &middleware.Request{Model: "gpt-4o", Messages: wire.Prompt("Hello")})
			continue
		}
		var resp *http.Response
		if resp, err = post(t, t.Context(), door, url, ask); err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	}
	if held := m.Total().Held; !held.IsZero() {
		t.Errorf("held %v", held)
	}
	return m.Total(), &p, err
}

// One hold is one delivery: what a server may have processed is not sent again on the same hold, what it surely
// did not is sent again on another.
func TestOneHoldIsOneDeliveryOverHTTP2(t *testing.T) {
	refuse := func(c h2Conn, stream uint32, _ int) { c.reset(stream, h2Refused) }
	first := func(n int, then func(h2Conn, uint32, int)) func(h2Conn, uint32, int) {
		return func(c h2Conn, stream uint32, at int) {
			if at <= n {
				then(c, stream, at)
				return
			}
			c.says(stream, answer)
		}
	}
	reset := func(code uint32) func(h2Conn, uint32, int) {
		return func(c h2Conn, stream uint32, _ int) { c.reset(stream, code) }
	}
	for name, tt := range map[string]struct {
		answer  func(h2Conn, uint32, int)
		holds   int
		settled int64 // -1: at the hold
		class   wire.Class
	}{
		"answered":                {first(0, nil), 1, 11, ""},
		"refused once":            {first(1, refuse), 2, 11, ""},
		"refused twice":           {first(2, refuse), 3, 11, ""},
		"refused always":          {refuse, 3, 0, wire.Unreachable},
		"going away":              {first(1, func(c h2Conn, _ uint32, _ int) { c.goAway(0, h2NoError) }), 2, 11, ""},
		"going away in error":     {first(1, func(c h2Conn, _ uint32, _ int) { c.goAway(0, h2InternalError) }), 2, 11, ""},
		"going away, processed":   {func(c h2Conn, stream uint32, _ int) { c.goAway(stream, h2NoError); c.Close() }, 1, -1, wire.Lost},
		"reset: protocol error":   {reset(h2ProtocolError), 1, -1, wire.Lost},
		"reset: internal error":   {reset(h2InternalError), 1, -1, wire.Lost},
		"reset: cancelled":        {reset(h2Cancel), 1, -1, wire.Lost},
		"closed":                  {func(c h2Conn, _ uint32, _ int) { c.Close() }, 1, -1, wire.Lost},
		"headers, then a refusal": {func(c h2Conn, s uint32, _ int) { c.frame(h2Headers, 4, s, []byte{0x88}); c.reset(s, h2Refused) }, 1, -1, wire.Lost},
	} {
		for _, foreign := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", door"}[foreign], func(t *testing.T) {
				server, url, transport := serveH2(t, tt.answer)
				total, p, err := attempts(t, transport, url+"/v1/chat/completions", 1, foreign)
				if server.delivered() != tt.holds || len(p.errs) != tt.holds {
					t.Errorf("%d deliveries on %d holds, want %d", server.delivered(), len(p.errs), tt.holds)
				}
				last := p.errs[len(p.errs)-1]
				if e := wire.AsError(last); (e == nil) != (tt.class == "") || e != nil && e.Class != tt.class {
					t.Errorf("the last attempt: %+v", e)
				}
				if (err == nil) != (tt.class == "") {
					t.Errorf("the client gets %v", err)
				}
				if settled := total.Settled.Tokens; settled != tt.settled && (tt.settled >= 0 || settled < 1000) {
					t.Errorf("settled %d, want %d", settled, tt.settled)
				}
			})
		}
	}
}

// staleConn is a connection that its peer has closed, which nobody has noticed yet: what is written fails.
type staleConn struct {
	net.Conn
	stale func() bool
	why   error
}

func (c staleConn) Write(p []byte) (int, error) {
	if c.stale() {
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", c.why.(syscall.Errno))}
	}
	return c.Conn.Write(p)
}

// A server that closes a connection while it is idle, unannounced, stops nobody: nothing was written, so the
// attempt is made again on another hold and another connection.
func TestADeadConnectionIsNoLostAttempt(t *testing.T) {
	for _, why := range []syscall.Errno{syscall.EPIPE, syscall.ECONNRESET} {
		for _, foreign := range []bool{true, false} {
			var answered, dialled atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				answered.Add(1)
				says(asJSON, answer)(w, r)
			}))
			base := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, address)
				first := dialled.Add(1) == 1
				return staleConn{conn, func() bool { return first && answered.Load() > 0 }, why}, err
			}}
			total, p, err := attempts(t, base, server.URL+"/v1/chat/completions", 2, foreign)
			if err != nil || answered.Load() != 2 || len(p.errs) != 3 || total.Settled.Tokens != 22 {
				t.Errorf("%v: %d deliveries on %d holds, settled %d, error %v", why, answered.Load(), len(p.errs), total.Settled.Tokens, err)
			}
			if e := wire.AsError(p.errs[1]); e == nil || e.Class != wire.Unreachable || e.Sent || !e.Unbilled() {
				t.Errorf("the attempt on the dead connection: %+v", e)
			}
			base.CloseIdleConnections()
			server.Close()
		}
	}
}

// What was written to a connection that then broke may have been processed, by a model that is paid.
func TestAConnectionThatBreaksAfterTheRequestIsALostAttempt(t *testing.T) {
	for _, foreign := range []bool{true, false} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var delivered atomic.Int64
		served := make(chan bool)
		go func() {
			defer close(served)
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				in := bufio.NewReader(conn)
				for {
					req, err := http.ReadRequest(in)
					if err != nil {
						break
					}
					_, _ = io.Copy(io.Discard, req.Body)
					if delivered.Add(1) > 1 {
						break // without a word
					}
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "+
						strconv.Itoa(len(answer))+"\r\n\r\n"+answer)
				}
				conn.Close()
			}
		}()
		base := new(http.Transport)
		total, p, err := attempts(t, base, "http://"+listener.Addr().String()+"/v1/chat/completions", 2, foreign)
		if err == nil || delivered.Load() != 2 || len(p.errs) != 2 || total.Settled.Tokens < 1000 {
			t.Errorf("%d deliveries on %d holds, settled %d, error %v", delivered.Load(), len(p.errs), total.Settled.Tokens, err)
		}
		if e := wire.AsError(p.errs[1]); e == nil || e.Class != wire.Lost || !e.Sent {
			t.Errorf("booked %+v", e)
		}
		base.CloseIdleConnections()
		listener.Close()
		<-served
	}
}

// Servers that time out connections meet a client that has just begun to use them. However that race ends, no
// attempt is delivered twice.
func TestServersThatCloseIdleConnections(t *testing.T) {
	for _, enableHTTP2 := range []bool{false, true} {
		var delivered atomic.Int64
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			delivered.Add(1)
			says(asJSON, answer)(w, r)
		}))
		server.EnableHTTP2 = enableHTTP2
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are cut
		server.StartTLS()
		base := server.Client().Transport
		m := newManager(t, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(10_000_000)}})
		var p probe
		client := &http.Client{Transport: middleware.Transport(base, middleware.Budget(m, middleware.BudgetOptions{}), p.middleware)}
		for range 200 {
			resp, err := post(t, t.Context(), client, server.URL+"/v1/chat/completions", ask)
			if err != nil {
				continue
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			go server.CloseClientConnections()
		}
		sent := int64(0)
		for _, err := range p.errs {
			if err == nil || wire.AsError(err).Sent {
				sent++
			}
		}
		if delivered.Load() > sent {
			t.Errorf("%d deliveries on %d holds that were charged", delivered.Load(), sent)
		}
		server.Close()
		if closer, ok := base.(interface{ CloseIdleConnections() }); ok {
			closer.CloseIdleConnections()
		}
	}
}

var errNever = errors.New("a request was sent again on one hold")

// Whatever the door is built on cannot send a body twice.
func TestTheDoorGivesNobodyTheMeansToRepeat(t *testing.T) {
	base := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.GetBody != nil {
			return nil, errNever
		}
		return nil, io.ErrUnexpectedEOF
	})
	for _, foreign := range []bool{true, false} {
		if _, _, err := attempts(t, base, "http://h/v1/chat/completions", 1, foreign); errors.Is(err, errNever) || err == nil {
			t.Error(err)
		}
	}
}
