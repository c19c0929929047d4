package provider_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/gemini"
	"github.com/orchestrate-go/orchestrate/middleware/wire/ollama"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/worker/provider"
	"github.com/orchestrate-go/orchestrate/worker/provider/providertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newClient makes a client with connections of its own, closed at the end of the test.
func newClient(f wire.Format) providertest.NewClient {
	return func(t *testing.T, baseURL, key string) middleware.Client {
		t.Helper()
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		c, err := provider.New(provider.Config{Format: f, BaseURL: baseURL, Key: key, Client: &http.Client{Transport: transport}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func TestHTTP(t *testing.T) {
	for _, f := range append(formats.Chats(), gemini.Format, ollama.Format, openai.Azure(""), openai.Azure("2024-10-21")) {
		t.Run(f.Name(), func(t *testing.T) { providertest.TestClient(t, f, newClient(f)) })
	}
}

func ExampleNew() {
	server := providertest.NewServer()
	defer server.Close()
	server.Always(providertest.Answer{Text: "hello there"})

	client, err := provider.New(provider.Config{Format: anthropic.Format, BaseURL: server.URL(anthropic.Format), Key: "key"})
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := client.Generate(context.Background(), &middleware.Request{
		Model: "claude-haiku-4-5", Messages: wire.Prompt("Say hello"), MaxOutput: 16,
	})
	fmt.Println(resp.Text, resp.Finish, resp.Usage.Output, err)
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	// Output: hello there stop 2 <nil>
}

func TestNewNamesTheFieldThatIsWrong(t *testing.T) {
	const base = "https://api.example.com/v1"
	for name, tt := range map[string]struct {
		config provider.Config
		want   string
	}{
		"format":  {provider.Config{BaseURL: base}, "no format"},
		"empty":   {provider.Config{Format: openai.Format}, "http:// or https://"},
		"scheme":  {provider.Config{Format: openai.Format, BaseURL: "api.example.com/v1"}, "http:// or https://"},
		"garbage": {provider.Config{Format: openai.Format, BaseURL: "http://a b/%zz"}, "no URL"},
		"user":    {provider.Config{Format: openai.Format, BaseURL: "https://u:secret@api.example.com"}, "user or password"},
		"newline": {provider.Config{Format: openai.Format, BaseURL: base, Key: "secret\n"}, "line break"},
	} {
		_, err := provider.New(tt.config)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheBaseURLIsTakenInEverySpelling(t *testing.T) {
	for _, tt := range []struct {
		format     wire.Format
		base, want string
	}{
		{openai.Format, "https://h/v1", "/v1/chat/completions"},
		{openai.Format, "https://h/v1/", "/v1/chat/completions"},
		{openai.Format, "https://h/openai/deployments/d?api-version=2", "/openai/deployments/d/chat/completions?api-version=2"},
		{anthropic.Format, "https://h", "/v1/messages"},
		{anthropic.Format, "https://h/v1", "/v1/messages"},
		{anthropic.Format, "https://h/proxy/v1/", "/proxy/v1/messages"},

		// With the route, as documentation shows it.
		{openai.Format, "https://h/v1/chat/completions", "/v1/chat/completions"},
		{openai.Format, "https://h/v1/chat/completions/", "/v1/chat/completions"},
		{openai.Format, "https://h/chat/completions", "/chat/completions"},
		{openai.Format, "https://h/openai/deployments/d/chat/completions?api-version=2", "/openai/deployments/d/chat/completions?api-version=2"},
		{openai.Format, "https://h/a%2Fb/v1/chat/completions", "/a%2Fb/v1/chat/completions"},
		{openai.Format, "https://h/a%2Fb/v1", "/a%2Fb/v1/chat/completions"},
		{openai.Format, "https://h/v1/xchat/completions", "/v1/xchat/completions/chat/completions"},
		{anthropic.Format, "https://h/v1/messages", "/v1/messages"},
		{anthropic.Format, "https://h/proxy/v1/messages/", "/proxy/v1/messages"},
		{anthropic.Format, "https://h/proxy/messages", "/proxy/messages"},

		// With the model in it.
		{gemini.Format, "https://h", "/v1beta/models/m:generateContent"},
		{gemini.Format, "https://h/v1beta/", "/v1beta/models/m:generateContent"},
		{openai.Azure(""), "https://h", "/openai/v1/chat/completions"},
		{openai.Azure("2"), "https://h", "/openai/deployments/m/chat/completions?api-version=2"},
		{openai.Azure("2"), "https://h/gateway/", "/gateway/openai/deployments/m/chat/completions?api-version=2"},
		{gemini.Format, "https://h/proxy?x=1", "/proxy/v1beta/models/m:generateContent?x=1"},
	} {
		var got string
		client, err := provider.New(provider.Config{Format: tt.format, BaseURL: tt.base, Client: &http.Client{
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				got = r.URL.RequestURI()
				return nil, context.DeadlineExceeded
			}),
		}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Generate(t.Context(), &wire.Request{Model: "m", MaxOutput: 1})
		if got != tt.want {
			t.Errorf("%s %s: %s", tt.format.Name(), tt.base, got)
		}
		// A transport that does not say how far it came may have sent all of it.
		if e := wire.AsError(err); !e.Sent || e.Class != wire.Lost {
			t.Errorf("%+v", e)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTimeoutBoundsTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body, hanging := io.Pipe()
		client, err := provider.New(provider.Config{Format: openai.Format, BaseURL: "http://h", Timeout: time.Minute, Client: &http.Client{
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				context.AfterFunc(r.Context(), func() { hanging.CloseWithError(context.Cause(r.Context())) })
				return &http.Response{StatusCode: 200, Body: body}, nil
			}),
		}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Generate(t.Context(), &wire.Request{Model: "m"})
		if e := wire.AsError(err); e.Class != wire.Lost || !e.Sent || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%+v", e)
		}
	})
}

func TestAConnectionIsUsedAgainAfterAStream(t *testing.T) {
	for _, f := range formats.Chats() {
		server := providertest.NewServer()
		defer server.Close()
		client := newClient(f)(t, server.URL(f), "")
		reused := 0
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
			if c.Reused {
				reused++
			}
		}})
		for range 3 {
			if _, err := client.Generate(ctx, &wire.Request{Model: "m", MaxOutput: 1, OnDelta: func(wire.Delta) {}}); err != nil {
				t.Fatal(err)
			}
		}
		if reused != 2 {
			t.Errorf("%s: the connection was used again %d times of 2", f.Name(), reused)
		}
	}
}

// ending is the body of a stream that is over, or stays open, after its last event.
type ending struct {
	io.Reader
	open   bool
	closed chan struct{}
	ended  bool // the end was read
}

func (e *ending) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if err == io.EOF && e.open {
		<-e.closed
		err = io.ErrClosedPipe
	}
	e.ended = e.ended || err == io.EOF
	return n, err
}

func (e *ending) Close() error {
	select {
	case <-e.closed:
	default:
		close(e.closed)
	}
	return nil
}

func TestTheEndOfAStreamIsReadButNotWaitedFor(t *testing.T) {
	const stream = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
	for _, open := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			body := &ending{Reader: strings.NewReader(stream), open: open, closed: make(chan struct{})}
			client, err := provider.New(provider.Config{Format: openai.Format, BaseURL: "http://h", Client: &http.Client{
				Transport: roundTripper(func(*http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body}, nil
				}),
			}})
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Generate(t.Context(), &wire.Request{Model: "m", OnDelta: func(wire.Delta) {}})
			if err != nil || resp.Text != "Hi" || body.ended == open {
				t.Errorf("open %v: answer %+v, error %v, end read %v", open, resp, err, body.ended)
			}
		})
	}
}

func TestAFailedHandshakeSentNothing(t *testing.T) {
	server := providertest.NewServer()
	defer server.Close()
	secure := strings.Replace(server.URL(openai.Format), "http://", "https://", 1)
	_, err := newClient(openai.Format)(t, secure, "").Generate(t.Context(), &wire.Request{Model: "m"})
	if e := wire.AsError(err); e.Class != wire.Unreachable || e.Sent || !e.Unbilled() || server.Calls() != 0 {
		t.Errorf("%+v", e)
	}
}

func TestTheClientNeverShowsItsKey(t *testing.T) {
	client, err := provider.New(provider.Config{Format: openai.Format, BaseURL: "https://h/v1", Key: providertest.Key})
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%s"} {
		if s := fmt.Sprintf(verb, client); s != "openai at h" {
			t.Errorf("%s: %s", verb, s)
		}
	}
}

// What an answer names goes into books and logs: a key that is said back there must not.
func TestAnAnswerThatSaysTheKeyBackIsEmptied(t *testing.T) {
	const key = "sk-said-back"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-request-id", "req-"+key)
		fmt.Fprintf(w, `{"model":"m-%[1]s","choices":[{"message":{"content":"hello"},"finish_reason":"%[1]s"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`, key)
	}))
	defer server.Close()
	client, err := provider.New(provider.Config{Format: openai.Format, BaseURL: server.URL, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Generate(t.Context(), &wire.Request{Model: "m", Messages: wire.Prompt("hi")})
	if err != nil || resp.Text != "hello" {
		t.Fatal(resp, err)
	}
	if all := fmt.Sprint(resp.Model, resp.Finish, resp.RequestID); strings.Contains(all, key) {
		t.Errorf("the answer holds the key: %s", all)
	}
}

func TestA404NamesTheAddressThatWasAsked(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	const key = "sk-0123456789abcdef"
	for base, want := range map[string]string{
		"/v2?api-version=7&key=" + key: server.URL + "/v2/chat/completions",
		"/" + key + "/v1":              server.URL, // a path that holds the key is not shown
	} {
		client, err := provider.New(provider.Config{Format: openai.Format, BaseURL: server.URL + base, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Generate(t.Context(), &wire.Request{Model: "m", Messages: wire.Prompt("hi"), MaxOutput: 1})
		if e := wire.AsError(err); e.Message != "404 page not found; asked was "+want {
			t.Errorf("%s: %q", base, e.Message)
		}
	}
}

func TestA405NamesTheAddressThatWasAsked(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) }))
	defer server.Close()
	client, err := provider.New(provider.Config{Format: openai.Format, BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Generate(t.Context(), &wire.Request{Model: "m", Messages: wire.Prompt("hi"), MaxOutput: 1})
	if e := wire.AsError(err); e.Message != "asked was "+server.URL+"/chat/completions" {
		t.Errorf("%q", e.Message)
	}
}

// Headers and parameters can carry a secret, too.
func TestSecretsBesideTheKeyAreTakenOut(t *testing.T) {
	const token, parameter = "tok-8h2k9f7d6s5a4q3w", "par-1z2x3c4v5b6n7m8k"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no: "+r.Header.Get("X-Gateway-Token")+r.Header.Get("X-Shown")+r.URL.Query().Get("api_key"), 400)
	}))
	defer server.Close()
	for name, value := range map[string]string{"X-Gateway-Token": token, "X-Shown": "the shown value"} {
		client, err := provider.New(provider.Config{Format: openai.Format, BaseURL: server.URL + "/v1?api_key=" + parameter, Header: map[string]string{name: value}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Generate(t.Context(), &wire.Request{Model: "m", MaxOutput: 1})
		if text := err.Error(); strings.Contains(text, token) || strings.Contains(text, parameter) {
			t.Errorf("%s: %s", name, text)
		}
	}
}
