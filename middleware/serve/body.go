package serve

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// received is the body of a request as it comes from the client: bounded in bytes and in time, and counted among those in
// flight. Its errors are failures.
type received struct {
	io.ReadCloser
	control *http.ResponseController
	left    int64 // bytes that may still come
	most    int64
	flight  *flight
	allMost int64 // bytes in flight, of all calls
}

// flight counts the bytes that a call holds among those of all: its request, and its answer where that is kept until it is whole.
type flight struct {
	all  *atomic.Int64
	mine atomic.Int64
}

type flightKey struct{}

func flightOf(ctx context.Context) *flight { return ctx.Value(flightKey{}).(*flight) }

func (f *flight) add(n int) {
	f.mine.Add(int64(n))
	f.all.Add(int64(n))
}

// land takes the call's bytes out of those of all.
func (f *flight) land() { f.all.Add(-f.mine.Swap(0)) }

// receive bounds the body of r.
func (h *handler) receive(w http.ResponseWriter, r *http.Request, held *flight) (*received, *failure) {
	b := &received{
		ReadCloser: r.Body, control: http.NewResponseController(w),
		left: h.config.MaxBody, most: h.config.MaxBody, flight: held, allMost: h.config.MaxInFlight,
	}
	switch {
	case r.ContentLength > b.most:
		return nil, b.tooLarge()
	case r.ContentLength > 0 && held.all.Load()+r.ContentLength > b.allMost:
		return nil, b.busy()
	}
	return b, nil
}

func (b *received) tooLarge() *failure {
	return failf(wire.RefusedTooLarge, 0, "the request's body is larger than %d bytes ([serve] max_body)", b.most)
}

func (b *received) busy() *failure {
	f := failf(wire.RefusedUnreachable, http.StatusServiceUnavailable, "too many bytes of requests are in flight ([serve] max_in_flight)")
	f.wait = 1
	return f
}

func (b *received) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.flight.add(n)
	b.left -= int64(n)
	switch {
	case b.left < 0:
		return n, b.tooLarge()
	case b.flight.all.Load() > b.allMost:
		return n, b.busy()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, failf(wire.RefusedInvalid, http.StatusRequestTimeout, "the request's body did not come in time ([serve] read_timeout)")
	case err != nil && err != io.EOF:
		return n, failf(wire.RefusedInvalid, http.StatusBadRequest, "the request's body broke off, or is not framed as it says")
	}
	if err == io.EOF { // net/http reads on, to learn that the client left; that may take as long as the answer
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// unpack undoes the encoding of a body, if it has one; what it comes to is bounded and counted as well.
func (b *received) unpack(r *http.Request) *failure {
	encoding := strings.ToLower(strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ",")))
	r.Body = b
	var packed io.Reader
	switch encoding {
	case "", "identity":
		return nil
	case "gzip", "x-gzip":
		packed = &lazily{open: func() (io.Reader, error) { return gzip.NewReader(b) }}
	case "zstd":
		packed = &lazily{open: func() (io.Reader, error) {
			return zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderMaxMemory(uint64(max(b.most, 8<<20))))
		}}
	default:
		return failf(wire.RefusedInvalid, http.StatusUnsupportedMediaType, "a body with the encoding %.40q cannot be read: gzip, zstd or none", encoding)
	}
	r.Header.Del("Content-Encoding")
	r.Header.Del("Content-Length")
	r.ContentLength = -1
	r.Body = &unpacked{received: b, packed: packed, left: b.most}
	return nil
}

// unpacked is a body without its encoding.
type unpacked struct {
	*received
	packed io.Reader
	left   int64
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.packed.Read(p)
	u.flight.add(n)
	u.left -= int64(n)
	switch own := (*failure)(nil); {
	case u.left < 0:
		return n, u.tooLarge()
	case u.flight.all.Load() > u.allMost:
		return n, u.busy()
	case err == nil || err == io.EOF || errors.As(err, &own):
		return n, err
	}
	return n, failf(wire.RefusedInvalid, http.StatusBadRequest, "the request's body is not in the encoding that it says")
}

func (u *unpacked) Close() error {
	if d, ok := u.packed.(*lazily); ok {
		d.close()
	}
	return u.received.Close()
}

// lazily opens a reader when it is first read: opening reads from the client.
type lazily struct {
	open   func() (io.Reader, error)
	reader io.Reader
	err    error
}

func (l *lazily) Read(p []byte) (int, error) {
	if l.reader == nil && l.err == nil {
		l.reader, l.err = l.open()
	}
	if l.err != nil {
		return 0, l.err
	}
	return l.reader.Read(p)
}

func (l *lazily) close() {
	if d, ok := l.reader.(*zstd.Decoder); ok {
		d.Close()
	}
}
