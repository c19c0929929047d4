package serve_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What a provider says before its answer and after it reaches nobody, nor what leads past the server: all of it could repeat a key.
func TestBesideTheAnswer(t *testing.T) {
	const place = "internal.example"
	early := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</"+r.Header.Get("Authorization")+">")
			w.Header().Set("Set-Cookie", place)
			w.WriteHeader(status)
			clear(w.Header())
			says("application/json", answer)(w, r)
		}
	}
	for _, tc := range []struct {
		name, body string
		say        http.HandlerFunc
		status     string
	}{
		{"early hints", ask, early(http.StatusEarlyHints), "200"},
		{"processing", ask, early(http.StatusProcessing), "200"},
		{"a trailer of a plain answer", ask, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Echo")
			says("application/json", answer)(w, r)
			w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		}, "200"},
		{"a trailer of a stream, not announced", askStream, func(w http.ResponseWriter, r *http.Request) {
			says(events, piece, lastPiece, done)(w, r)
			w.Header().Set(http.TrailerPrefix+"X-Echo", r.Header.Get("Authorization"))
		}, "200"},
		{"other ways to the provider", ask, func(w http.ResponseWriter, r *http.Request) {
			for _, name := range []string{"Set-Cookie", "Location", "Content-Location", "Refresh", "Alt-Svc", "Strict-Transport-Security"} {
				w.Header().Set(name, place)
			}
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, "307"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := build(t, unlimited(), tc.say, nil)
			got := h.all(t, call("POST "+chat+" HTTP/1.1", tc.body, bearer, "Te: trailers", "Connection: close"))
			if !strings.HasPrefix(got, "HTTP/1.1 "+tc.status) || strings.Contains(got, providerKey) || strings.Contains(got, place) {
				t.Errorf("the client got %s", got)
			}
		})
	}
}

// all sends bytes as they are and returns all that comes until the server ends the connection.
func (h *house) all(t *testing.T, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", h.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}
