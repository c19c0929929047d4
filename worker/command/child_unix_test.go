//go:build unix

package command

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// gone waits until no process has this id, which init may have to see to.
func gone(t *testing.T, pid int) {
	t.Helper()
	for range 500 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

func TestTheWholeGroupIsStopped(t *testing.T) {
	refused := &budget.ExceededError{Scope: budget.Task("a")}
	for _, play := range []string{"wait", "stubborn", "family"} {
		for _, by := range []string{"cancel", "timeout", "budget"} {
			t.Run(play+" by "+by, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				aborted := errors.New("aborted")
				command := childCommand(t, play)
				if play == "stubborn" {
					command = childCommand(t, "wait", "stubborn")
				}
				c := Config{Command: command, Prompt: Stdin, Grace: 300 * time.Millisecond}
				want := aborted
				switch by {
				case "cancel":
					time.AfterFunc(500*time.Millisecond, func() { cancel(aborted) })
				case "timeout":
					c.Timeout, want = 500*time.Millisecond, nil
				case "budget":
					want = refused
					c.Endpoint = func(context.Context, worker.Task) (*Endpoint, error) {
						ended := make(chan struct{})
						time.AfterFunc(500*time.Millisecond, func() { close(ended) })
						return &Endpoint{Token: "t", Ended: ended, Close: func() Passed { return Passed{Refused: refused} }}, nil
					}
				}
				r, err := newWorker(t, c).Work(ctx, worker.Task{ID: "a"})
				var late *TimeoutError
				if want != nil && !errors.Is(err, want) || want == nil && !errors.As(err, &late) {
					t.Errorf("%v", err)
				}
				if play == "family" {
					first, _, _ := strings.Cut(r.Output, "\n")
					pid, err := strconv.Atoi(first)
					if err != nil {
						t.Fatalf("output %q", r.Output)
					}
					gone(t, pid)
				} else if r.Output != "begun\n" {
					t.Errorf("what it had said is lost: %q", r.Output)
				}
			})
		}
	}
}

// A command that ends is not waited for by the pipes that it leaves to others, and leaves nobody.
func TestWhatACommandLeavesRunningEnds(t *testing.T) {
	r, err := newWorker(t, Config{Command: childCommand(t, "leave"), Prompt: Stdin}).Work(t.Context(), worker.Task{ID: "a"})
	first, _, _ := strings.Cut(r.Output, "\n")
	pid, convErr := strconv.Atoi(first)
	if err != nil || convErr != nil {
		t.Fatalf("%q, %v", r.Output, err)
	}
	gone(t, pid)
}
