package middleware_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// refusing answers requests whose body has word with a status and a body, others with a stream without usage.
func refusing(word string, status int, body string, calls *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if asked, _ := io.ReadAll(r.Body); strings.Contains(string(asked), word) {
			w.Header().Set("Content-Type", asJSON)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
		says(asEvent, first, last, done)(w, r)
	}
}

// What the door adds to a call never breaks it: a refusal that names it is tried again without.
func TestARefusedRequestForUsageIsNotMadeAgain(t *testing.T) {
	const (
		plain    = `"max_tokens":9,"messages":[{"role":"user","content":"Hello"}]}`
		stream   = `{"model":"gpt-4o","stream":true,` + plain
		ownUsage = `{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},` + plain
		ownOther = `{"model":"gpt-4o","stream":true,"stream_options":{"x":1},` + plain
		extra    = `{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}`
	)
	for name, tt := range map[string]struct {
		ask, word string
		status    int
		body      string
		want      int   // the status that the client gets
		calls     int64 // for two calls of the client
	}{
		"400":        {stream, "stream_options", 400, `{"error":{"message":"Unrecognized request argument supplied: stream_options"}}`, 200, 3},
		"422":        {stream, "stream_options", 422, extra, 200, 3},
		"404":        {stream, "stream_options", 404, extra, 200, 3},
		"500":        {stream, "stream_options", 500, `{"error":"create() got an unexpected keyword argument 'stream_options'"}`, 200, 3},
		"plain text": {stream, "stream_options", 400, `unknown field "streamOptions"`, 200, 3},
		"in words":   {stream, "stream_options", 400, `Stream options are not supported`, 200, 3},
		// BerriAI/litellm#9916, earendil-works/pi#596.
		"a key of it":            {stream, "stream_options", 400, `extraneous key [include_usage] is not permitted`, 200, 3},
		"no reason but the name": {stream, "stream_options", 422, `{"detail":[{"loc":["body","stream_options"]}]}`, 200, 3},
		"include_usage":          {ownOther, "include_usage", 400, `{"message":"include_usage: not allowed"}`, 200, 3},
		"the client's own":       {ownUsage, "stream_options", 400, extra, 400, 2},
		"another reason":         {stream, "model", 400, `{"error":{"message":"temperature must be below 2"}}`, 400, 2},
		"another reason, too":    {stream, "model", 400, extra, 400, 4}, // refused without it as well: not remembered
		"a rate":                 {stream, "stream_options", 429, extra, 429, 2},
		"a key":                  {stream, "stream_options", 401, extra, 401, 2},
		"a gateway that gave up": {stream, "stream_options", 504, extra, 504, 2},
		"not a stream":           {`{"model":"gpt-4o",` + plain, "model", 400, extra, 400, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			m := newManager(t, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(10_000)}})
			var p probe
			client := through(t, middleware.Retry(middleware.RetryOptions{Attempts: 1}),
				middleware.Budget(m, middleware.BudgetOptions{}), p.middleware)
			server := readBy(t, refusing(tt.word, tt.status, tt.body, &calls))
			for range 2 {
				resp, err := post(t, t.Context(), client, server+"/v1/chat/completions", tt.ask)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				want := first + last + done
				if tt.want != 200 {
					want = tt.body
				}
				if resp.StatusCode != tt.want || string(got) != want || err != nil {
					t.Errorf("status %d, read %q, error %v", resp.StatusCode, got, err)
				}
			}
			if calls.Load() != tt.calls || len(p.errs) != int(tt.calls) {
				t.Errorf("%d deliveries on %d holds, want %d", calls.Load(), len(p.errs), tt.calls)
			}
			total := m.Total()
			if !total.Held.IsZero() || (tt.want == 200 || tt.status == 504) != (total.Assumed.Tokens > 0) || total.Settled != total.Assumed {
				t.Errorf("settled %v, assumed %v, held %v", total.Settled, total.Assumed, total.Held)
			}
		})
	}
}

// readBy starts a provider that reads the bodies itself and returns its address.
func readBy(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// What is remembered is the backend and the model, and no more of them than fit.
func TestOnlyTheBackendThatRefusedIsNotAskedAgain(t *testing.T) {
	var calls atomic.Int64
	url := readBy(t, refusing("stream_options", 400, "no stream_options", &calls))
	client := through(t)
	call := func(path, model string) {
		t.Helper()
		body := fmt.Sprintf(`{"model":%q,"stream":true,"messages":[]}`, model)
		resp, err := post(t, t.Context(), client, url+path, body)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
	for i, tt := range []struct {
		path, model string
		calls       int64
	}{
		{"/a/chat/completions", "m", 2}, {"/a/chat/completions", "m", 1},
		{"/a/chat/completions", "n", 2}, {"/b/chat/completions", "m", 2},
		{"/a/chat/completions", "m", 1}, {"/b/chat/completions", "m", 1},
	} {
		before := calls.Load()
		call(tt.path, tt.model)
		if got := calls.Load() - before; got != tt.calls {
			t.Errorf("call %d: %d deliveries, want %d", i, got, tt.calls)
		}
	}
}

// Usage that the server reports unasked, where nobody asks any more, is the client's.
func TestUsageThatNobodyAskedForIsNotHidden(t *testing.T) {
	var calls atomic.Int64
	refuse := refusing("stream_options", 400, "no stream_options", &calls)
	url := readBy(t, func(w http.ResponseWriter, r *http.Request) {
		if calls.Load() == 0 {
			refuse(w, r)
			return
		}
		says(asEvent, first, last, usageEvent, done)(w, r)
	})
	var p probe
	resp, err := post(t, t.Context(), through(t, p.middleware), url+"/chat/completions", askStream)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || string(got) != first+last+usageEvent+done {
		t.Errorf("read %q, error %v", got, err)
	}
	if e := wire.AsError(p.errs[0]); e == nil || !e.Unbilled() || p.errs[1] != nil || p.answers[1].Usage.Tokens() != 11 {
		t.Errorf("the attempts ended with %v", p.errs)
	}
}
