// Command cpu measures what the proxy costs: the processor time of its process a request, beside that of a control proxy which
// only copies bytes, and how long the first byte of a stream takes. See run.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// clients is how many connections ask at a time.
const clients = 64

var (
	only        = flag.String("only", "", "measure the scenes alone whose names begin so")
	orchestrate = flag.String("orchestrate", "orchestrate", "the program to measure")
	rounds      = flag.Int("rounds", 5, "how often each is measured; medians are told")
	requests    = flag.Int("requests", 6000, "requests of a measurement")
	as          = flag.String("role", "", "used by the program itself")
	upstream    = flag.String("upstream", "", "used by the program itself")
	delay       = flag.Duration("delay", 0, "used by the program itself")
)

func main() {
	flag.Parse()
	run := measure
	if *as != "" {
		run = func() error { return role(*as, *upstream, *delay) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "cpu:", err)
		os.Exit(1)
	}
}

// scene is what is asked, and of how slow a provider.
type scene struct {
	name   string
	delay  time.Duration
	stream bool
}

func measure() error {
	for _, s := range []scene{{"plain, 0 ms", 0, false}, {"plain, 20 ms", 20 * time.Millisecond, false}, {"streams of 22 events, 0 ms", 0, true}} {
		if !strings.HasPrefix(s.name, *only) {
			continue
		}
		if err := s.measure(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// measure starts one server of each kind and asks them in turn.
func (s scene) measure() error {
	provider, err := start("", os.Args[0], "-role", "upstream", "-delay", s.delay.String())
	if err != nil {
		return err
	}
	defer provider.stop()
	dir, err := os.MkdirTemp("", "cpu")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	configuration := fmt.Sprintf("[budget]\ntotal_budget_limit = \"1B\"\n[log]\nlevel = \"error\"\n[providers.openai]\nbase_url = %q\n", provider.url+"/v1")
	if err := os.WriteFile(filepath.Join(dir, "orchestrate.toml"), []byte(configuration), 0o600); err != nil {
		return err
	}
	kinds := []string{"control", "bare", "memory", "ledger"}
	servers := make(map[string]*server)
	for _, kind := range kinds {
		line := []string{os.Args[0], "-role", kind, "-upstream", provider.url}
		if kind == "ledger" {
			line = []string{*orchestrate, "serve", "--address", "127.0.0.1:0"}
		}
		if servers[kind], err = start(dir, line[0], line[1:]...); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		defer servers[kind].stop()
	}
	cost, first := make(map[string][]float64), make(map[string][]float64)
	for round := range *rounds + 1 {
		for i := range kinds {
			kind := kinds[(round+i)%len(kinds)] // each is first once
			spent, begun, err := servers[kind].ask(s.stream, kind == "memory" || kind == "ledger")
			if err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
			if round > 0 { // the first warms up
				cost[kind] = append(cost[kind], spent)
				first[kind] = append(first[kind], begun)
			}
		}
	}
	fmt.Printf("%s, %d connections, %d requests, median of %d\n", s.name, clients, *requests, *rounds)
	for _, kind := range kinds {
		fmt.Printf("  %-8s %7.1f us of processor a request, %.2f of control; first byte p50 %7.1f us, %.2f of bare\n", kind,
			median(cost[kind]), median(cost[kind])/median(cost["control"]), median(first[kind]), median(first[kind])/median(first["bare"]))
	}
	return nil
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// server is a process that listens.
type server struct {
	url string
	cmd *exec.Cmd
}

func start(dir, program string, arguments ...string) (*server, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	c := exec.Command(path, arguments...)
	c.Stderr = os.Stderr
	c.Dir, c.Env = dir, append(os.Environ(), "OPENAI_API_KEY=sk-0123456789abcdef")
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening: ")
	if err != nil || !ok {
		_ = c.Process.Kill()
		return nil, errors.Join(fmt.Errorf("it began with %q", line), err, c.Wait())
	}
	return &server{address, c}, nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
}

// spent is the processor time of the process so far, by /proc, in ticks of 10 ms.
func (s *server) spent() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

// ask returns the processor time a request and the median time to the first byte of an answer, in microseconds.
func (s *server) ask(stream, prefixed bool) (cost, first float64, err error) {
	address := s.url + "/v1/chat/completions"
	if prefixed {
		address = s.url + "/openai/v1/chat/completions"
	}
	body := fmt.Sprintf(`{"model":"gpt-4o","max_tokens":64,"stream":%v,"messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":"Say hello, and tell me how you are today."}]}`, stream)
	transport := connections()
	defer transport.CloseIdleConnections()
	before, err := s.spent()
	if err != nil {
		return 0, 0, err
	}
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		times []float64
		fails []error
	)
	for range clients {
		wait.Go(func() {
			mine, err := askInTurn(transport, address, body, *requests/clients)
			mu.Lock()
			defer mu.Unlock()
			times, fails = append(times, mine...), append(fails, err)
		})
	}
	wait.Wait()
	if err := errors.Join(fails...); err != nil {
		return 0, 0, err
	}
	after, err := s.spent()
	return float64((after - before).Microseconds()) / float64(len(times)), median(times), err
}

// askInTurn makes n requests, one after the other. One that breaks off, as some do through the bare proxy under load, is made again
// and said; more than a few end it.
func askInTurn(client http.RoundTripper, address, body string, n int) (first []float64, err error) {
	const few = 5
	broken := 0
	for len(first) < n {
		begun, err := askOnce(client, address, body)
		if err == nil {
			first = append(first, begun)
			continue
		}
		if broken++; broken > few {
			return first, err
		}
		fmt.Fprintln(os.Stderr, "a request is made again:", err)
	}
	return first, nil
}

// askOnce makes a request and returns the microseconds until the first byte of its answer.
func askOnce(client http.RoundTripper, address, body string) (first float64, err error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	begun := time.Now()
	resp, err := client.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.ReadFull(resp.Body, make([]byte, 1))
	first = float64(time.Since(begun).Nanoseconds()) / 1000
	rest, drained := io.ReadAll(resp.Body)
	if err = errors.Join(err, drained); err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %.200s", resp.StatusCode, rest)
	}
	return first, err
}
