package hostile

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

// connect returns the scene's address, a transport of its own, and what ends both.
func (s *scene) connect() (address string, transport *http.Transport, end func(), err error) {
	transport = &http.Transport{DisableKeepAlives: !s.keep && !s.http2}
	if !s.http2 {
		return s.server.url + "/" + s.id, transport, transport.CloseIdleConnections, nil
	}
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetUnencryptedHTTP2(true)
	url, hangUp, err := s.server.listen(s.serve2)
	return url + "/" + s.id, transport, func() { hangUp(); transport.CloseIdleConnections() }, err
}

// callProvider makes the call with the client of package provider.
func callProvider(ctx context.Context, s *scene) error {
	address, transport, end, err := s.connect()
	if err != nil {
		return err
	}
	defer end()
	client, err := provider.New(provider.Config{
		Format: s.tongue.format, BaseURL: address + "/v1", Key: secretKey, Client: &http.Client{Transport: transport},
	})
	if err != nil {
		return err
	}
	r := &wire.Request{
		Model: cmp.Or(s.ask.model, s.tongue.model), Messages: wire.Prompt(secretPrompt), MaxOutput: outputCap, Choices: s.ask.choices,
	}
	if s.stream {
		r.OnDelta = func(wire.Delta) {}
	}
	resp, err := middleware.Chain(client, s.middlewares()...).Generate(ctx, r)
	if err == nil {
		s.named(resp)
	}
	return err
}

// named looks at what an answer names itself: all but what the model said.
func (s *scene) named(r *middleware.Response) {
	names := *r
	names.Text, names.ToolCalls, names.Reasoning, names.Refusal, names.Logprobs, names.Choices = "", nil, "", "", nil, nil
	for _, c := range r.All() {
		names.Finish += c.Finish
	}
	text, _ := json.Marshal(names)
	s.discreet("the answer", string(text))
}

// callDoor makes the call as a foreign client would, through the door.
func callDoor(ctx context.Context, s *scene) error {
	address, transport, end, err := s.connect()
	if err != nil {
		return err
	}
	defer end()
	body := map[string]any{
		"model": cmp.Or(s.ask.model, s.tongue.model), "max_tokens": outputCap,
		"messages": []any{map[string]string{"role": "user", "content": secretPrompt}},
	}
	if s.stream {
		body["stream"] = true
	}
	if s.ask.choices > 0 {
		body["n"] = s.ask.choices
	}
	if s.ask.tier != "" {
		body["service_tier"] = s.ask.tier
	}
	path := "/v1/chat/completions"
	switch {
	case s.tongue == claude:
		path = "/v1/messages"
	case s.tongue == answers:
		path = "/v1/responses"
		body["input"], body["max_output_tokens"] = body["messages"], body["max_tokens"]
		delete(body, "messages")
		delete(body, "max_tokens")
	case s.tongue == llama:
		path = "/api/chat"
		body["stream"], body["options"] = s.stream, map[string]int{"num_predict": outputCap}
		delete(body, "max_tokens")
	case s.tongue.route != nil:
		path = s.tongue.route(s.stream)
		body = map[string]any{
			"serviceTier":      s.ask.tier,
			"generationConfig": map[string]any{"maxOutputTokens": outputCap},
			"contents":         []any{map[string]any{"role": "user", "parts": []any{map[string]string{"text": secretPrompt}}}},
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	for name, value := range s.tongue.format.Header(secretKey) {
		req.Header.Set(name, value)
	}
	resp, err := middleware.Transport(transport, s.middlewares()...).RoundTrip(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}
