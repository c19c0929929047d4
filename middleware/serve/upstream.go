package serve

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// errSilent ends a call whose provider says nothing.
var errSilent = errors.New("the provider was silent for too long")

// Upstream makes connections to a provider, which may be silent for so long at a time, and take so long for a whole answer.
func Upstream(silence, longest time.Duration) http.RoundTripper {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 256
	base.MaxIdleConns = 1024
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		ctx, cancel := context.WithCancelCause(r.Context())
		late := time.AfterFunc(longest, func() { cancel(errSilent) })
		silent := time.AfterFunc(silence, func() { cancel(errSilent) })
		end := func() { late.Stop(); silent.Stop(); cancel(nil) }
		resp, err := base.RoundTrip(r.WithContext(ctx))
		if err != nil {
			if errors.Is(context.Cause(ctx), errSilent) {
				err = context.DeadlineExceeded
			}
			end()
			return nil, err
		}
		silent.Stop()
		for name := range resp.Header {
			if strings.HasPrefix(plainName(name), "xorchestrate") { // what only this program says
				delete(resp.Header, name)
			}
		}
		resp.Body = &heard{ReadCloser: resp.Body, ctx: ctx, timer: silent, silence: silence, end: end}
		return resp, nil
	})
}

// heard is an answer's body whose provider may not be silent for too long.
type heard struct {
	io.ReadCloser
	ctx     context.Context
	timer   *time.Timer
	silence time.Duration
	end     func()
}

func (h *heard) Read(p []byte) (int, error) {
	h.timer.Reset(h.silence) // not between reads: then it is the client who takes its time
	n, err := h.ReadCloser.Read(p)
	h.timer.Stop()
	if err != nil && err != io.EOF && errors.Is(context.Cause(h.ctx), errSilent) {
		err = context.DeadlineExceeded
	}
	return n, err
}

func (h *heard) Close() error {
	h.end()
	return h.ReadCloser.Close()
}
