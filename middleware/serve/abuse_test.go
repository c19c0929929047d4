package serve_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/serve"
)

// call is a raw request with a token and a body; lines go before the body's length.
func call(line, body string, lines ...string) string {
	all := append([]string{line, "Host: localhost"}, lines...)
	return fmt.Sprintf("%s\r\nContent-Length: %d\r\n\r\n%s", strings.Join(all, "\r\n"), len(body), body)
}

const bearer = "Authorization: Bearer " + token

// Raw requests that somebody may try: each reaches the provider metered, once and as it looks, or not at all.
func TestAbuse(t *testing.T) {
	ok := http.StatusOK
	post := "POST " + chat + " HTTP/1.1"
	for _, tc := range []struct {
		name   string
		text   string
		status int // 0 is a closed connection
	}{
		// Tokens.
		{"bearer", call(post, ask, bearer), ok},
		{"bearer in another case", call(post, ask, "authorization: bEARER "+token), ok},
		{"x-api-key", call(post, ask, "x-api-key: "+token), ok},
		{"api-key", call(post, ask, "api-key: "+token), ok},
		{"x-goog-api-key", call(post, ask, "X-Goog-Api-Key: "+token), ok},
		{"key", call("POST "+chat+"?key="+token+" HTTP/1.1", ask), ok},
		{"key, encoded", call("POST "+chat+"?%6bey=orc%5Fclient-token-0123456789&x=1 HTTP/1.1", ask), ok},
		{"key in another case", call("POST "+chat+"?KEY="+token+" HTTP/1.1", ask), ok},
		{"one token, shown twice", call(post, ask, bearer, "x-api-key: "+token), ok},
		{"one token, in headers of its own as well", call(post, ask, bearer, "X-Key: "+token, "X-Amz-Security-Token: v1 "+token), ok},
		{"one token, in parameters of its own as well", call("POST "+chat+"?x=1&k=orc%5Fclient-token-0123456789&"+token+"=y HTTP/1.1", ask, bearer), ok},
		{"a name with an underscore is none", call(post, ask, "x_api_key: "+token), 401},
		{"none", call(post, ask), 401},
		{"wrong", call(post, ask, "Authorization: Bearer orc_wrong"), 401},
		{"expired", call(post, ask, "Authorization: Bearer expired"), 401},
		{"a prefix", call(post, ask, "Authorization: Bearer "+token[:len(token)-1]), 401},
		{"basic", call(post, ask, "Authorization: Basic "+token), 401},
		{"without a scheme", call(post, ask, "Authorization: "+token), 401},
		{"the provider's own key", call(post, ask, "Authorization: Bearer "+providerKey), 401},
		{"two tokens", call(post, ask, bearer, "x-api-key: other"), 401},
		{"two bearers", call(post, ask, bearer, "Authorization: Bearer other"), 401},
		{"a cookie", call(post, ask, "Cookie: key="+token), 401},
		{"a query that cannot be read", call("POST "+chat+"?key=%zz HTTP/1.1", ask, bearer), 401},
		{"a query with a semicolon", call("POST "+chat+"?a=1;key=x HTTP/1.1", ask, bearer), 401},

		// Paths.
		{"without the base's last segment", call("POST /openai/chat/completions HTTP/1.1", ask, bearer), ok},
		{"a slash at the end", call("POST "+chat+"/ HTTP/1.1", ask, bearer), ok},
		{"no prefix", call("POST /v1/chat/completions HTTP/1.1", ask, bearer), 404},
		{"another provider", call("POST /anthropic/v1/messages HTTP/1.1", ask, bearer), 404},
		{"the prefix in another case", call("POST /OpenAI/v1/chat/completions HTTP/1.1", ask, bearer), 404},
		{"the prefix encoded", call("POST /%6fpenai/v1/chat/completions HTTP/1.1", ask, bearer), 404},
		{"two slashes first", call("POST //openai/v1/chat/completions HTTP/1.1", ask, bearer), 404},
		{"two slashes then", call("POST /openai//v1/chat/completions HTTP/1.1", ask, bearer), 403},
		{"dots", call("POST /openai/v1/../v1/chat/completions HTTP/1.1", ask, bearer), 403},
		{"dots to another prefix", call("POST /healthz/../openai/v1/chat/completions HTTP/1.1", ask, bearer), 404},
		{"dots, encoded", call("POST /openai/v1/%2e%2e/v1/chat/completions HTTP/1.1", ask, bearer), 403},
		{"a slash, encoded", call("POST /openai/v1%2fchat/completions HTTP/1.1", ask, bearer), 403},
		{"a backslash", call(`POST /openai/v1\chat/completions HTTP/1.1`, ask, bearer), 403},
		{"a route in another case", call("POST /openai/v1/Chat/Completions HTTP/1.1", ask, bearer), 403},
		{"an unmetered route", call("POST /openai/v1/images/generations HTTP/1.1", ask, bearer), 403},
		{"files", call("POST /openai/v1/files HTTP/1.1", ask, bearer), 403},
		{"a whole address", call("POST http://elsewhere"+chat+" HTTP/1.1", ask, bearer), ok},
		{"a path with a NUL", call("POST "+chat+"%00 HTTP/1.1", ask, bearer), 403},
		{"reserved", call("POST /api/v1/chat/completions HTTP/1.1", ask, bearer), 404},

		// Methods.
		{"models", call("GET /openai/v1/models HTTP/1.1", "", bearer), ok},
		{"a model", call("HEAD /openai/models/gpt-4o HTTP/1.1", "", bearer), ok},
		{"a call of a model that is read", call("GET /openai/v1beta/models/gemini-2.5-pro:generateContent HTTP/1.1", "", bearer), 403},
		{"models with a body", call("GET /openai/v1/models HTTP/1.1", ask, bearer), 403},
		{"the account's files", call("GET /openai/v1/files HTTP/1.1", "", bearer), 403},
		{"stored answers", call("GET /openai/v1/responses/resp_1 HTTP/1.1", "", bearer), 403},
		{"models that are files", call("GET /openai/v1/modelsfiles HTTP/1.1", "", bearer), 403},
		{"models and back", call("GET /openai/v1/models/../files HTTP/1.1", "", bearer), 403},
		{"delete", call("DELETE /openai/v1/files/f1 HTTP/1.1", "", bearer), 403},
		{"put", call("PUT "+chat+" HTTP/1.1", ask, bearer), 403},
		{"connect", call("CONNECT localhost:443 HTTP/1.1", "", bearer), 404},
		{"options", call("OPTIONS * HTTP/1.1", "", bearer), 404},
		{"a method of its own", call("COMPLETE "+chat+" HTTP/1.1", ask, bearer), 403},
		{"the method overridden", call("GET /openai/v1/models HTTP/1.1", "", bearer, "X-HTTP-Method-Override: POST"), 403},
		{"the path overridden", call("GET /openai/v1/models HTTP/1.1", "", bearer, "X-Original-URL: /v1/chat/completions"), 403},
		{"a socket", call("GET /openai/v1/models HTTP/1.1", "", bearer, "Connection: Upgrade", "Upgrade: websocket"), 403},

		// Framing.
		{"chunks", post + "\r\nHost: a\r\n" + bearer + "\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(ask), ask), ok},
		{"chunks that are none", post + "\r\nHost: a\r\n" + bearer + "\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", 400},
		{"chunks with a line break in an extension", post + "\r\nHost: a\r\n" + bearer + "\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", 400},
		{"two lengths", call(post, ask, bearer, "Content-Length: 3"), 400},
		{"length and chunks", call(post, "0\r\n\r\n"+ask, bearer, "Transfer-Encoding: chunked"), 400},
		{"chunks, spelled oddly", call(post, ask, bearer, "Transfer-Encoding: xchunked"), 501},
		{"a header over two lines", call(post, ask, bearer, "X-A: b", " c: d"), ok},
		{"a header with a space before the colon", call(post, ask, bearer, "X-A : b"), 400},
		{"a hop-by-hop key", call(post, ask, bearer, "Connection: authorization, x-api-key"), ok},
		{"no host", post + "\r\n" + bearer + "\r\nContent-Length: 0\r\n\r\n", 400},
		{"two hosts", call(post, ask, bearer, "Host: elsewhere"), 400},
		{"headers of 100 KB", call(post, ask, bearer, "X-A: "+strings.Repeat("a", 100<<10)), 431},
		{"no body", call(post, "", bearer), 400},
		{"a trailer", post + "\r\nHost: a\r\n" + bearer + "\r\nTransfer-Encoding: chunked\r\nTrailer: X-Api-Key\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\nX-Api-Key: orc_x\r\n\r\n", len(ask), ask), ok},

		// Bodies.
		{"garbage", call(post, "garbage", bearer), 400},
		{"two caps", call(post, `{"model":"gpt-4o","max_tokens":1,"max_tokens":4000,"messages":[]}`, bearer), 400},
		{"another charset", call(post, ask, bearer, "Content-Type: application/json; charset=utf-7"), 403},
		{"too large, as it says", post + "\r\nHost: a\r\n" + bearer + "\r\nContent-Length: 50000000\r\n\r\n", 413},
		{"too large, in chunks", post + "\r\nHost: a\r\n" + bearer + "\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", 40000, strings.Repeat(" ", 40000)), 413},
		{"slow", post + "\r\nHost: a\r\n" + bearer + "\r\nContent-Length: 100\r\n\r\n{", 408},
		{"slow, and not to be read", "POST /nowhere HTTP/1.1\r\nHost: a\r\n" + bearer + "\r\nContent-Length: 100\r\n\r\n{", 404},
		{"slow, for what has no body", "GET /openai/v1/models HTTP/1.1\r\nHost: a\r\n" + bearer + "\r\nContent-Length: 100\r\n\r\n", 403},
		{"gzip", call(post, zipped(ask), bearer, "Content-Encoding: gzip"), ok},
		{"zstd", call(post, zstandard(ask), bearer, "Content-Encoding: zstd"), ok},
		{"gzip that is none", call(post, ask, bearer, "Content-Encoding: gzip"), 400},
		{"gzip, cut", call(post, zipped(ask)[:40], bearer, "Content-Encoding: gzip"), 400},
		{"zstd that is none", call(post, ask, bearer, "Content-Encoding: zstd"), 400},
		{"gzip twice", call(post, zipped(zipped(ask)), bearer, "Content-Encoding: gzip, gzip"), 415},
		{"brotli", call(post, ask, bearer, "Content-Encoding: br"), 415},
		{"a gzip bomb", call(post, zipped(strings.Repeat(" ", 8<<20)), bearer, "Content-Encoding: gzip"), 413},
		{"a zstd bomb", call(post, zstandard(strings.Repeat(" ", 8<<20)), bearer, "Content-Encoding: zstd"), 413},

		// The server's own.
		{"health", call("GET /healthz HTTP/1.1", ""), ok},
		{"budget", call("GET /budget HTTP/1.1", "", bearer), ok},
		{"budget without a token", call("GET /budget HTTP/1.1", ""), 401},
		{"budget, posted", call("POST /budget HTTP/1.1", "{}", bearer), 405},
		{"metrics", call("GET /metrics HTTP/1.1", "", bearer), 404},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := build(t, budget.Limits{budget.Total: budget.TokenLimit(1000)}, says("application/json", answer), func(c *serve.Config) {
				c.MaxBody, c.ReadTimeout = 32<<10, 100*time.Millisecond
			})
			resp, body := h.raw(t, tc.text)
			status := 0
			if resp != nil {
				status = resp.StatusCode
			}
			if status != tc.status {
				t.Fatalf("status %d, want %d: %s", status, tc.status, body)
			}
			h.metered(t)
			if status >= 400 && h.reached() != 0 {
				t.Error("it reached the provider")
			}
		})
	}
}

// metered checks that every call is in the books, and asked of the provider as a client of its own would.
func (h *house) metered(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	var calls int64
	for i, r := range h.requests {
		if r.Method == http.MethodPost {
			calls++
			if path := strings.TrimSuffix(r.URL.Path, "/"); path != "/v1/chat/completions" || h.bodies[i] != ask {
				t.Errorf("the provider got %s %s", path, h.bodies[i])
			}
		}
	}
	for _, s := range h.manager.Standing().Scopes {
		if s.Scope == budget.Total && s.Settled.Tokens != calls*usage {
			t.Errorf("%d calls, and settled %d", calls, s.Settled.Tokens)
		}
	}
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func zstandard(text string) string {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	defer w.Close()
	return string(w.EncodeAll([]byte(text), nil))
}
