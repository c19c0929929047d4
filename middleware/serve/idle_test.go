//go:build linux || darwin

package serve_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
)

const (
	idleConns   = 10_000
	idleAddress = "IDLE_ADDRESS" // tells a process of its own, started by the test, whom to connect to
)

// idleMost is what a connection may cost the server, in bytes: net/http's two buffers of 4 KiB, a goroutine with its stack, and
// the request that it waits for.
const idleMost = 40 << 10

// 10,000 connections of another process that say nothing, half a request, or nothing more: calls go on beside them, and memory is
// bounded.
func TestIdleConnections(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < idleConns+200 {
		t.Skipf("a process may have %d files open here (ulimit -n)", limit.Cur)
	}
	h := build(t, budget.Limits{budget.Total: budget.TokenLimit(1000)}, says("application/json", answer), nil)
	before := inUse()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestIdleClient$")
	child.Env = append(os.Environ(), idleAddress+"="+h.address)
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "connected\n" {
		t.Fatalf("%q, %v", line, err)
	}
	for range 3 {
		if resp, body := h.post(t, chat, ask); resp.StatusCode != http.StatusOK {
			t.Errorf("status %d: %s", resp.StatusCode, body)
		}
	}
	each := (inUse() - before) / idleConns
	t.Logf("%d bytes a connection", each)
	if each > idleMost {
		t.Errorf("a connection that is idle takes %d bytes", each)
	}
	in.Close()
	if err := child.Wait(); err != nil {
		t.Error(err)
	}
	if got := h.manager.Total().Settled.Tokens; got != 3*usage {
		t.Errorf("settled %d", got)
	}
}

// inUse is the memory that cannot be given back, in bytes.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// TestIdleClient is the other process of TestIdleConnections.
func TestIdleClient(t *testing.T) {
	address := os.Getenv(idleAddress)
	if address == "" {
		t.Skip("the other process of TestIdleConnections")
	}
	conns := make([]net.Conn, idleConns)
	var wg sync.WaitGroup
	const at = 50 // at once
	for first := range at {
		wg.Go(func() {
			for i := first; i < idleConns; i += at {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Error(err)
					return
				}
				conns[i] = conn
				switch i % 3 {
				case 0:
				case 1:
					fmt.Fprint(conn, "POST "+chat+" HTTP/1.1\r\nHost: a\r\n"+bearer+"\r\nContent-Le")
				case 2:
					fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
					resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
					if err != nil || resp.StatusCode != http.StatusOK {
						t.Errorf("%v, %v", resp, err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	fmt.Println("connected")
	_, _ = io.Copy(io.Discard, os.Stdin)
	for _, conn := range conns {
		conn.Close()
	}
}
