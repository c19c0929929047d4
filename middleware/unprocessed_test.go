package middleware

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
)

// Which of a failed write and the read that it ends net/http reports is a matter of luck.
func TestUnprocessed(t *testing.T) {
	failed := func(op string, err error) error { return &net.OpError{Op: op, Net: "tcp", Err: err} }
	written := func(err error) error {
		return fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", err)
	}
	for _, tt := range []struct {
		err    error
		reused bool
		want   bool
	}{
		{failed("write", syscall.EPIPE), true, true},
		{failed("read", net.ErrClosed), true, true},
		{failed("write", syscall.EPIPE), false, false},
		{failed("read", net.ErrClosed), false, false},
		{failed("read", syscall.ECONNRESET), true, false},
		{written(failed("write", syscall.EPIPE)), true, false},
		{written(failed("read", net.ErrClosed)), true, false},
		{errors.New("http: server closed idle connection"), true, true},
		{errors.New("unexpected EOF"), true, false},
	} {
		if got := unprocessed(tt.err, tt.reused); got != tt.want {
			t.Errorf("%v, on a kept connection %t: %t, want %t", tt.err, tt.reused, got, tt.want)
		}
	}
}
