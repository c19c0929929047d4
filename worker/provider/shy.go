package provider

import (
	"net/http"
	"regexp"
	"sync"

	"github.com/orchestrate-go/orchestrate/middleware"
)

// Some servers refuse to stream a model, or to say in a stream what it used. The answer to a request that nobody listens to
// is the same when it comes whole, so such a model is asked plainly, at once and from then on. The refusal cost nothing.

// shy are the models that refuse. It is bounded: when it is full it begins anew.
type shy struct {
	mu    sync.Mutex
	known map[string]bool
}

// maxShy bounds what is remembered, in names of models.
const maxShy = 1000

func (s *shy) has(model string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[model]
}

func (s *shy) add(model string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= maxShy {
		s.known = make(map[string]bool)
	}
	s.known[model] = true
}

// plain is r as it asks for no stream.
func plain(r *middleware.Request) *middleware.Request {
	out := *r
	out.Stream, out.OnDelta = false, nil
	return &out
}

// streaming finds what names a stream in an error: its options, too.
var streaming = regexp.MustCompile(`(?i)\bstream(ing|ed)?(\b|_)`)

// refusesStream reports whether an answer says that the request may not ask for a stream, as OpenAI does to organisations that
// are not verified, and Mistral of stream_options.
func refusesStream(status int, body []byte) bool {
	const most = 64 << 10 // bytes of an error
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return streaming.Match(body[:min(len(body), most)])
	}
	return false
}
