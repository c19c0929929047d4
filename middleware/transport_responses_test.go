package middleware_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// responsesText is an answer of Responses, by the name of its file.
func responsesText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("wire/formats/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What a client of Responses or of embeddings sends and reads is what it was, but for the cap.
func TestTheDoorPassesResponsesAndEmbeddings(t *testing.T) {
	stream := responsesText(t, "responses/stream.sse")
	half := strings.Index(stream, "event: response.completed")
	for name, tt := range map[string]struct {
		path, body, sent, kind string
		pieces                 []string
		usage                  budget.Usage
		text                   string
	}{
		"plain": {"/v1/responses", `{"model":"gpt-5", "input":"hi" , "max_output_tokens":4096}`, `{"model":"gpt-5", "input":"hi" , "max_output_tokens":100}`,
			asJSON, []string{responsesText(t, "responses/plain.json")}, budget.Usage{Input: 176, CacheRead: 1024, Output: 320, Reasoning: 256}, "Four words, counted once."},
		"stream": {"/openai/v1/responses", `{"model":"gpt-5","input":"hi","stream":true}`, `{"model":"gpt-5","input":"hi","stream":true,"max_output_tokens":100}`,
			asEvent, []string{stream[:700], stream[700:1501], stream[1501:]}, budget.Usage{Input: 10, CacheRead: 30, Output: 12, Reasoning: 5}, "One two"},
		"stream with CRLF": {"/v1/responses", `{"model":"gpt-5","input":"hi","stream":true}`, `{"model":"gpt-5","input":"hi","stream":true,"max_output_tokens":100}`,
			asEvent, []string{strings.ReplaceAll(stream, "\n", "\r\n")}, budget.Usage{Input: 10, CacheRead: 30, Output: 12, Reasoning: 5}, "One two"},
		"stream without names": {"/v1/responses", `{"model":"gpt-5","input":"hi","stream":true}`, `{"model":"gpt-5","input":"hi","stream":true,"max_output_tokens":100}`,
			asEvent, []string{"data: " + strings.Join(strings.Split(stream, "\ndata: ")[1:], "\ndata: ")}, budget.Usage{Input: 10, CacheRead: 30, Output: 12, Reasoning: 5}, "One two"},
		"embeddings": {"/v1/embeddings", `{"model":"text-embedding-3-small", "input":["hi","you"]}`, `{"model":"text-embedding-3-small", "input":["hi","you"]}`,
			asJSON, []string{responsesText(t, "embeddings/plain.json")}, budget.Usage{Input: 8}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var p probe
			var sent string
			url := serveBody(t, &sent, says(tt.kind, tt.pieces...))
			resp, err := post(t, t.Context(), through(t, p.middleware), url+tt.path, tt.body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || string(got) != strings.Join(tt.pieces, "") {
				t.Errorf("read %d bytes, error %v: %.200s", len(got), err, got)
			}
			if sent != tt.sent {
				t.Errorf("sent %s", sent)
			}
			answer, e := p.only(t)
			if e != nil || answer.Text != tt.text || answer.Usage.Usage != tt.usage || answer.Usage.Unknown != 0 {
				t.Errorf("%+v, %v", answer, e)
			}
			if tt.kind == asEvent && p.deltas != tt.text {
				t.Errorf("deltas %q", p.deltas)
			}
		})
	}
	t.Run("left midway", func(t *testing.T) {
		var p probe
		ctx, cancel := context.WithCancel(t.Context())
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			says(asEvent, stream[:half])(w, r)
			<-r.Context().Done()
		})
		resp, err := post(t, ctx, through(t, p.middleware), url+"/v1/responses", `{"model":"gpt-5","input":"hi","stream":true}`)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadFull(resp.Body, make([]byte, half))
		cancel()
		resp.Body.Close()
		if _, e := p.only(t); e == nil || e.Class != wire.Lost || e.Answer == nil || e.Answer.Text != "One two" || e.Answer.Reported() || e.Unbilled() {
			t.Errorf("%+v", e)
		}
	})
}

// serveBody is serve that keeps the body of the request.
func serveBody(t *testing.T, body *string, handler http.HandlerFunc) string {
	t.Helper()
	return serveRaw(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		*body = string(text)
		handler(w, r)
	})
}

// Embeddings hold their input alone, and are charged as they say.
func TestEmbeddingsAreHeldForTheirInput(t *testing.T) {
	m := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(40)}})
	client := through(t, middleware.Options{}.Chain(m)...)
	url := serve(t, says(asJSON, responsesText(t, "embeddings/plain.json")))
	for i, want := range []int{200, 200, 200, 200, 402} {
		resp, err := post(t, t.Context(), client, url+"/v1/embeddings", `{"model":"text-embedding-3-small","input":["hi","you"]}`)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("call %d: status %d, want %d", i, resp.StatusCode, want)
		}
	}
	if total := m.Total(); total.Settled.Tokens > 40 || total.Settled.Tokens%8 != 0 || total.Assumed.Tokens != 0 || total.Held.Tokens != 0 {
		t.Errorf("%+v", total)
	}
}
