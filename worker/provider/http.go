// Package provider has the model clients: thin ones over net/http for every format of package wire, and a
// simulator that needs no network.
//
//	client, err := provider.New(provider.Config{
//		Format:  openai.Format,
//		BaseURL: "https://api.openai.com/v1",
//		Key:     os.Getenv("OPENAI_API_KEY"),
//	})
//	...
//	resp, err := client.Generate(ctx, &middleware.Request{Model: "gpt-4o-mini", Messages: wire.Prompt("Say hello")})
//
// A client makes one attempt. Budgets, retries and rates are middlewares around it.
package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/headers"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
)

// Config says where a provider is and how to speak to it.
type Config struct {
	Format wire.Format

	// BaseURL is what the format's path is added to, unless it ends in it: "https://api.openai.com/v1" or
	// "https://api.anthropic.com". A query (Azure's api-version) is kept.
	BaseURL string

	// Key is sent in the format's header for it and appears nowhere else. Empty sends none.
	Key string

	// Keys, if not nil, has the key instead. A call that is refused with a 401 is made once more where Keys then has another: a
	// provider bills no such call.
	Keys Keys

	// Header is sent with every request, over the format's own headers.
	Header map[string]string

	// Timeout bounds each attempt, the answer's body included. 0 leaves that to the context.
	Timeout time.Duration

	// Client makes the connections; nil is one of its own with net/http's defaults. Its Timeout and
	// CheckRedirect are not used: the first would cut streams, and a redirect is an error because
	// following it would carry the key elsewhere.
	Client *http.Client
}

// HTTP is a [middleware.Client] over net/http. It is safe for concurrent use.
type HTTP struct {
	config  Config
	url     string
	secrets []string // what no error and no book may hold
	header  http.Header
	client  http.Client
	shy     shy
}

// New returns a client, or an error that says which field of c is wrong.
func New(c Config) (*HTTP, error) {
	if c.Format == nil {
		return nil, errors.New("provider: no format")
	}
	address, err := endpoint(c.BaseURL, c.Format.Path())
	if err != nil {
		return nil, err
	}
	if err := wrongKey(c.Key); err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	p := &HTTP{config: c, url: address, header: make(http.Header)}
	for _, set := range []map[string]string{c.Format.Header(c.Key), c.Header} {
		for name, value := range set {
			p.header.Set(name, value)
		}
	}
	p.secrets = secretsOf(c, p.header, address)
	if c.Client != nil {
		p.client = *c.Client
	}
	p.client.Timeout = 0
	p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return p, nil
}

// endpoint joins a base URL and a format's path. Bases are met with and without the "/v1" that the path of
// some formats brings, and with the whole path, as documentation shows it; nothing is doubled.
func endpoint(base, path string) (string, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return "", errors.New("provider: the base URL is no URL") // the error would repeat it, with its secrets
	case (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		return "", fmt.Errorf("provider: the base URL must begin with http:// or https:// and name a host")
	case u.User != nil:
		return "", errors.New("provider: the base URL holds a user or password; put the key into Key")
	}
	given := strings.TrimRight(u.Path, "/")
	if strings.HasSuffix(given, strings.TrimPrefix(path, "/v1")) {
		u.Path, u.RawPath = given, strings.TrimRight(u.RawPath, "/")
		return u.String(), nil
	}
	if first, _, _ := strings.Cut(path[1:], "/"); strings.HasSuffix(given, "/"+first) {
		path = path[1+len(first):]
	}
	return u.JoinPath(path).String(), nil
}

// destination is where a request goes, which some formats say by the request.
func (p *HTTP) destination(r *middleware.Request) (string, error) {
	format, ok := p.config.Format.(wire.Addressed)
	if !ok {
		return p.url, nil
	}
	path, query, err := format.Address(r)
	if err != nil {
		return "", err
	}
	address, err := endpoint(p.config.BaseURL, path)
	if err != nil || len(query) == 0 {
		return address, err
	}
	if strings.Contains(address, "?") {
		return address + "&" + query.Encode(), nil
	}
	return address + "?" + query.Encode(), nil
}

// String names the format and the host; it never shows the key.
func (p *HTTP) String() string {
	u, _ := url.Parse(p.url)
	return p.config.Format.Name() + " at " + u.Host
}

// Generate makes one attempt. An error is a *wire.Error. A stream that surely has passed the request's Ceiling is cut, with
// an error. A stream that nobody listens to and that is refused is asked for as a plain answer.
func (p *HTTP) Generate(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
	if p.config.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.config.Timeout)
		defer cancel()
	}
	may := r.Body == nil && r.Stream && r.OnDelta == nil
	if may && p.shy.has(r.Model) {
		r = plain(r)
	}
	whole, shy, err := p.attempt(ctx, r)
	if !shy || !may {
		return whole, err
	}
	p.shy.add(r.Model)
	whole, _, err = p.attempt(ctx, plain(r))
	return whole, err
}

// attempt makes the call. It is shy if it was refused for asking for a stream.
func (p *HTTP) attempt(ctx context.Context, r *middleware.Request) (whole *middleware.Response, shy bool, err error) {
	body, err := p.config.Format.Encode(r)
	if err != nil {
		return nil, false, &wire.Error{Class: wire.Invalid, Err: err}
	}
	address, err := p.destination(r)
	if err != nil {
		return nil, false, &wire.Error{Class: wire.Invalid, Err: err}
	}
	c := call{provider: p, request: r, address: address, body: body}
	resp, err := c.send(ctx)
	if err != nil {
		return nil, false, err
	}
	defer resp.Body.Close()
	a := answer{call: &c, response: resp}
	if whole, err = a.read(); err != nil {
		return nil, a.shy, a.failure(err)
	}
	headers.OfAnswer(whole, resp.Header.Get)
	redact.Response(whole, r, c.secrets()...)
	return whole, false, nil
}
