package sdks

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// scene is what the provider does with the calls of one case.
type scene struct {
	shape   string // see shapes
	variant string // see variants
}

// provider plays every format. It counts what it billed, and hashes what it wrote.
type provider struct {
	*httptest.Server
	mu       sync.Mutex
	scene    scene
	failed   bool // the first call of a shape that fails has been
	requests int
	billed   int64
	bodies   []string // the sums of the bodies of answers with status 200, without what the door leaves out
	gzipped  bool
}

func newProvider(t *testing.T) *provider {
	p := new(provider)
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// begin starts a case.
func (p *provider) begin(s scene) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scene, p.failed, p.requests, p.billed, p.bodies, p.gzipped = s, false, 0, 0, nil, false
}

// told is what the case came to.
func (p *provider) told() (requests int, billed int64, bodies []string, gzipped bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests, p.billed, append([]string(nil), p.bodies...), p.gzipped
}

// routes leads from the end of a path to the format and whether it is a stream by its path.
var routes = []struct {
	end, format string
	stream      bool
}{
	{"/chat/completions", "chat", false}, {"/responses", "responses", false}, {"/embeddings", "embeddings", false}, {"/messages", "messages", false},
	{":generateContent", "gemini", false}, {":streamGenerateContent", "gemini", true}, {":batchEmbedContents", "geminiEmbed", false},
	{":embedContent", "geminiEmbed", false}, {"/api/chat", "ollama", false}, {"/api/embed", "ollamaEmbed", false},
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var asked struct {
		Model         string
		Stream        *bool
		StreamOptions *struct {
			IncludeUsage bool `json:"include_usage"`
		} `json:"stream_options"`
	}
	_ = json.Unmarshal(body, &asked)
	p.mu.Lock()
	s := p.scene
	first := !p.failed
	p.failed = true
	p.requests++
	p.mu.Unlock()
	a := answer{model: asked.Model, cached: s.shape == "cached"}
	stream := asked.Stream != nil && *asked.Stream
	for _, route := range routes {
		if strings.HasSuffix(r.URL.Path, route.end) {
			a.format, stream = route.format, stream || route.stream
		}
	}
	if a.format == "ollama" && asked.Stream == nil {
		stream = true // its default
	}
	if a.format == "" {
		http.Error(w, `{"error":{"message":"not here"}}`, http.StatusNotFound)
		return
	}
	if status := map[string]int{"429": 429, "503": 503}[s.shape]; status != 0 && first {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(failure(a.format).data)
		return
	}
	a.call = strings.HasPrefix(s.shape, "tools") && !strings.Contains(string(body), "the tool said")
	a.withChoices, a.azure = s.variant == "usage with choices", s.variant == "azure"
	if s.variant == "200 KB event" {
		a.pad = strings.Repeat("0123456789", 20_000)
	}
	p.mu.Lock()
	p.billed += input
	if !strings.HasSuffix(strings.ToLower(a.format), "embed") && a.format != "embeddings" {
		p.billed += output
	}
	p.mu.Unlock()
	o := out{w: w, small: s.variant == "fragmented"}
	if s.variant == "gzip" && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		o.zip = gzip.NewWriter(w)
		p.mu.Lock()
		p.gzipped = true
		p.mu.Unlock()
	}
	if stream {
		p.stream(&o, r, a, s)
	} else {
		w.Header().Set("Content-Type", "application/json")
		text, _ := json.Marshal(a.plain())
		if s.variant == "cut" {
			w.Header().Set("Content-Length", "100000")
			o.write(string(text[:len(text)/2]))
			panic(http.ErrAbortHandler)
		}
		o.write(string(text))
	}
	o.close()
	sum := sha256.Sum256(o.seen.Bytes())
	p.mu.Lock()
	p.bodies = append(p.bodies, hex.EncodeToString(sum[:]))
	p.mu.Unlock()
}

// stream writes the events of an answer, until the case ends it.
func (p *provider) stream(o *out, r *http.Request, a answer, s scene) {
	newline := "\n"
	if s.variant == "CRLF" {
		newline = "\r\n"
	}
	kind := "text/event-stream"
	if a.format == "ollama" {
		kind = "application/x-ndjson"
	}
	o.w.Header().Set("Content-Type", kind)
	o.write("") // the headers
	events := a.stream()
	// Text was delivered in the first half of each stream.
	middle := map[string]int{"chat": 1, "responses": 4, "messages": 3, "gemini": 1, "ollama": 1}[a.format]
	for i, e := range events {
		if s.variant == "comments" {
			o.write(": keep-alive" + newline + newline)
		}
		if i == middle {
			switch {
			case s.shape == "cancel":
				select {
				case <-r.Context().Done():
				case <-time.After(10 * time.Second):
				}
				panic(http.ErrAbortHandler)
			case s.variant == "cut":
				panic(http.ErrAbortHandler)
			case s.variant == "error event":
				o.write(failure(a.format).render(a.format, newline))
				return
			}
		}
		o.hidden = e.ours && s.variant == "usage unasked"
		o.write(e.render(a.format, newline))
		o.hidden = false
	}
	if a.format == "chat" {
		o.write("data: [DONE]" + newline + newline)
	}
}

// out writes an answer, in pieces of 7 bytes if small, and keeps what a client has to see.
type out struct {
	w      http.ResponseWriter
	zip    *gzip.Writer
	small  bool
	hidden bool
	seen   bytes.Buffer
}

func (o *out) write(text string) {
	if !o.hidden {
		o.seen.WriteString(text)
	}
	step := max(len(text), 1)
	if o.small {
		step = 7
	}
	for first := true; first || text != ""; first = false {
		n := min(step, len(text))
		if o.zip != nil {
			_, _ = io.WriteString(o.zip, text[:n])
			_ = o.zip.Flush()
		} else {
			_, _ = io.WriteString(o.w, text[:n])
		}
		if f, ok := o.w.(http.Flusher); ok {
			f.Flush()
		}
		text = text[n:]
	}
}

func (o *out) close() {
	if o.zip != nil {
		_ = o.zip.Close()
	}
}
