package provider

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// call is one attempt while it is made.
type call struct {
	provider *HTTP
	request  *middleware.Request
	address  string
	body     []byte
	keys     []string // those of [Config.Keys] that were sent
}

// send makes the call, and once more with another key where the first is refused.
func (c *call) send(ctx context.Context) (*http.Response, error) {
	if c.provider.config.Keys == nil {
		return c.sendWith(ctx, c.provider.header)
	}
	key, err := c.provider.config.Keys.Key(ctx, "")
	if err != nil {
		return nil, c.keyless(ctx, err)
	}
	resp, err := c.sendWith(ctx, c.signed(key))
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	another, err := c.provider.config.Keys.Key(ctx, key)
	if err == nil && another == key {
		return resp, nil
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection can be used again
	_ = resp.Body.Close()
	if err != nil {
		return nil, c.keyless(ctx, err)
	}
	return c.sendWith(ctx, c.signed(another))
}

// keyless is the failure of a call for which there is no key. Nothing was sent that a provider bills.
func (c *call) keyless(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return c.quiet(&wire.Error{Class: wire.Unreachable, Err: ctx.Err()})
	}
	return c.quiet(&wire.Error{Class: wire.Auth, Message: err.Error()})
}

// signed are the headers of a call with a key.
func (c *call) signed(key string) http.Header {
	c.keys = append(c.keys, key)
	header := c.provider.header.Clone()
	for name, value := range c.provider.config.Format.Header(key) {
		header.Set(name, value)
	}
	for name, value := range c.provider.config.Header {
		header.Set(name, value)
	}
	return header
}

func (c *call) sendWith(ctx context.Context, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(c.body))
	if err != nil {
		return nil, c.quiet(&wire.Error{Class: wire.Invalid, Err: err})
	}
	req.Header = header.Clone()
	resp, err := middleware.Send(c.provider.client.Do, req)
	if err != nil {
		return nil, c.quiet(wire.AsError(err))
	}
	return resp, nil
}
