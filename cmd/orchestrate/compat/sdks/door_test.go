package sdks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
)

// env is what an SDK is given, and what it shall do.
type env struct {
	http          *http.Client
	base, variant string
	stream, tools bool
	heard         func() // after the first text of a stream
}

// prompt has more tokens than are billed for, so that a hold covers it.
var prompt = strings.Repeat("Look. ", 200)

var goClients = []struct {
	client
	call func(context.Context, env) (string, error)
}{
	{client{name: "go openai", format: "chat"}, openaiChat},
	{client{name: "go openai responses", format: "responses"}, openaiResponses},
	{client{name: "go openai embeddings", format: "embeddings", embeds: true}, openaiEmbeddings},
	{client{name: "go anthropic", format: "messages"}, anthropicMessages},
	{client{name: "go genai", format: "gemini"}, genaiGenerate},
	{client{name: "go genai embeddings", format: "geminiEmbed", embeds: true}, genaiEmbed},
	{client{name: "go ollama", format: "ollama"}, ollamaChat},
	{client{name: "go ollama embeddings", format: "ollamaEmbed", embeds: true}, ollamaEmbed},
}

// Each Go SDK with its http.Client's transport replaced by the door.
func TestGo(t *testing.T) {
	p := newProvider(t)
	p.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	for _, c := range goClients {
		for _, s := range c.scenes() {
			t.Run(c.name+", "+s.shape+", "+s.variant, func(t *testing.T) {
				p.begin(s)
				wrong := judge(p, s, throughDoor(t, p, c.call, s))
				found.add(c.name, s, wrong)
				if wrong != "" {
					t.Error(wrong)
				}
			})
		}
	}
}

func throughDoor(t *testing.T, p *provider, call func(context.Context, env) (string, error), s scene) (got seen) {
	m := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(1_000_000)}})
	base := http.DefaultTransport.(*http.Transport).Clone()
	defer base.CloseIdleConnections()
	options := middleware.Options{Logger: slog.New(slog.DiscardHandler)}
	tap := &tap{base: middleware.Transport(base, options.Chain(m)...)}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	e := env{http: &http.Client{Transport: tap}, base: p.URL, variant: s.variant, stream: streams(s.shape),
		tools: s.shape == "tools" || s.shape == "tools stream", heard: func() {}}
	if s.shape == "cancel" {
		e.heard = cancel
	}
	text, err := call(ctx, e)
	got.text = text
	if err != nil {
		got.err = err.Error()
	}
	for wait := time.Now().Add(5 * time.Second); m.Total().Held.Tokens != 0 && time.Now().Before(wait); {
		time.Sleep(time.Millisecond) // a client that leaves does not wait for its booking
	}
	got.settled, got.held, got.sums = m.Total().Settled.Tokens, m.Total().Held.Tokens, tap.all()
	return got
}

// tap sums what a client reads, to the end.
type tap struct {
	base http.RoundTripper
	mu   sync.Mutex
	sums []string
}

func (p *tap) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.sums...)
}

func (p *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := p.base.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusOK {
		resp.Body = &tapped{ReadCloser: resp.Body, sum: sha256.New(), tap: p}
	}
	return resp, err
}

type tapped struct {
	io.ReadCloser
	sum  hash.Hash
	tap  *tap
	once sync.Once
}

func (b *tapped) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.sum.Write(p[:n])
	return n, err
}

func (b *tapped) Close() error {
	b.once.Do(func() {
		_, _ = io.Copy(b.sum, b.ReadCloser) // what the client left
		b.tap.mu.Lock()
		defer b.tap.mu.Unlock()
		b.tap.sums = append(b.tap.sums, hex.EncodeToString(b.sum.Sum(nil)))
	})
	return b.ReadCloser.Close()
}
