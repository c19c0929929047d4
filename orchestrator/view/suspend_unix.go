//go:build unix

package view

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
)

// onSuspend takes the frame off the terminal before Ctrl-Z stops the process, and draws it anew when that goes on, until stop
// is called.
//
// The library's own way sends SIGTSTP again, which does not stop a Go program that has ever listened to it (the runtime keeps
// its handler), and draws no more after a stop that it did not make. SIGSTOP stops every process.
func onSuspend(p *tea.Program) (stop func()) {
	received, stopped := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(received, syscall.SIGTSTP, syscall.SIGCONT)
	go func() {
		for {
			select {
			case <-stopped:
				return
			case s := <-received:
				if s == syscall.SIGTSTP {
					p.Send(hide{})
					time.Sleep(hideTakes)
					_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
				}
				p.Send(show{}) // also where another's SIGSTOP came before
			}
		}
	}()
	return func() {
		signal.Stop(received)
		close(stopped)
	}
}

// hideTakes is how long it takes until the library has drawn: it does so 15 times a second.
const hideTakes = 200 * time.Millisecond
