package serve

import (
	"net/http"
	"time"
)

// patient is a writer that waits for its reader, but not for ever: each piece has a deadline of its own, so that an answer may
// take as long as a provider needs.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
}

// WriteHeader drops what comes before an answer, early hints say: a provider's headers would pass as they are, its key among
// them, should it repeat that.
func (p *patient) WriteHeader(status int) {
	if status < http.StatusOK {
		return
	}
	p.hurry()
	p.ResponseWriter.WriteHeader(status)
}

func (p *patient) Write(b []byte) (int, error) {
	p.hurry()
	return p.ResponseWriter.Write(b)
}

// Unwrap lets [http.ResponseController] flush.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func (p *patient) hurry() { _ = p.control.SetWriteDeadline(time.Now().Add(p.timeout)) }
