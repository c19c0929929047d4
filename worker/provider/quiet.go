package provider

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// quiet takes key and prompt out of an error. One that says that nothing is at an address names the address.
func (p *HTTP) quiet(e *wire.Error, r *middleware.Request) *wire.Error {
	e.Redact(r, p.secrets...)
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
	if whole := host + u.EscapedPath(); wire.Redacted(whole, nil, p.secrets...) == whole {
		return whole
	}
	return host
}

// secret is how headers and parameters are called that carry one.
var secret = regexp.MustCompile("(?i)auth|key|token|secret|cookie|password|signature")

// secretsOf are the key, and the headers and parameters of the address that carry one by their name.
func secretsOf(c Config, header http.Header, address string) []string {
	all := []string{c.Key}
	add := func(name, value string) {
		if secret.MatchString(name) {
			for _, scheme := range []string{"Bearer ", "Basic "} {
				value = strings.TrimPrefix(value, scheme)
			}
			if value != "" && value != c.Key {
				all = append(all, value)
			}
		}
	}
	for name := range header {
		add(name, header.Get(name))
	}
	u, _ := url.Parse(address)
	for name, values := range u.Query() {
		for _, value := range values {
			add(name, value)
		}
	}
	return all
}
