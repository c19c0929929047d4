package project_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// A proxy that is paused takes no calls, and tells clients to try again; alerts tell of that, of thresholds and of the end.
func TestAProxyIsPausedAndTellsOfIt(t *testing.T) {
	told := filepath.Join(t.TempDir(), "told")
	s := newServed(t, `
[budget]
total_budget_limit = CALLS
budget_warning_threshold = 100
[[alerts]]
on = ["threshold", "paused", "ended"]
command = ["sh", "-c", "cat >> `+told+`; echo >> `+told+`"]
`)
	running := make(chan *project.Running, 1)
	s.running = func(r *project.Running) (func(), error) {
		running <- r
		return func() {}, nil
	}
	s.start()
	r, client := <-running, newClient(t)
	if err := r.Suspend(t.Context(), project.Who{Name: "ana", Reason: "lunch"}); err != nil {
		t.Fatal(err)
	}
	if m, err := r.Moment(t.Context()); err != nil || !m.Suspended || m.Why != "ana: lunch" {
		t.Errorf("paused: %+v, %v", m.Progress, err)
	}
	if got := s.ask(client, "", serveAsk); got != http.StatusServiceUnavailable || s.reached.Load() > 0 {
		t.Errorf("paused: status %d, %d calls at the provider", got, s.reached.Load())
	}
	if err := r.Continue(t.Context(), project.Who{Name: "ana"}); err != nil {
		t.Fatal(err)
	}
	if got := s.ask(client, "", serveAsk); got != http.StatusOK {
		t.Errorf("continued: status %d", got)
	}
	s.stop()
	text, err := os.ReadFile(told)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"paused by ana: lunch", "total has used 100% of its limit", "the proxy has ended"} {
		if strings.Count(string(text), want) != 1 {
			t.Errorf("the alerts say %q not once:\n%s", want, text)
		}
	}
}
