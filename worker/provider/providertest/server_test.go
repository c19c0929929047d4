package providertest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/worker/provider"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func Example() {
	server := providertest.NewServer()
	defer server.Close()
	server.Script(func(n int, r *wire.Request) providertest.Answer {
		if n == 1 {
			return providertest.Answer{Status: 529}
		}
		return providertest.Answer{Text: "one two three"}
	})
	client, _ := provider.New(provider.Config{Format: anthropic.Format, BaseURL: server.URL(anthropic.Format)})
	ask := func(limit int64) (*middleware.Response, error) {
		return client.Generate(context.Background(), &middleware.Request{
			Model: "claude-haiku-4-5", Messages: wire.Prompt("Count"), MaxOutput: limit,
		})
	}
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()

	_, err := ask(100)
	fmt.Println(err)
	resp, _ := ask(100)
	fmt.Println(resp.Text, resp.Finish, resp.Usage.Output)
	resp, _ = ask(2)
	fmt.Println(resp.Text, resp.Finish, resp.Usage.Output)
	fmt.Println(server.Calls(), "calls")
	// Output:
	// provider: server (status 529, overloaded_error)
	// one two three stop 3
	// one two  length 2
	// 3 calls
}

func TestServerKeepsWhatReachedIt(t *testing.T) {
	server := providertest.NewServer()
	defer server.Close()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	post := func(path, body string) int {
		resp, err := http.Post(server.URL(anthropic.Format)+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	for _, tt := range []struct {
		path, body string
		status     int
	}{
		{"/v1/messages/count_tokens", `{"model":"m"}`, 200},
		{"/v1/messages", `{"model":"m","max_tokens":3}`, 200},
		{"/v1/messages", `{`, 400},
		{"/v1/chat/completions", `{"model":"m"}`, 200},
		{"/v1/embeddings", `{}`, 404},
	} {
		if got := post(tt.path, tt.body); got != tt.status {
			t.Errorf("%s %s: status %d, want %d", tt.path, tt.body, got, tt.status)
		}
	}
	seen := server.Requests()
	if len(seen) != 4 || seen[0].Path != "/v1/messages/count_tokens" || seen[1].Body != `{"model":"m","max_tokens":3}` || server.Calls() != 2 {
		t.Errorf("%d calls among %+v", server.Calls(), seen)
	}
	server.RequireKey("k")
	if got := post("/v1/messages", `{"model":"m"}`); got != 401 {
		t.Errorf("without the key: status %d", got)
	}
}

func TestCloseEndsWhatHangs(t *testing.T) {
	for name, answer := range map[string]providertest.Answer{
		"hang":    {Fault: providertest.HangBeforeHeaders},
		"latency": {Latency: time.Hour},
	} {
		server := providertest.NewServer()
		reached := make(chan bool)
		server.Script(func(int, *wire.Request) providertest.Answer {
			close(reached)
			return answer
		})
		failed := make(chan error)
		go func() {
			resp, err := http.Post(server.URL(openai.Format)+"/chat/completions", "application/json", strings.NewReader(`{"model":"m"}`))
			if err == nil {
				resp.Body.Close()
			}
			failed <- err
		}()
		<-reached
		server.Close()
		if err := <-failed; err == nil {
			t.Errorf("%s: a call was answered by a server that closed", name)
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}
