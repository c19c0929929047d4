package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/control"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
	"github.com/orchestrate-go/orchestrate/worker"
)

// house is a project of the simulator with a run that goes on. Each task waits at the gate before it asks its model.
type house struct {
	*project.Project
	t     *testing.T
	gate  chan struct{}
	up    chan struct{} // closed once the socket is there, or cannot be
	ended chan struct{}
	log   strings.Builder // read it after the end

	summary project.Ended
	err     error
}

// build makes the project in dir, where tasks of about 60 tokens are done by so many slots.
func build(t *testing.T, dir, limit string, slots string) *house {
	t.Helper()
	path := filepath.Join(dir, "orchestrate.toml")
	text := "[budget]\ntotal_budget_limit = " + limit + ` # tokens
[providers.practice]
kind = "sim"
latency = "0s"
min_output_tokens = 50
max_output_tokens = 50
[[workers]]
name = "writer"
provider = "practice"
model = "gpt-4o-mini"
max_output_tokens = 50
concurrency = ` + slots + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := project.Open(path, func(message string) { t.Errorf("warned: %s", message) })
	if err != nil {
		t.Fatal(err)
	}
	return &house{Project: p, t: t, gate: make(chan struct{}), up: make(chan struct{}), ended: make(chan struct{})}
}

// run begins a run of these tasks, and returns when it can be asked.
func (h *house) run(ids ...string) {
	list := make([]worker.Task, len(ids))
	for i, id := range ids {
		list[i] = worker.Task{ID: id, Prompt: "Say something about " + id + "."}
	}
	log := slog.New(slog.NewTextHandler(&h.log, nil))
	go func() {
		defer close(h.ended)
		h.summary, h.err = h.Run(h.t.Context(), project.RunOptions{
			Tasks: list, Logger: log,
			Worker: func(w config.Worker, client middleware.Client) worker.Worker {
				prompt := &worker.Prompt{Client: client, Model: w.Model, MaxOutput: w.MaxOutput}
				return gated{prompt, h.gate}
			},
			OnRunning: func(r *project.Running) (func(), error) {
				defer close(h.up)
				s := control.NewServer(r, view.Observe(r), log)
				closed, err := s.Listen()
				if err != nil {
					log.Warn(err.Error())
					closed = func() {}
				}
				return closed, nil
			},
		})
	}()
	select {
	case <-h.up:
	case <-h.ended:
		h.t.Fatal(h.err)
	}
}

// end lets everything pass and returns how the run ended.
func (h *house) end() orchestrator.Summary {
	h.t.Helper()
	close(h.gate)
	<-h.ended
	if h.err != nil {
		h.t.Fatal(h.err)
	}
	return h.summary.Summary
}

func (h *house) dial() *control.Client {
	h.t.Helper()
	c, err := control.Dial(h.Project)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// limits are the changes of limits in the books.
func (h *house) limits() (list []budget.Entry) {
	h.t.Helper()
	store, err := sqlite.OpenReader(h.t.Context(), h.LedgerPath())
	if err != nil {
		h.t.Fatal(err)
	}
	defer store.Close()
	for e, err := range store.Entries(h.t.Context(), books.Filter{}) {
		if err != nil {
			h.t.Fatal(err)
		}
		if e.Op == budget.OpLimit {
			list = append(list, e)
		}
	}
	return list
}

// gated is a worker whose tasks wait at a gate.
type gated struct {
	*worker.Prompt
	gate <-chan struct{}
}

func (g gated) Work(ctx context.Context, t worker.Task) (worker.Result, error) {
	select {
	case <-g.gate:
		return g.Prompt.Work(ctx, t)
	case <-ctx.Done():
		return worker.Result{}, context.Cause(ctx)
	}
}

// TestARunIsToldToPauseAndToSpendMore: two of three tasks fit. The run is paused while the first is at work, its limit is
// raised, and all three are done; the books and the file say so, and who it was.
func TestARunIsToldToPauseAndToSpendMore(t *testing.T) {
	h := build(t, t.TempDir(), "150", "1")
	h.run("a", "b", "c")
	c := h.dial()
	if info, err := os.Stat(filepath.Join(filepath.Dir(h.LedgerPath()), "control.sock")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	m, err := c.Pause(t.Context(), project.Who{Name: "ana", Reason: "lunch"})
	if err != nil || m.State != view.Suspended || m.Tasks.Total != 3 {
		t.Fatalf("%+v, %v", m, err)
	}
	h.gate <- struct{}{}
	for m.Tasks.Running > 0 {
		if m, err = c.Moment(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if m.Tasks.Ended[orchestrator.Done] != 1 || m.Tasks.Waiting != 2 || m.State != view.Suspended {
		t.Errorf("%+v", m)
	}
	l, err := c.SetLimits(t.Context(), map[string]string{"total_budget_limit": "1000"}, project.Who{Name: "ana", Reason: "one more"})
	if err != nil || len(l.Changes) != 1 || l.Changes[0].Before != "150" || len(l.Debts) != 0 || l.NotWritten != "" {
		t.Errorf("%+v, %v", l, err)
	}
	if m, err = c.Resume(t.Context(), project.Who{}); err != nil || m.State != view.GoesOn {
		t.Errorf("%+v, %v", m, err)
	}
	if s := h.end(); s.Counts[orchestrator.Done] != 3 {
		t.Errorf("%+v", s)
	}
	if text, _ := os.ReadFile(h.Path); !strings.Contains(string(text), "total_budget_limit = 1000 # tokens") {
		t.Errorf("the file says %s", text)
	}
	if list := h.limits(); len(list) != 1 || list[0].Reason != "ana: one more" || *list[0].Limit.Tokens != 1000 {
		t.Errorf("the books say %+v", list)
	}
	if !strings.Contains(h.log.String(), "ana: lunch") {
		t.Errorf("the log says %s", h.log.String())
	}
	if _, err := control.Dial(h.Project); !errors.Is(err, control.ErrNone) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(h.LedgerPath()), "control.sock")); !os.IsNotExist(err) {
		t.Errorf("the socket stays: %v", err)
	}
}

// TestALimitIsLowered: what stands above it is told as debt, and nothing new is granted.
func TestALimitIsLowered(t *testing.T) {
	h := build(t, t.TempDir(), "1000", "1")
	h.run("a", "b", "c")
	c := h.dial()
	h.gate <- struct{}{}
	for {
		m, err := c.Moment(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if m.Tasks.Ended[orchestrator.Done] == 1 {
			break
		}
	}
	l, err := c.SetLimits(t.Context(), map[string]string{"total_budget_limit": "10"}, project.Who{Name: "ana"})
	if err != nil || len(l.Debts) != 1 || l.Debts[0].Scope != "total" || l.Debts[0].Tokens <= 0 {
		t.Errorf("%+v, %v", l, err)
	}
	s := h.end()
	if s.Counts[orchestrator.Done] != 1 || s.Counts[orchestrator.Deferred] != 2 {
		t.Errorf("%+v", s)
	}
}

// TestWhatTheAPIRefuses: nothing of it changes anything.
func TestWhatTheAPIRefuses(t *testing.T) {
	h := build(t, t.TempDir(), "150", "1")
	h.run("a")
	socket := filepath.Join(filepath.Dir(h.LedgerPath()), "control.sock")
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	for _, tt := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "/api/v1/nothing", "", 404, ""},
		{"GET", "/api/v1/pause", "", 405, ""},
		{"POST", "/api/v1/limits", "", 400, "which key"},
		{"POST", "/api/v1/limits", "{", 400, "the body"},
		{"POST", "/api/v1/limits", `{"set": {"total_budget_limt": "5"}}`, 400, "did you mean total_budget_limit?"},
		{"POST", "/api/v1/limits", `{"set": {"total_budget_limit": "-5"}}`, 400, "expected a number of tokens"},
		{"POST", "/api/v1/limits", `{"set": {"total_budget_limit": "5\n[prices]"}}`, 400, "control characters"},
		{"POST", "/api/v1/limits", `{"set": {"budget_enforcement_mode": "soft"}}`, 400, "takes effect when the next run begins"},
		{"POST", "/api/v1/limits", `{"sets": {}}`, 400, "unknown field"},
		{"POST", "/api/v1/limits", `{"set": {"a": "` + strings.Repeat("x", 1<<17) + `"}}`, 400, "too large"},
		{"GET", "/api/v1/tasks?offset=-1", "", 400, "no number"},
		{"GET", "/api/v1/tasks?limit=x", "", 400, "no number"},
	} {
		req, _ := http.NewRequestWithContext(t.Context(), tt.method, "http://x"+tt.path, strings.NewReader(tt.body))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != tt.status || !strings.Contains(string(body), tt.says) {
			t.Errorf("%s %s %.60s: %d %s, want %d and %q", tt.method, tt.path, tt.body, resp.StatusCode, body, tt.status, tt.says)
		}
	}
	h.end()
	if list := h.limits(); len(list) != 0 {
		t.Errorf("changed: %+v", list)
	}
}

// TestEventsAreStreamed: a status at once, events as they come, and the end.
func TestEventsAreStreamed(t *testing.T) {
	h := build(t, t.TempDir(), "1000", "1")
	h.run("a", "b")
	socket := filepath.Join(filepath.Dir(h.LedgerPath()), "control.sock")
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/api/v1/events", nil)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	var kinds []string
	for lines.Scan() {
		if kind, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			kinds = append(kinds, kind)
			if len(kinds) == 1 {
				close(h.gate)
			}
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && !json.Valid([]byte(data)) {
			t.Errorf("no JSON: %s", data)
		}
	}
	<-h.ended
	if len(kinds) < 2 || kinds[0] != "status" || kinds[len(kinds)-1] != "ended" {
		t.Errorf("%v", kinds)
	}
}

// TestWhereTheSocketIs: beside the books, whatever a dead process left there; elsewhere where that path is too long; nowhere, and
// the run goes on, where there is no such place.
func TestWhereTheSocketIs(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("d", 60), strings.Repeat("e", 60))
	if err := os.MkdirAll(long, 0o700); err != nil {
		t.Fatal(err)
	}
	runtimes, err := os.MkdirTemp("", "r") //nolint:usetesting // a short path is needed
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(runtimes)

	t.Run("a stale one is replaced", func(t *testing.T) {
		h := build(t, t.TempDir(), "1000", "1")
		stale := filepath.Join(filepath.Dir(h.LedgerPath()), "control.sock")
		if err := errors.Join(os.Mkdir(filepath.Dir(stale), 0o700), os.WriteFile(stale, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		h.run("a")
		if _, err := h.dial().Moment(t.Context()); err != nil {
			t.Error(err)
		}
		h.end()
	})
	t.Run("a long path", func(t *testing.T) {
		t.Setenv("XDG_RUNTIME_DIR", runtimes)
		h := build(t, long, "1000", "1")
		h.run("a")
		t.Setenv("XDG_RUNTIME_DIR", "/nowhere") // of the one who asks
		if _, err := h.dial().Moment(t.Context()); err != nil {
			t.Error(err)
		}
		h.end()
		if left, _ := os.ReadDir(runtimes); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	t.Run("no place", func(t *testing.T) {
		t.Setenv("XDG_RUNTIME_DIR", "")
		h := build(t, long, "1000", "1")
		h.run("a")
		if _, err := control.Dial(h.Project); err == nil || !strings.Contains(err.Error(), "no control socket") {
			t.Errorf("%v", err)
		}
		if s := h.end(); s.Counts[orchestrator.Done] != 1 || !strings.Contains(h.log.String(), "XDG_RUNTIME_DIR") {
			t.Errorf("%+v %s", s, h.log.String())
		}
	})
}
