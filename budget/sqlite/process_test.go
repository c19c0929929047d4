package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// children are what the test binary does instead of testing when it is started by startChild.
var children = map[string]func(path string) error{
	"own":   childOwn,
	"write": childWrite,
	"read":  childRead,
}

func TestMain(m *testing.M) {
	if do, ok := children[os.Getenv("LEDGER_TEST_CHILD")]; ok {
		if err := do(os.Getenv("LEDGER_TEST_PATH")); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// child is another process.
type child struct {
	*exec.Cmd
	lines *bufio.Scanner // of its standard output
	stdin io.WriteCloser // it ends when this is closed, so that none outlives the test
}

// startChild starts one that ends with the test, if not before.
func startChild(t *testing.T, name, path string, change ...func(*exec.Cmd)) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LEDGER_TEST_CHILD="+name, "LEDGER_TEST_PATH="+path)
	cmd.Stderr = os.Stderr
	for _, f := range change {
		f(cmd)
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd, bufio.NewScanner(stdout), stdin}
	t.Cleanup(c.kill)
	return c
}

// line returns the next line that the child writes.
func (c *child) line(t *testing.T) string {
	t.Helper()
	if !c.lines.Scan() {
		t.Fatalf("the child ended: %v", c.Wait())
	}
	return c.lines.Text()
}

// kill ends the child as kill -9 does, and waits for its end.
func (c *child) kill() {
	_ = c.Process.Kill()
	_ = c.Wait()
}

// end lets the child end by itself.
func (c *child) end(t *testing.T) {
	t.Helper()
	c.stdin.Close()
	for c.lines.Scan() {
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("the child: %v", err)
	}
}

func untilTold() error {
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// childOwn owns the ledger until it is told to end.
func childOwn(path string) error {
	l, err := Open(context.Background(), path, Options{Run: "run-of-child"})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	if err := untilTold(); err != nil {
		return err
	}
	return l.Close()
}

// childRead loads the ledger once.
func childRead(path string) error {
	l, err := OpenReader(context.Background(), path)
	if err != nil {
		return err
	}
	defer l.Close()
	state, err := l.Load(context.Background())
	if err != nil {
		return err
	}
	fmt.Println("open holds:", len(state.Open))
	return nil
}

const (
	childWriters = 16
	childAppend  = 3 // entries per append
)

// childBooks are the books that one goroutine of childWrite writes.
func childBooks(round string, goroutine int) *budgettest.Books {
	return budgettest.NewBooks(fmt.Sprintf("%s.%d", round, goroutine), uint64(goroutine))
}

// childWrite appends from many goroutines until it is killed. It says which goroutine's append returned.
func childWrite(path string) error {
	l, err := Open(context.Background(), path, Options{})
	if err != nil {
		return err
	}
	go func() {
		_ = untilTold()
		os.Exit(1) // the test is gone
	}()
	var wg sync.WaitGroup
	for g := range childWriters {
		books := childBooks(os.Getenv("LEDGER_TEST_ROUND"), g)
		wg.Go(func() {
			for {
				if err := l.Append(context.Background(), books.Take(childAppend)...); err != nil {
					fmt.Println("error:", err)
					os.Exit(1)
				}
				fmt.Println(g)
			}
		})
	}
	wg.Wait()
	return nil
}
