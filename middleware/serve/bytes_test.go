package serve_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Every byte in every place where servers differ: what reaches the provider is the plain call, metered and framed by its
// length, or nothing does.
func TestEveryByte(t *testing.T) {
	places := map[string]func(c string) string{
		"within the path": func(c string) string {
			return call("POST /openai/v1"+c+"/chat/completions HTTP/1.1", ask, bearer)
		},
		"after the path":    func(c string) string { return call("POST "+chat+c+" HTTP/1.1", ask, bearer) },
		"before the prefix": func(c string) string { return call("POST /"+c+"openai/v1/chat/completions HTTP/1.1", ask, bearer) },
		"in the query":      func(c string) string { return call("POST "+chat+"?ke"+c+"y="+token+" HTTP/1.1", ask) },
		"in a header's name": func(c string) string {
			return call("POST "+chat+" HTTP/1.1", ask, "X-Api"+c+"Key: "+token)
		},
		"after a header's name": func(c string) string {
			return call("POST "+chat+" HTTP/1.1", ask, bearer, "Cookie"+c+": a=b", "Openai-Project"+c+": other")
		},
		"before the token": func(c string) string { return call("POST "+chat+" HTTP/1.1", ask, "Authorization: Bearer"+c+token) },
		"in the framing": func(c string) string {
			return call("POST "+chat+" HTTP/1.1", "0\r\n\r\n"+ask, bearer, "Transfer-Encoding: "+c+"chunked")
		},
		"after the framing": func(c string) string {
			return call("POST "+chat+" HTTP/1.1", ask, bearer, "Transfer-Encoding"+c+": chunked")
		},
		"before the body": func(c string) string { return call("POST "+chat+" HTTP/1.1", c+ask, bearer) },
		"within a key": func(c string) string {
			return call("POST "+chat+" HTTP/1.1", `{"model":"gpt-4o","max_tokens":4,"max`+c+`tokens":900,"messages":[]}`, bearer)
		},
		"as the method's end": func(c string) string { return call("POST"+c+" "+chat+" HTTP/1.1", ask, bearer) },
	}
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t, budget.Limits{budget.Total: budget.TokenLimit(1_000_000)}, says("application/json", answer), nil)
			var passed int
			for c := range 256 {
				text := string([]byte{byte(c)})
				if text == "\n" && name != "before the body" {
					continue // begins another line, which is another request
				}
				before := h.reached()
				resp, body := h.raw(t, place(text))
				reached := h.reached() - before
				switch ok := resp != nil && resp.StatusCode == http.StatusOK; {
				case ok && reached == 1:
					passed++
				case ok || reached > 0:
					t.Errorf("%q: %v, and %d calls reached the provider: %s", text, resp, reached, body)
				}
			}
			h.plain(t)
			if got, want := h.manager.Total().Settled.Tokens, int64(passed*usage); got != want {
				t.Errorf("%d calls passed, and %d tokens are settled, want %d", passed, got, want)
			}
		})
	}
}

// metered are the paths that the door meters, under whatever base.
var metered = regexp.MustCompile(`^/v1(/[^/%;]+|/[^/;]*%[2-7][0-9A-F][^/;]*)*/chat/completions/?$`)

// plain checks that what reached the provider is framed by its length and asks for no more than was paid.
func (h *house) plain(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, r := range h.requests {
		if r.ContentLength != int64(len(h.bodies[i])) || len(r.TransferEncoding) > 0 || r.Method != http.MethodPost || !metered.MatchString(r.URL.EscapedPath()) {
			t.Errorf("the provider got %s %s, %d bytes, encoded %v", r.Method, r.URL, r.ContentLength, r.TransferEncoding)
		}
		for _, name := range []string{"Cookie", "Openai-Project", "X-Api-Key"} {
			if _, there := r.Header[name]; there {
				t.Errorf("the provider got %s: %s", name, fmt.Sprint(r.Header))
			}
		}
	}
}
