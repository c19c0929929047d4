package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// signals turns the first interrupt into a drain and the second into an abort.
type signals struct {
	first atomic.Int32 // its number, 0 for none
}

// watch returns a context that the second signal ends. From now on a closed pipe is an error of the
// write to it: it must end the run in good order, not kill it with holds open. (Commands that only read die
// of it silently, like others in a shell.)
func (s *signals) watch(ctx context.Context) (_ context.Context, drain <-chan struct{}, stop func()) {
	signal.Ignore(syscall.SIGPIPE)
	s.first.Store(0)
	ctx, cancel := context.WithCancel(ctx)
	first := make(chan struct{})
	received := make(chan os.Signal, 2)
	signal.Notify(received, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ctx.Done():
				return
			case got := <-received:
				number, _ := got.(syscall.Signal)
				if s.first.CompareAndSwap(0, int32(number)) {
					close(first)
					continue
				}
				cancel()
				return
			}
		}
	}()
	return ctx, first, func() {
		signal.Stop(received)
		cancel()
		<-ended
	}
}

// exitCode is 130 after an interrupt, 143 after a request to terminate, 129 after the terminal went, 0 after
// none of them.
func (s *signals) exitCode() int {
	if n := s.first.Load(); n != 0 {
		return 128 + int(n)
	}
	return 0
}
