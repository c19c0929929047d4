package serve

import "sync"

// lent are the buffers that answers go through, lent from one to the next: cleared anew for each they would be the largest part of
// what a call allocates.
type lent struct{ pool sync.Pool }

// bufferSize is that of net/http/httputil's own.
const bufferSize = 32 << 10

var buffers lent

// Get and Put are what [httputil.BufferPool] asks for.
func (l *lent) Get() []byte {
	if b, ok := l.pool.Get().(*[bufferSize]byte); ok {
		return b[:]
	}
	return make([]byte, bufferSize)
}

func (l *lent) Put(b []byte) {
	if cap(b) >= bufferSize {
		l.pool.Put((*[bufferSize]byte)(b[:bufferSize]))
	}
}
