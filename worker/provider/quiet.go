package provider

import (
	"net/http"
	"net/url"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
)

// secrets are what no error and no book may hold of this call.
func (c *call) secrets() []string {
	return append(c.keys[:len(c.keys):len(c.keys)], c.provider.secrets...)
}

// quiet takes keys and prompt out of an error. One that says that nothing is at an address names the address.
func (c *call) quiet(e *wire.Error) *wire.Error {
	redact.Error(e, c.request, c.secrets()...)
	if e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed {
		if e.Message != "" {
			e.Message += "; "
		}
		e.Message += "asked was " + c.provider.shown()
	}
	return e
}

// shown is where requests go, without the query, and without the path where that holds a secret.
func (p *HTTP) shown() string {
	u, _ := url.Parse(p.url)
	host := u.Scheme + "://" + u.Host
	if whole := host + u.EscapedPath(); redact.Text(whole, nil, p.secrets...) == whole {
		return whole
	}
	return host
}

// secretsOf are the key, and the headers and parameters of the address that carry one by their name.
func secretsOf(c Config, header http.Header, address string) []string {
	u, _ := url.Parse(address)
	return append([]string{c.Key}, redact.SecretsIn(header, u.Query())...)
}
