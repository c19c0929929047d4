package serve

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Server says how [Server.Run] listens. The zero value serves without TLS.
type Server struct {
	Handler     http.Handler
	Certificate *tls.Certificate // nil is no TLS
	Logger      *slog.Logger     // nil is [slog.Default]
}

// The bounds of connections beside those of calls.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10 // bytes
	lastWords     = time.Second
)

// Run serves on l, which it closes, until drain is closed or ctx ends. With drain no connection is taken any more and calls
// may end; with ctx they are cut. It returns when the last call is booked. The error is that of l.
func (s *Server) Run(ctx context.Context, l net.Listener, drain <-chan struct{}) error {
	log := s.Logger
	if log == nil {
		log = slog.Default()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	calls := &gate{next: s.Handler}
	server := &http.Server{
		Handler: calls, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, DisableGeneralOptionsHandler: true,
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	failed := make(chan error, 1)
	go func() {
		if s.Certificate == nil {
			failed <- server.Serve(l)
			return
		}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*s.Certificate}, MinVersion: tls.VersionTLS12}
		failed <- server.ServeTLS(l, "", "")
	}()
	var err error
	select {
	case err = <-failed:
	case <-drain:
	case <-ctx.Done():
	}
	if err == nil {
		_ = server.Shutdown(ctx)
	}
	cancel()
	calls.close() // every call was told how it ended; what is left is to let the clients hear it
	last, done := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer done()
	_ = server.Shutdown(last)
	_ = server.Close()
	return err
}

// gate counts the calls that are under way.
type gate struct {
	next   http.Handler
	mu     sync.RWMutex
	closed bool
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		failf(wire.RefusedUnreachable, http.StatusServiceUnavailable, "the server is ending").write(w, r)
		return
	}
	g.next.ServeHTTP(w, r)
}

// close waits until the last call has ended. Later ones are refused.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}
