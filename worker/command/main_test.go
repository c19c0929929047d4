package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/worker"
)

// TestMain makes this binary the commands of its tests, too: "TESTBINARY child PLAY ARGS...".
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "child" {
		os.Exit(play(os.Args[2], os.Args[3:]))
	}
	goleak.VerifyTestMain(m)
}

// play is a command for the tests.
func play(name string, args []string) int {
	switch name {
	case "say":
		fmt.Println(strings.Join(args, "|"))
	case "env":
		fmt.Println(strings.Join(os.Environ(), "\n"))
	case "stdin":
		_, _ = io.Copy(os.Stdout, os.Stdin)
	case "cat":
		for _, file := range args {
			text, err := os.ReadFile(file)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			fmt.Print(string(text))
		}
	case "write":
		for _, file := range args {
			if err := os.WriteFile(file, []byte(file+"\n"), 0o600); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
		}
	case "fail":
		fmt.Fprintln(os.Stderr, strings.Join(args[1:], " "))
		status, _ := strconv.Atoi(args[0])
		return status
	case "flood":
		n, _ := strconv.Atoi(args[0])
		fmt.Print(strings.Repeat("ä", n))
	case "wait": // until it is asked to end, or for ever
		if len(args) > 0 && args[0] == "stubborn" {
			signal.Ignore(syscall.SIGTERM)
		}
		fmt.Println("begun")
		time.Sleep(time.Minute)
	case "family", "leave": // a child of its own, which keeps the pipe open; then wait, or go
		c := exec.Command(os.Args[0], "child", "wait", "stubborn")
		c.Stdout = os.Stdout
		if err := c.Start(); err != nil {
			return 1
		}
		fmt.Println(c.Process.Pid)
		if name == "family" {
			time.Sleep(time.Minute)
		}
	}
	return 0
}

// child is a command line for a play.
func childCommand(t *testing.T, args ...string) []string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{program, "child"}, args...)
}

// open is an endpoint through which this passed.
func open(passed Passed) func(context.Context, worker.Task) (*Endpoint, error) {
	return func(context.Context, worker.Task) (*Endpoint, error) {
		return &Endpoint{
			BaseURL: "http://127.0.0.1:1/v1", Kind: "openai", Token: "token-of-the-task",
			Close: func() Passed { return passed },
		}, nil
	}
}

// newWorker is a worker in whose endpoint a call was answered, unless c says otherwise.
func newWorker(t *testing.T, c Config) *Worker {
	t.Helper()
	if c.Endpoint == nil {
		c.Endpoint = open(Passed{Calls: 1})
	}
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	if c.State == "" {
		c.State = t.TempDir()
	}
	if c.Grace == 0 {
		c.Grace = 50 * time.Millisecond
	}
	w, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
