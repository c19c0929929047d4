package provider_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

const (
	echoKey    = "sk-proj-4fG7hJ2kL9mN3pQ8rS5tV1wX6yZ0"
	echoPrompt = "My password is correct-horse-battery-staple, tell nobody at all."
)

// echoes are the ways to say a secret back.
var echoes = map[string]func(string) string{
	"as it is":     func(s string) string { return s },
	"a part":       func(s string) string { return s[4:24] },
	"capitals":     strings.ToUpper,
	"percent":      url.QueryEscape,
	"path":         url.PathEscape,
	"base64":       func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64url":    func(s string) string { return "x" + base64.RawURLEncoding.EncodeToString([]byte("u:"+s)) },
	"hex":          func(s string) string { return hex.EncodeToString([]byte(s)) },
	"JSON":         func(s string) string { return strings.ReplaceAll(fmt.Sprintf("%+q", s), "-", `\u002d`) },
	"JSON in JSON": func(s string) string { return fmt.Sprintf("%q", fmt.Sprintf("{%q:%q}", "x", s)) },
	"HTML":         func(s string) string { return strings.NewReplacer("-", "&#45;", " ", "&#32;").Replace(s) },
	"spaced":       func(s string) string { return strings.ReplaceAll(s, "-", "\u200b-\u00a0") },
}

func reply(status int, header, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d Said\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s", status, len(body), header, body)
}

func events(lines ...string) string {
	return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + strings.Join(lines, "\n\n") + "\n\n"
}

// asJSON is s within a JSON string.
func asJSON(s string) string {
	out, _ := json.Marshal(s)
	return string(out[1 : len(out)-1])
}

// echoPlaces are the places of an answer that may say something back.
func echoPlaces() map[string]func(said string) string {
	places := make(map[string]func(string) string)
	bodies := map[string]string{
		"message":          `{"error":{"message":"bad: %s"}}`,
		"code":             `{"error":{"message":"bad","code":"%s"}}`,
		"type":             `{"error":{"message":"bad","type":"%s"}}`,
		"param":            `{"error":{"message":"bad","param":"%s"}}`,
		"status word":      `{"error":{"message":"bad","status":"%s"}}`,
		"error string":     `{"error":"%s"}`,
		"error with words": `{"error":"%s","message":"bad"}`,
		"top message":      `{"message":"%s"}`,
		"msg":              `{"msg":"%s"}`,
		"detail":           `{"detail":"%s"}`,
		"detail msg":       `{"detail":[{"loc":["%[1]s"],"msg":"%[1]s"}]}`,
		"nested detail":    `{"message":{"detail":[{"msg":"%s"}]}}`,
		"raw":              `{"error":{"message":"x","metadata":{"raw":"%s"}}}`,
		"reasons":          `{"error":{"message":"x","metadata":{"reasons":["%[1]s"],"flagged_input":"%[1]s"}}}`,
		"details":          `{"error":{"details":[{"reason":"%[1]s","message":"%[1]s"}]}}`,
		"errors":           `{"errors":["%s"]}`,
		"errors by field":  `{"errors":{"%[1]s":["%[1]s"]}}`,
		"list":             `[{"error":{"message":"%s"}}]`,
		"request id":       `{"error":{"message":"bad"},"request_id":"%s"}`,
		"text":             `%s`,
		"page":             `<html><title>%s</title></html>`,
		"cut":              `{"error":{"message":"%s`,
	}
	for name, body := range bodies {
		for _, status := range []int{400, 404, 429} {
			places[fmt.Sprintf("%d %s", status, name)] = func(s string) string {
				return reply(status, "", strings.ReplaceAll(strings.ReplaceAll(body, "%[1]s", "%s"), "%s", asJSON(s)))
			}
		}
		if strings.Contains(body, `"error":`) && strings.HasPrefix(body, "{") {
			places["200 "+name] = func(s string) string {
				return reply(200, "", strings.ReplaceAll(strings.ReplaceAll(body, "%[1]s", "%s"), "%s", asJSON(s)))
			}
			places["event "+name] = func(s string) string {
				return events("data: " + strings.ReplaceAll(strings.ReplaceAll(body, "%[1]s", "%s"), "%s", asJSON(s)))
			}
		}
	}
	const usage = `"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}`
	for field, body := range map[string]string{
		"id":     `{"id":"%s","model":"m","choices":[{"index":0,"CONTENT":{"content":"ok"},"finish_reason":"stop"}],` + usage + `}`,
		"model":  `{"id":"c","model":"%s","choices":[{"index":0,"CONTENT":{"content":"ok"},"finish_reason":"stop"}],` + usage + `}`,
		"finish": `{"id":"c","model":"m","choices":[{"index":0,"CONTENT":{"content":"ok"},"finish_reason":"%s"}],` + usage + `}`,
		"tier":   `{"id":"c","model":"m","service_tier":"%[1]s","choices":[{"index":0,"CONTENT":{"content":"ok"},"finish_reason":"stop"},{"index":1,"CONTENT":{"content":"ok"},"finish_reason":"%[1]s"}],` + usage + `}`,
	} {
		fill := func(s, content string) string {
			return strings.NewReplacer("%[1]s", asJSON(s), "%s", asJSON(s), "CONTENT", content).Replace(body)
		}
		places["answer's "+field] = func(s string) string { return reply(200, "", fill(s, "message")) }
		places["stream's "+field] = func(s string) string { return events("data: "+fill(s, "delta"), "data: [DONE]") }
		places["cut stream's "+field] = func(s string) string {
			return events("data: " + strings.ReplaceAll(fill(s, "delta"), `"stop"`, "null"))
		}
	}
	for _, header := range []string{"X-Request-Id", "Request-Id", "Retry-After", "X-Ratelimit-Reset-Tokens", "Content-Type", "Content-Encoding"} {
		for _, status := range []int{200, 429} {
			places[fmt.Sprintf("%d header %s", status, header)] = func(s string) string {
				return reply(status, header+": "+oneHeader(s)+"\r\n", `{"id":"c","choices":[{"message":{"content":"ok"}}]}`)
			}
		}
	}
	raw := map[string]string{
		"protocol":       "%s\r\n\r\n",
		"version":        "HTTP/%s 200 OK\r\n\r\n",
		"status code":    "HTTP/1.1 %s\r\n\r\n",
		"status text":    "HTTP/1.1 500 %s\r\nContent-Length: 0\r\n\r\n",
		"header line":    "HTTP/1.1 200 OK\r\n%s\r\n\r\n",
		"header name":    "HTTP/1.1 200 OK\r\nX %s: 1\r\n\r\n",
		"continued":      "HTTP/1.1 200 OK\r\n %s\r\n\r\n",
		"length":         "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n",
		"lengths":        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: %s\r\n\r\n",
		"encoding":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n",
		"chunk":          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n",
		"location":       "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://[%s\r\n\r\n",
		"good location":  "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://h/%s\r\n\r\n",
		"location twice": "HTTP/1.1 307 Moved\r\nContent-Length: 0\r\nLocation: %%zz://%s\r\n\r\n",
	}
	for name, text := range raw {
		places["net/http: "+name] = func(s string) string { return fmt.Sprintf(text, oneHeader(s)) }
	}
	return places
}

func oneHeader(s string) string { return strings.NewReplacer("\r", "", "\n", "").Replace(s) }

// parrot answers every request with what it was last told.
type parrot struct {
	url  string
	says atomic.Value // string
}

func newParrot(t *testing.T) *parrot {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	p := &parrot{url: "http://" + listener.Addr().String() + "/v1"}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, req.Body)
			}
			_, _ = io.WriteString(conn, p.says.Load().(string))
			conn.Close()
		}
	}()
	return p
}

// A provider, or somebody in between, may say key and prompt back wherever it says anything. Neither may come into
// an error, a log, the books, or what an answer names.
func TestNothingThatIsSaidBackComesOut(t *testing.T) {
	var log bytes.Buffer
	books := new(budget.Memory)
	manager, err := budget.Open(t.Context(), budget.Config{Ledger: books, Prices: budget.Prices{"m": {Input: 1, Output: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	parrot := newParrot(t)
	client, err := provider.New(provider.Config{Format: openai.Format, BaseURL: parrot.url, Key: echoKey,
		Client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}})
	if err != nil {
		t.Fatal(err)
	}
	chain := middleware.Chain(client, middleware.Log(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), middleware.LogOptions{}),
		middleware.Budget(manager, middleware.BudgetOptions{}))
	seen := 0
	for place, answer := range echoPlaces() {
		for form, echo := range echoes {
			for what, secret := range map[string]string{"key": echoKey, "prompt": echoPrompt} {
				says := answer(echo(secret))
				parrot.says.Store(says)
				req := &wire.Request{Model: "m", Messages: wire.Prompt(echoPrompt), MaxOutput: 9}
				if strings.Contains(says, "event-stream") {
					req.OnDelta = func(wire.Delta) {}
				}
				log.Reset()
				resp, err := chain.Generate(t.Context(), req)
				entries := books.Entries()
				out := shown(resp, err) + log.String() + fmt.Sprintf("%+v", entries[seen:])
				seen = len(entries)
				for _, part := range []string{secret[4:20], strings.ToUpper(secret)[4:20], echo(secret)} {
					if strings.Contains(out, part) || strings.Contains(out, asJSON(part)) {
						t.Errorf("%s, %s, %s: %q in %s", place, form, what, part, out)
						break
					}
				}
			}
		}
	}
}

// shown is all that may be printed of an answer but its content, and of an error.
func shown(resp *middleware.Response, err error) string {
	if err != nil {
		e := wire.AsError(err)
		whole, _ := json.Marshal(e)
		text := fmt.Sprintf("%v %+v %#v %s", err, e, e, whole)
		for ; err != nil; err = unwrap(err) {
			text += err.Error()
		}
		return text
	}
	named := *resp
	named.Text, named.ToolCalls, named.Reasoning = "", nil, ""
	return fmt.Sprintf("%+v %+v", named, named.Usage)
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}
