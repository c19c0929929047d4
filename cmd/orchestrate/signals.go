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
	drain chan struct{}
	first atomic.Int32 // the number of the first signal, 0 for none
	stop  func()
}

// watchSignals returns a context that the second signal ends. From now on a closed pipe is an error of the
// write to it: it must end the run in good order, not kill it with holds open. (Commands that only read die
// of it silently, like others in a shell.)
func watchSignals(ctx context.Context) (context.Context, *signals) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(ctx)
	s := &signals{drain: make(chan struct{})}
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
					close(s.drain)
					continue
				}
				cancel()
				return
			}
		}
	}()
	s.stop = func() {
		signal.Stop(received)
		cancel()
		<-ended
	}
	return ctx, s
}

// exitCode is 130 after an interrupt, 143 after a request to terminate, 129 after the terminal went, 0 after
// none of them.
func (s *signals) exitCode() int {
	if n := s.first.Load(); n != 0 {
		return 128 + int(n)
	}
	return 0
}
