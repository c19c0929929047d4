package middleware

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// The door asks for usage in a stream. Some servers refuse the question; the client, which did not ask, must get
// its answer all the same. So the call is made again without it, as an attempt of its own, and where that
// helped the question is not asked again.

// shy are the backends and models that refused to be asked for usage. It is bounded: when it is full it begins anew.
type shy struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]bool
}

// maxShy bounds what is remembered, in entries of 32 bytes.
const maxShy = 4096

func shyKey(u *url.URL, model string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join([]string{u.Scheme, u.Host, u.Path, model}, "\x00")))
}

func (s *shy) has(u *url.URL, model string) bool {
	key := shyKey(u, model)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[key]
}

func (s *shy) add(u *url.URL, model string) {
	key := shyKey(u, model)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= maxShy {
		s.known = make(map[[sha256.Size]byte]bool)
	}
	s.known[key] = true
}

// unasked returns r so that its body does not ask for usage.
func unasked(r *Request) *Request {
	out, raw := *r, *r.Body
	raw.Unasked = true
	out.Body = &raw
	return &out
}

// refusesQuestion reports whether an error answer names what asks for usage, in whatever spelling. A key, an
// account and a rate have nothing to do with it.
func refusesQuestion(status int, body []byte) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusTooManyRequests:
		return false
	}
	const most = 64 << 10 // bytes of an error
	said := plainName(string(body[:min(len(body), most)]))
	return wire.UnbilledStatus(status) && (strings.Contains(said, "streamoptions") || strings.Contains(said, "includeusage"))
}
