// Package dashboard shows a run or a proxy in a browser while it goes on: one page over the API of orchestrator/control, which
// draws what GET /api/v1/events tells.
//
// It listens on the loopback alone. The page and its parts are anybody's who can reach it; what they show, and what can be
// changed, takes the token that stands in the fragment of the URL, which no request carries by itself. Requests with
// another Host or Origin are refused, so that no other page can speak for a browser that has it open.
package dashboard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed page
var files embed.FS

// Default is the address without another: any free port of this machine.
const Default = "127.0.0.1:0"

// policy lets the page load its own parts and ask its own server, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// stillPolicy is that of a page which has its styles in it, and asks for nothing.
const stillPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Dashboard is one that listens.
type Dashboard struct {
	// URL opens it, with its token.
	URL string

	server *http.Server
	ended  chan struct{}
}

// Open serves the page over an API until the dashboard is closed. metrics writes GET /metrics, which needs no token and has no
// task in it; nil is none.
func Open(address string, api http.Handler, metrics http.Handler) (*Dashboard, error) {
	d, listener, token, err := listen(address)
	if err != nil {
		return nil, err
	}
	d.URL = fmt.Sprintf("http://%s/#token=%s", listener.Addr(), token)
	d.serve(listener, guard(listener.Addr().String(), policy, live(token, api, metrics)))
	return d, nil
}

// Still serves one page, whose styles and pictures are in it, until the dashboard is closed. The token is in its path: who does
// not know it finds nothing.
func Still(address string, page []byte) (*Dashboard, error) {
	d, listener, token, err := listen(address)
	if err != nil {
		return nil, err
	}
	d.URL = fmt.Sprintf("http://%s/%s/", listener.Addr(), token)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /"+token+"/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	})
	d.serve(listener, guard(listener.Addr().String(), stillPolicy, mux))
	return d, nil
}

// listen takes an address of this machine, and makes a token.
func listen(address string) (d *Dashboard, listener net.Listener, token string, err error) {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, nil, "", fmt.Errorf("dashboard: %q is no address of this machine alone (127.0.0.1:8080, say): whoever reaches it may change limits", address)
	}
	listener, err = new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, nil, "", fmt.Errorf("dashboard: %w", err)
	}
	return &Dashboard{ended: make(chan struct{})}, listener, rand.Text(), nil
}

func (d *Dashboard) serve(listener net.Listener, handler http.Handler) {
	d.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(d.ended)
		_ = d.server.Serve(listener)
	}()
}

// Close ends it. Streams are let go on for a moment, so that a page hears that the run has ended.
func (d *Dashboard) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if errors.Is(d.server.Shutdown(ctx), context.DeadlineExceeded) {
		_ = d.server.Close()
	}
	<-d.ended
}

// live is the page over an API.
func live(token string, api, metrics http.Handler) http.Handler {
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // it is embedded
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(page))
	mux.Handle("/api/", bearing(token, api))
	if metrics != nil {
		mux.Handle("/metrics", metrics)
	}
	return mux
}

// guard answers requests to this host, from its own page or from no page.
func guard(address, policy string, pages http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(address)
	hosts := []string{address, "localhost:" + port}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		origin := req.Header.Get("Origin")
		if !slices.Contains(hosts, req.Host) || origin != "" && !slices.Contains(hosts, strings.TrimPrefix(origin, "http://")) {
			http.Error(w, "this is not the host that was asked for", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		pages.ServeHTTP(w, req)
	})
}

// bearing lets requests with the token through.
func bearing(token string, api http.Handler) http.Handler {
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		given, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
		if got := sha256.Sum256([]byte(given)); subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"schema_version":1,"error":"the token is missing or wrong: open the URL that was printed"}` + "\n"))
			return
		}
		api.ServeHTTP(w, req)
	})
}
