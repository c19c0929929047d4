package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/serve"
)

// events is how many pieces a streamed answer has.
const events = 22

// role is what this program does where it is started again: one server, whose address is its first line.
func role(name, upstream string, delay time.Duration) error {
	handlers := map[string]func() (http.Handler, error){
		"upstream": func() (http.Handler, error) { return provider(delay), nil },
		"control":  func() (http.Handler, error) { return control(upstream), nil },
		"bare":     func() (http.Handler, error) { return bare(upstream) },
		"memory":   func() (http.Handler, error) { return memory(upstream) },
	}
	handler, err := handlers[name]()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("listening: http://" + l.Addr().String())
	return (&http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}).Serve(l)
}

// provider answers after a delay, with 22 pieces where a stream is asked for.
func provider(delay time.Duration) http.Handler {
	const usage = `"usage":{"prompt_tokens":9,"completion_tokens":22}`
	var stream bytes.Buffer
	for i := range events {
		fmt.Fprintf(&stream, "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1764000000,\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word%d\"},\"finish_reason\":null}]}\n\n", i)
	}
	pieces := bytes.SplitAfter(stream.Bytes(), []byte("\n\n"))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		time.Sleep(delay)
		if !bytes.Contains(body, []byte(`"stream":true`)) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"id":"c1","object":"chat.completion","created":1764000000,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"Hello there, how are you today?"},"finish_reason":"stop"}],%s}`, usage)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for _, piece := range pieces {
			_, _ = w.Write(piece)
			_ = http.NewResponseController(w).Flush()
		}
		fmt.Fprintf(w, "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"id\":\"c1\",\"choices\":[],%s}\n\ndata: [DONE]\n\n", usage)
	})
}

func connections() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxIdleConns, t.DisableCompression = 256, 1024, true
	return t
}

// control is what any proxy has to do: net/http's server and client, and bytes from one to the other.
func control(upstream string) http.Handler {
	client := connections()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), r.Method, upstream+r.URL.Path, r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		req.Header, req.ContentLength = r.Header, r.ContentLength
		resp, err := client.RoundTrip(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		for name, values := range resp.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.StatusCode)
		flush := http.NewResponseController(w)
		buf := make([]byte, 32<<10)
		for {
			n, err := resp.Body.Read(buf)
			if n > 0 {
				_, _ = w.Write(buf[:n])
				_ = flush.Flush()
			}
			if err != nil {
				return
			}
		}
	})
}

// bare is net/http/httputil's proxy.
func bare(upstream string) (http.Handler, error) {
	base, err := url.Parse(upstream)
	if err != nil {
		return nil, err
	}
	return &httputil.ReverseProxy{
		FlushInterval: -1, Transport: connections(), ErrorLog: log.New(os.Stderr, "bare: ", 0),
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(base) },
	}, nil
}

// memory is the proxy of this project on books in memory.
func memory(upstream string) (http.Handler, error) {
	base, err := url.Parse(upstream + "/v1")
	if err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	m := budget.New(budget.Config{Logger: quiet, Limits: budget.Limits{budget.Total: budget.TokenLimit(1 << 50)}})
	options := middleware.Options{Logger: quiet}
	return serve.New(serve.Config{
		Backends: map[string]serve.Backend{"openai": {
			Base: base, Sign: serve.Headers(map[string]string{"Authorization": "Bearer sk-0123456789abcdef"}),
			Door: middleware.NewTransport(middleware.TransportOptions{
				Base: serve.Upstream(time.Minute, time.Minute), Chain: options.Chain(m), Answer: middleware.AnswerNone,
			}),
		}},
		Local: true, Logger: quiet,
	})
}
