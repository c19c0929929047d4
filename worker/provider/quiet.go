package provider

import (
	"net/http"
	"net/url"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
)

// quiet takes key and prompt out of an error. One that says that nothing is at an address names the address.
func (p *HTTP) quiet(e *wire.Error, r *middleware.Request) *wire.Error {
	redact.Error(e, r, p.secrets...)
	if e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed {
		if e.Message != "" {
			e.Message += "; "
		}
		e.Message += "asked was " + p.address()
	}
	return e
}

// address is where requests go, without the query, and without the path where that holds a secret.
func (p *HTTP) address() string {
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
