package middleware_test

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware"
)

// The routes that a request can take: free is sent as it is, metered goes through the chain, refused is an error.
const (
	isFree    = "free"
	isMetered = "metered"
	isRefused = "refused"
)

// routes are the first lines of requests with "|" before each header, and a body after "||".
var routes = []struct{ raw, want string }{
	// Metered, by the end of the path.
	{"POST /v1/chat/completions||", isMetered},
	{"POST /chat/completions||", isMetered},
	{"POST /openai/v1/chat/completions||", isMetered},
	{"POST /api/v1/chat/completions||", isMetered},
	{"POST /api/paas/v4/chat/completions||", isMetered},
	{"POST /v1beta/openai/chat/completions||", isMetered},
	{"POST /openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21||", isMetered},
	{"POST /v1/chat/completions/||", isMetered},
	{"POST /v1/messages||", isMetered},
	{"POST /messages||", isMetered},
	{"POST /v1/messages/||", isMetered},
	{"POST /anthropic/v1/messages?beta=true||", isMetered},
	{"POST /v1/responses/x/messages||", isMetered}, // by its end, whatever it is
	{"POST /v1/responses||", isMetered},
	{"POST /responses/||", isMetered},
	{"POST /openai/v1/responses||", isMetered},
	{"POST /openai/responses?api-version=2025-04-01-preview||", isMetered},
	{"POST /v1/embeddings||", isMetered},
	{"POST /openai/deployments/e/embeddings?api-version=2024-10-21||", isMetered},

	{"POST /v1beta/models/gemini-2.5-flash:generateContent||{}", isMetered},
	{"POST /v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&key=k||{}", isMetered},
	{"POST /v1beta/models/gemini-2.5-flash:streamGenerateContent||{}", isMetered},
	{"POST /v1/models/gemini-embedding-001:embedContent||{}", isMetered},
	{"POST /v1beta/models/gemini-embedding-001:batchEmbedContents||{}", isMetered},
	{"POST /v1/projects/p/locations/global/publishers/google/models/gemini-2.5-pro@001:generateContent||{}", isMetered},
	{"POST /v1beta/tunedModels/t-1:generateContent||{}", isMetered},

	{"POST /api/chat||", isMetered},
	{"POST /ollama/api/generate||", isMetered},
	{"POST /api/embed||", isMetered},

	// Free: an exact list.
	{"POST /v1beta/models/gemini-2.5-flash:countTokens||", isFree},
	{"POST /v1/models/gemini-2.5-flash:countTokens?key=k||", isFree},
	{"GET /v1beta/models/gemini-2.5-flash", isFree},
	{"POST /v1/messages/count_tokens||", isFree},
	{"POST /v1/messages/count_tokens?beta=true||", isFree},
	{"POST /anthropic/v1/messages/count_tokens||", isFree},
	{"POST /v1/responses/input_tokens||", isFree},
	{"POST /tokenize||", isFree},
	{"POST /v1/tokenize||", isFree},
	{"POST /detokenize||", isFree},
	{"DELETE /v1/files/file-1", isFree},
	{"DELETE /v1/responses/resp_1", isFree},
	{"DELETE /v1/messages/batches/b1", isFree},

	// Free: what only reads.
	{"GET /v1/models", isFree},
	{"GET /v1/responses/resp_1", isFree},
	{"GET /v1/models/", isFree},
	{"GET /v1/models/gpt-4o", isFree},
	{"GET /v1/models/llama3.2%3Alatest", isFree},
	{"GET /v1/files/file-1/content", isFree},
	{"GET /v1/chat/completions?limit=20&metadata%5Ba%5D=b", isFree},
	{"GET /", isFree},
	{"HEAD /v1/models", isFree},

	// Free no longer: a free end under any path.
	{"POST /v1/responses/x/models||", isRefused},
	{"POST /models||", isRefused},
	{"POST /v1/models||", isRefused},
	{"POST /v1/responses/messages/count_tokens||", isRefused},
	{"POST /evil/tokenize||", isRefused},
	{"POST /v1/completions/tokenize||", isRefused},
	{"POST /tokenize/||", isRefused},
	{"POST /v1/messages/count_tokens/||", isRefused},
	{"POST /V1/messages/count_tokens||", isRefused},
	{"POST /Tokenize||", isRefused},
	{"POST /tokenize.||", isRefused},
	{"POST /tokenize;x=y||", isRefused},
	{"DELETE /v1/files/", isRefused},
	{"DELETE /v1/files/a/b", isRefused},
	{"DELETE /v1/chat/completions", isRefused},
	{"DELETE /v1/assistants/a", isRefused},

	// Paths that servers read differently.
	{"POST /v1/responses%2Fmodels||", isRefused},
	{"POST /v1/responses%2fx/chat/completions||", isRefused},
	{"POST /v1/responses%3F/chat/completions||", isRefused},
	{"POST /v1/responses%23/chat/completions||", isRefused},
	{"POST /v1/responses%3b/chat/completions||", isRefused},
	{"POST /v1/responses;/chat/completions||", isRefused},
	{"POST /v1/responses%5Cx/chat/completions||", isRefused},
	{"POST /v1/responses%252fx/chat/completions||", isRefused},
	{"POST /v1/responses%25252Fx/chat/completions||", isRefused},
	{"POST /v1/responses%00/chat/completions||", isRefused},
	{"POST /v1/responses%20/chat/completions||", isRefused},
	{"POST /v1/responses%c0%af/chat/completions||", isRefused},
	{"POST /v1/responses%EF%BC%8Fx/chat/completions||", isRefused},
	{"POST /v1//chat/completions||", isRefused},
	{"POST /v1/./chat/completions||", isRefused},
	{"POST /v1/x/../chat/completions||", isRefused},
	{"POST /v1/x/%2e%2e/chat/completions||", isRefused},
	{"POST /v1/chat/completions/..||", isRefused},
	{"POST /v1/chat/completions//||", isRefused},
	{"POST /v1/chat/completions.||", isRefused},
	{"POST /v1/chat%2fcompletions||", isRefused},
	{"GET /v1/chat%2Fcompletions", isRefused},
	{"GET /v1/models%2F..%2Fresponses", isRefused},
	{"GET /v1/models%3F", isRefused},
	{"GET /v1/models%23", isRefused},
	{"GET /v1/models;x", isRefused},
	{"GET //v1/models", isRefused},

	// Gemini's methods that nobody reads, and models that servers read differently.
	{"POST /v1beta/models/gemini-2.5-flash:GenerateContent||", isRefused},
	{"POST /v1beta/models/gemini-2.5-flash%3AgenerateContent||", isRefused},
	{"POST /v1beta/models/gemini%2D2.5-flash:generateContent||", isRefused},
	{"POST /v1beta/models/gemini-2.5-flash:generateContent?alt=proto||", isRefused},
	{"POST /v1beta/models/gemini-2.5-flash:generateContent?$httpMethod=PUT||", isRefused},
	{"POST /v1beta/models/gemini-2.5-flash:batchGenerateContent||", isRefused},
	{"POST /v1beta/models/gemini-2.5-flash:bidiGenerateContent||", isRefused},
	{"POST /v1beta/models/imagen-4:predict||", isRefused},
	{"POST /v1/projects/p/locations/l/publishers/anthropic/models/claude:rawPredict||", isRefused},
	{"POST /v1internal:generateContent||", isRefused},
	{"POST /v1beta/models/:generateContent||", isRefused},
	{"POST /gw/v1beta/models/m:countTokens||", isRefused},
	{"POST /v1beta/models/a/b:countTokens||", isRefused},
	{"POST /v1beta/interactions||", isRefused},
	{"POST /v1beta/cachedContents||", isRefused},
	{"GET /v1beta/models/gemini-2.5-flash:generateContent||", isRefused},

	// Ollama's calls that run no prompt, and one in capitals.
	{"POST /api/pull||", isRefused},
	{"POST /api/Chat||", isRefused},
	{"DELETE /api/delete", isRefused},
	{"GET /api/tags", isFree},

	// Routes and methods that nobody meters.
	{"POST /v1/Chat/Completions||", isRefused},
	{"POST /v1/CHAT/COMPLETIONS||", isRefused},
	{"POST /v1/responses/compact||", isRefused},
	{"POST /v1/responses/resp_1/cancel||", isRefused},
	{"POST /v1/Responses||", isRefused},
	{"POST /v1/completions||", isRefused},
	{"POST /v1/messages/batches||", isRefused},
	{"PUT /v1/chat/completions||", isRefused},
	{"PATCH /v1/chat/completions||", isRefused},
	{"OPTIONS /v1/chat/completions", isRefused},
	{"CONNECT /v1/chat/completions", isRefused},
	{"post /v1/chat/completions||", isRefused},
	{"GET /v1/chat/completions||", isRefused},
	{"HEAD /v1/models||", isRefused},
	{"GET /v1/messages||", isRefused},
	{"DELETE /v1/chat/completions||", isRefused},
	{"DELETE /v1/files/file-1||", isRefused},

	// Methods and paths that something else overrides.
	{"GET /v1/chat/completions|X-HTTP-Method-Override: POST", isRefused},
	{"GET /v1/models|X-HTTP-Method: POST", isRefused},
	{"GET /v1/models|X-Method-Override: POST", isRefused},
	{"GET /v1/models|x_http_method_override: POST", isRefused},
	{"GET /v1/models?_method=POST", isRefused},
	{"GET /v1/models?%5Fmethod=POST", isRefused},
	{"GET /v1/models?a=b&_METHOD=post", isRefused},
	{"GET /v1/models?a;_method=POST", isRefused},
	{"GET /v1/models?a=%zz", isRefused},
	{"GET /v1/models|X-Original-URL: /v1/responses", isRefused},
	{"POST /v1/chat/completions|X-Rewrite-Url: /v1/responses||", isRefused},
	{"POST /v1/chat/completions|X-HTTP-Method-Override: PUT||", isRefused},
	{"POST /tokenize|X-HTTP-Method-Override: PUT||", isRefused},
	{"DELETE /v1/files/f|X-HTTP-Method-Override: POST", isRefused},
	{"GET /v1/chat/completions|Connection: Upgrade|Upgrade: websocket", isRefused},
	{"POST /v1/chat/completions|Upgrade: h2c||", isRefused},
	{"GET /v1/models|HTTP2-Settings: AAMAAABkAAQAAP__", isRefused},
}

// rawRequest reads a request as a server would, for a client to send.
func rawRequest(t testing.TB, raw string) *http.Request {
	t.Helper()
	head, body, hasBody := strings.Cut(raw, "||")
	lines := strings.Split(head, "|")
	lines[0] += " HTTP/1.1"
	text := strings.Join(append(lines, "Host: h"), "\r\n") + "\r\n\r\n"
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Skip(err)
	}
	req.RequestURI, req.URL.Scheme, req.URL.Host, req.Body = "", "http", "h", nil
	if hasBody {
		req.Body = io.NopCloser(strings.NewReader(cmp.Or(body, ask)))
	}
	return req
}

// taken sends a request through a door and says which way it took.
func taken(t testing.TB, req *http.Request) string {
	t.Helper()
	way := isRefused
	door := middleware.Transport(
		roundTripper(func(*http.Request) (*http.Response, error) {
			way = isFree
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		}),
		func(middleware.Client) middleware.Client {
			return middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
				way = isMetered
				return nil, errors.New("no more")
			})
		})
	resp, err := door.RoundTrip(req)
	if err == nil {
		resp.Body.Close()
	}
	if (err == nil) != (way == isFree) {
		t.Errorf("%s: error %v", way, err)
	}
	return way
}

func TestWhatIsFreeIsAnExactList(t *testing.T) {
	for _, tt := range routes {
		t.Run(tt.raw, func(t *testing.T) {
			if got := taken(t, rawRequest(t, tt.raw)); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
	opaque := rawRequest(t, "POST /tokenize||")
	opaque.URL = &url.URL{Scheme: "http", Host: "h", Path: "/tokenize", Opaque: "//h/v1/responses"}
	if got := taken(t, opaque); got != isRefused {
		t.Errorf("an opaque address: %s", got)
	}
}

// FuzzRoutes looks for requests that are free and could cost something.
func FuzzRoutes(f *testing.F) {
	for _, tt := range routes {
		f.Add(tt.raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if strings.ContainsAny(raw, "\r\n") {
			t.Skip("more lines than the first")
		}
		req := rawRequest(t, raw)
		if taken(t, req) != isFree {
			return
		}
		target := req.URL.RequestURI()
		path, _, _ := strings.Cut(target, "?")
		if req.Body != nil && req.Method != http.MethodPost {
			t.Errorf("%s has a body", req.Method)
		}
		if strings.ContainsAny(path, `;\#`) || strings.Contains(path, "//") || strings.Contains(path, "/.") && strings.Contains(path, "./") ||
			strings.Contains(strings.ToLower(path), "%2f") || strings.Contains(path, "%25") {
			t.Errorf("free: %q", path)
		}
		small := strings.TrimSuffix(path, ":countTokens") // the one name with a capital
		if req.Method == http.MethodPost && (small != strings.ToLower(small) || strings.HasSuffix(path, "/") || strings.Contains(path, "%")) {
			t.Errorf("free: POST %q", path)
		}
	})
}
