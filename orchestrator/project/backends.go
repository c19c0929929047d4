package project

import (
	"cmp"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/serve"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
)

// backend is a provider that the proxy passes calls to.
type backend struct {
	config.Provider
	format formats.Provider
	base   *url.URL
	key    string
}

// openBackends are the providers that have what they need. One whose key is not set is left out, and said.
func (p *Project) openBackends() ([]backend, error) {
	var list []backend
	for _, name := range slices.Sorted(maps.Keys(p.Config.Providers)) {
		pc := p.Config.Providers[name]
		if pc.Kind == config.KindSim { // it has no address
			continue
		}
		b, err := openBackend(pc)
		if err != nil {
			return nil, err
		}
		if pc.APIKeyEnv != "" && b.key == "" {
			p.warn("provider " + name + " is not served: the environment variable " + pc.APIKeyEnv + ", which should hold its key, is not set")
			continue
		}
		list = append(list, b)
	}
	if len(list) == 0 {
		return nil, usagef("%s: there is no provider to pass calls to: name one under [providers], with its key in the environment", p.Path)
	}
	return list, nil
}

// openBackend is a provider with what it needs. Its key is "" where the environment has none.
func openBackend(pc config.Provider) (b backend, err error) {
	b.Provider = pc
	if b.format, err = formats.Of(string(pc.Kind)); err != nil {
		return b, usagef("provider %s: %w", pc.Name, err)
	}
	if pc.APIKeyEnv != "" {
		b.key = os.Getenv(pc.APIKeyEnv)
	}
	if strings.ContainsFunc(b.key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return b, usagef("provider %s: the key in %s holds a space, a line break or another character that no key has", pc.Name, pc.APIKeyEnv)
	}
	if b.base, err = url.Parse(cmp.Or(pc.BaseURL, b.format.Home)); err != nil {
		return b, usagef("provider %s: its base_url is no address", pc.Name)
	}
	return b, nil
}

// door is the backend behind a chain. An answer may be silent for as long as its provider's timeout, and take up to longest.
// What is refused for money has refusalStatus, 0 for the format's own.
func (b backend) door(chain []middleware.Middleware, longest time.Duration, refusalStatus int) serve.Backend {
	backend := serve.Backend{
		Base: b.base, Sign: serve.Headers(b.format.Header(b.key)),
		Door: middleware.NewTransport(middleware.TransportOptions{
			Base: serve.Upstream(b.Timeout, longest), Chain: chain, Answer: middleware.AnswerNone, RefusalStatus: refusalStatus,
		}),
	}
	if keys := keysOf(b.Provider); keys != nil {
		backend.Sign, backend.Renew = serve.Keyed(keys, b.format.Header)
	}
	return backend
}

// doors are the backends under m, for the proxy.
func (p *Project) doors(list []backend, m *budget.Manager, pace pace, longest time.Duration, log *slog.Logger) map[string]serve.Backend {
	doors := make(map[string]serve.Backend, len(list))
	for _, b := range list {
		chain := p.chain(b.Provider, pace, log)
		doors[b.Name] = b.door(chain.Chain(m), longest, 0)
	}
	return doors
}

// clientURL is the base URL that a client of a provider is given, below that of the proxy.
func (b backend) clientURL(proxy string) string {
	if b.format.Path() == "/chat/completions" { // to which its SDK adds no version
		return proxy + "/" + b.Name + "/v1"
	}
	return proxy + "/" + b.Name
}
