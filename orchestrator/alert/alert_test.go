package alert_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator/alert"
)

// log collects what is logged.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// hook is a server that keeps what it is sent, and answers with these statuses, the last again and again.
func hook(t *testing.T, statuses ...int) (url string, bodies func() []string) {
	var mu sync.Mutex
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, string(body))
		w.WriteHeader(statuses[min(len(got), len(statuses))-1])
	}))
	t.Cleanup(server.Close)
	return server.URL + "/secret-path", func() []string {
		mu.Lock()
		defer mu.Unlock()
		return got
	}
}

func send(l *log, targets []alert.Target, alerts ...alert.Alert) {
	s := alert.NewSender(targets, slog.New(slog.NewTextHandler(l, nil)))
	for _, a := range alerts {
		s.Send(a)
	}
	s.Close(20 * time.Second)
}

// TestAlertsGoWhereTheyAreWanted: to a command on its standard input, to webhooks in their format, each of the kinds that they ask for.
func TestAlertsGoWhereTheyAreWanted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "alerts")
	plain, plainGot := hook(t, 200)
	slack, slackGot := hook(t, 204)
	var l log
	t.Setenv("OPENAI_API_KEY", "a-key-of-a-provider")
	send(&l, []alert.Target{
		{On: []alert.Kind{alert.Ended}, Command: []string{"sh", "-c", `cat >>"$0"; env >>"$0"`, file}},
		{On: alert.Kinds, Webhook: plain}, {On: []alert.Kind{alert.Threshold}, Webhook: slack, Format: alert.Slack},
	}, alert.Alert{Kind: alert.Threshold, Run: "r", Scope: "total", Percent: 80, Text: "total has used 80%"}, alert.Alert{Kind: alert.Ended, Run: "r", Text: "ended"})
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), `"kind":"ended"`) || strings.Contains(string(text), "threshold") || strings.Contains(string(text), "a-key-of") {
		t.Errorf("the command got %s, %v", text, err)
	}
	var first alert.Alert
	if got := plainGot(); len(got) != 2 || json.Unmarshal([]byte(got[0]), &first) != nil || first.Percent != 80 || first.Schema != 1 {
		t.Errorf("the webhook got %q", got)
	}
	if got := slackGot(); len(got) != 1 || got[0] != `{"text":"total has used 80%"}` {
		t.Errorf("the other got %q", got)
	}
	if l.text.Len() > 0 {
		t.Errorf("logged: %s", l.text.String())
	}
}

// TestWhatIsNotDeliveredIsSaid, without the secret in a webhook's address. What may pass is tried again.
func TestWhatIsNotDeliveredIsSaid(t *testing.T) {
	busy, busyGot := hook(t, 503, 200)
	gone, goneGot := hook(t, 404)
	var l log
	all := func(a alert.Target) alert.Target { a.On = alert.Kinds; return a }
	send(&l, []alert.Target{
		all(alert.Target{Webhook: busy}), all(alert.Target{Webhook: gone}), all(alert.Target{Webhook: "http://127.0.0.1:1/secret-path"}),
		all(alert.Target{Webhook: "no url secret-path"}), all(alert.Target{Command: []string{"sh", "-c", "echo no printer; exit 3"}}),
		all(alert.Target{Command: []string{"/no/such/program"}}),
	}, alert.Alert{Kind: alert.Ended, Text: "ended"})
	if len(busyGot()) != 2 || len(goneGot()) != 1 {
		t.Errorf("%d tries of what was busy, %d of what is gone", len(busyGot()), len(goneGot()))
	}
	text := l.text.String()
	if n := strings.Count(text, "alert not delivered"); n != 5 {
		t.Errorf("%d are said not to be delivered:\n%s", n, text)
	}
	for _, want := range []string{"404", "no printer", "no such file", "connection refused"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "secret-path") {
		t.Errorf("the address is in the log:\n%s", text)
	}
}
