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

// WriteHeader leaves out what a provider says before its answer: its headers were not looked at.
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
