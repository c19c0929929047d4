// Package providertest plays model providers on the loopback, and holds the suite that every client of a
// provider passes.
//
//	server := providertest.NewServer()
//	defer server.Close()
//	server.Script(func(n int, r *wire.Request) providertest.Answer {
//		if n == 1 {
//			return providertest.Answer{Status: 529}
//		}
//		return providertest.Answer{Text: "hello"}
//	})
//	client, err := provider.New(provider.Config{Format: anthropic.Format, BaseURL: server.URL(anthropic.Format)})
package providertest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/ollama"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// Request is a request that reached the server whole.
type Request struct {
	Path   string
	Header http.Header
	Body   string
}

// Server speaks every format, plain and streamed. It is safe for concurrent use. Its address is loopback's.
type Server struct {
	server *httptest.Server
	closed chan struct{}

	mu     sync.Mutex
	key    string
	script func(n int, r *wire.Request) Answer
	seen   []Request
	calls  int
}

// NewServer starts a server that answers every request with the zero Answer.
func NewServer() *Server {
	s := &Server{closed: make(chan struct{})}
	s.Always(Answer{})
	mux := http.NewServeMux()
	for _, f := range append(formats.Chats(), ollama.Format, openai.Azure("")) {
		mux.HandleFunc("POST "+base(f)+f.Path(), s.generate(f))
	}
	mux.HandleFunc("POST /v1beta/models/", func(w http.ResponseWriter, r *http.Request) {
		if f := formats.ByRoute(r.URL); f != nil {
			s.generate(f)(w, r)
			return
		}
		http.NotFound(w, r)
	})
	mux.HandleFunc("POST /openai/deployments/{deployment}/chat/completions", s.generate(openai.Azure("")))
	mux.HandleFunc("POST /v1/messages/count_tokens", s.free(`{"input_tokens":1}`))
	mux.HandleFunc("GET /v1/models", s.free(`{"data":[]}`))
	s.server = httptest.NewServer(mux)
	return s
}

// Close ends what hangs and waits for it.
func (s *Server) Close() {
	close(s.closed)
	s.server.Close()
}

// URL is the base URL to give to a client of this format.
func (s *Server) URL(f wire.Format) string {
	return s.server.URL + base(f)
}

// base is the path of the base URL that a format's own is below.
func base(f wire.Format) string {
	for _, root := range []string{"/v1/", "/v1beta/", "/api/", "/openai/"} {
		if strings.HasPrefix(f.Path(), root) {
			return ""
		}
	}
	return "/v1"
}

// Script makes f choose the answers from now on; n counts the calls of the models from 1. Calls of f do
// not overlap.
func (s *Server) Script(f func(n int, r *wire.Request) Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = f
}

// Always makes a the answer from now on.
func (s *Server) Always(a Answer) { s.Script(func(int, *wire.Request) Answer { return a }) }

// RequireKey makes the server refuse requests without this key.
func (s *Server) RequireKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// Calls returns how many calls of models reached the server.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Requests returns every request that reached the server, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// note keeps a request and returns its body.
func (s *Server) note(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, Request{r.URL.Path, r.Header.Clone(), string(body)})
	return body, nil
}

func (s *Server) free(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.note(r); err == nil {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, answer)
		}
	}
}

func (s *Server) generate(f wire.Format) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := s.note(r)
		if err != nil {
			return
		}
		req, err := f.Parse(body)
		if err != nil {
			s.write(w, http.StatusBadRequest, failure(f, http.StatusBadRequest, Answer{Message: err.Error()}), nil)
			return
		}
		a := s.choose(f, r, req)
		if !s.wait(r, a) {
			panic(http.ErrAbortHandler)
		}
		for name, value := range a.Header {
			w.Header().Set(name, value)
		}
		switch {
		case a.Body != nil:
			s.write(w, a.Status, *a.Body, nil)
		case a.Status >= 300:
			s.write(w, a.Status, failure(f, a.Status, a), nil)
		case req.Body.Stream:
			s.stream(w, r, streamed(f, req, a), a.Fault)
		default:
			s.plain(w, r, plain(f, req, a), a.Fault)
		}
	}
}

// choose asks the script, unless the key is wrong, and fills in what it left open.
func (s *Server) choose(f wire.Format, r *http.Request, req *wire.Request) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	for name, value := range f.Header(s.key) {
		if s.key != "" && name != "Content-Type" && r.Header.Get(name) != value {
			return Answer{Status: http.StatusUnauthorized, Message: "no such key"}
		}
	}
	return s.script(s.calls, req).complete(req)
}

// wait lets the latency pass, or the client leave, and reports whether to answer.
func (s *Server) wait(r *http.Request, a Answer) bool {
	if a.Latency > 0 {
		select {
		case <-time.After(a.Latency):
		case <-r.Context().Done():
			return false
		case <-s.closed:
			return false
		}
	}
	if a.Fault == HangBeforeHeaders {
		s.hang(r)
	}
	return a.Fault != HangBeforeHeaders && a.Fault != CutBeforeHeaders
}

func (s *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.closed:
	}
}

// write writes a whole body. A status of 0 is 200.
func (s *Server) write(w http.ResponseWriter, status int, body string, length *int) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	if length != nil {
		w.Header().Set("Content-Length", fmt.Sprint(*length))
	}
	if status != 0 {
		w.WriteHeader(status)
	}
	_, _ = io.WriteString(w, body)
	_ = http.NewResponseController(w).Flush()
}

func (s *Server) plain(w http.ResponseWriter, r *http.Request, body string, f Fault) {
	length := len(body)
	switch f {
	case CutBeforeText:
		s.write(w, 0, "", &length)
		panic(http.ErrAbortHandler)
	case CutInText, HangInText:
		s.write(w, 0, body[:length/2], &length)
		if f == HangInText {
			s.hang(r)
		}
		panic(http.ErrAbortHandler)
	}
	s.write(w, 0, body, &length)
}

func (s *Server) stream(w http.ResponseWriter, r *http.Request, p pieces, f Fault) {
	w.Header().Set("Content-Type", p.mediaType)
	events := slices.Concat(p.open, p.text, p.end)
	switch f {
	case CutBeforeText:
		events = p.open
	case CutInText, HangInText:
		events = append(slices.Clone(p.open), p.text[0])
	}
	s.write(w, 0, "", nil)
	for _, event := range events {
		s.write(w, 0, event, nil)
	}
	if f == HangInText {
		s.hang(r)
	}
	if f != 0 {
		panic(http.ErrAbortHandler)
	}
}
