package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Backend is a provider, reached at /NAME/...
type Backend struct {
	// Base is where it is. The path below /NAME is added, but for a first segment that is the last of the base: below
	// https://host/v1 the paths /NAME/v1/models and /NAME/models are one.
	Base *url.URL

	// Sign puts the provider's key into a request, from which the client's credentials were taken before. Nil puts none in.
	Sign func(*http.Request) error

	// Renew puts another key into a request whose key the provider has refused with a 401, and reports whether there is one: the
	// call is then made once more. Nil has none.
	Renew func(*http.Request) bool

	// Door makes the calls: [middleware.NewTransport] with a chain that pays for them. With [middleware.AnswerNone] a
	// client's RefusalStatus counts.
	Door http.RoundTripper
}

// Grant is what a client's token opens.
type Grant struct {
	Name    string         // of the client, for logs
	Scopes  []budget.Scope // that its calls are charged to; see [budget.WithScopes]
	Expires time.Time      // zero is never

	Caps          middleware.Caps // of its calls' output, before those of models; see [middleware.WithCaps]
	RefusalStatus int             // of what is refused for money; 0 is that of the door, or the format's own
}

type grantKey struct{}

// open puts what calls need of g into their context.
func (g Grant) open(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, grantKey{}, g)
	if g.Caps != (middleware.Caps{}) {
		ctx = middleware.WithCaps(ctx, g.Caps)
	}
	if len(g.Scopes) > 0 {
		ctx = budget.WithScopes(ctx, g.Scopes...)
	}
	return ctx
}

func grantOf(ctx context.Context) Grant {
	g, _ := ctx.Value(grantKey{}).(Grant)
	return g
}

// Config configures [New]. Backends are needed; the zero value of the rest is every default.
type Config struct {
	Backends map[string]Backend // by name: letters, digits, - and _

	// Open returns what a token opens, "" being no token. An error refuses the client, which is not told why. It is
	// safe for concurrent use. Nil lets everyone in, with no scopes.
	Open func(token string) (Grant, error)

	// Local lets in only what is addressed to this machine by a loopback address or name and is not asked by a web page of
	// another site: for a handler that asks for no token, which any page could lead a browser to.
	Local bool

	// Budget is what GET /budget answers, as JSON. Nil answers 404.
	Budget func(context.Context, Grant) (any, error)

	// Metrics is what GET /metrics answers, in Prometheus' text format. Nil answers 404. It tells of all scopes, so no client's
	// token opens it: MetricsToken does, or with Local and without one whatever Local lets in.
	Metrics      func(context.Context) ([]byte, error)
	MetricsToken string

	// Remaining is what the scopes in ctx may still spend, which every answer says in headers. Nil says nothing.
	Remaining func(ctx context.Context) budget.Limit

	// Paused reports whether calls are refused for the moment, with a status after which clients try again. Nil never is. It is
	// safe for concurrent use.
	Paused func() bool

	MaxBody      int64         // bytes of a request, unpacked; 0 is 32 MiB, which is the most that the door reads
	MaxInFlight  int64         // bytes of all requests and whole answers at a time; beyond, requests are refused; 0 is 512 MiB
	ReadTimeout  time.Duration // in which a body has to come; 0 is a minute
	WriteTimeout time.Duration // in which a client has to take each piece of an answer; 0 is a minute

	Logger *slog.Logger // nil is [slog.Default]
}

// maxBody is the most that the door reads of a request.
const maxBody = 32 << 20

// reserved are the names that no backend may have.
var reserved = []string{"healthz", "budget", "metrics", "api"}

var backendName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// New returns the handler, or an error that says which field of c is wrong.
func New(c Config) (http.Handler, error) {
	if len(c.Backends) == 0 {
		return nil, errors.New("serve: no backends")
	}
	h := &handler{config: c, proxies: make(map[string]http.Handler)}
	h.fill()
	for name, b := range c.Backends {
		switch {
		case slices.Contains(reserved, name):
			return nil, fmt.Errorf("serve: a backend cannot be called %q: that path is the server's own", name)
		case !backendName.MatchString(name):
			return nil, fmt.Errorf("serve: backend %q: a name has letters, digits, - and _ alone", name)
		case b.Base == nil || b.Base.Host == "" || b.Base.Scheme != "http" && b.Base.Scheme != "https":
			return nil, fmt.Errorf("serve: backend %s has no base URL with http or https", name)
		case b.Door == nil:
			return nil, fmt.Errorf("serve: backend %s has no door", name)
		}
		h.proxies[name] = h.proxy(name, b)
	}
	return h, nil
}

type handler struct {
	config   Config
	proxies  map[string]http.Handler
	inFlight atomic.Int64 // bytes of bodies that were read
	crossing http.CrossOriginProtection
}

// fill sets the defaults.
func (h *handler) fill() {
	c := &h.config
	if c.MaxBody <= 0 || c.MaxBody > maxBody {
		c.MaxBody = maxBody
	}
	if c.MaxInFlight <= 0 {
		c.MaxInFlight = 512 << 20
	}
	if c.ReadTimeout <= 0 {
		c.ReadTimeout = time.Minute
	}
	if c.WriteTimeout <= 0 {
		c.WriteTimeout = time.Minute
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Open == nil {
		c.Open = func(string) (Grant, error) { return Grant{}, nil }
	}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	w = &patient{ResponseWriter: w, control: control, timeout: h.config.WriteTimeout}
	if r.Body != nil && r.Body != http.NoBody { // also one that nobody reads: net/http does, before the next request
		_ = control.SetReadDeadline(time.Now().Add(h.config.ReadTimeout))
	}
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	if name == "healthz" && rest == "" {
		_, _ = w.Write([]byte("ok\n"))
		return
	}
	if name == "metrics" && rest == "" && h.config.Metrics != nil {
		h.metrics(w, r)
		return
	}
	grant, failed := h.admit(r)
	if failed != nil {
		failed.write(w, r)
		return
	}
	ctx := grant.open(r.Context())
	proxy := h.proxies[name]
	switch {
	case name == "budget" && rest == "" && h.config.Budget != nil:
		h.budget(ctx, w, r, grant)
	case proxy == nil:
		failf(wire.RefusedInvalid, http.StatusNotFound, "there is no %.80q here: the first part of a path names a provider", "/"+name).write(w, r)
	default:
		h.forward(w, r.WithContext(ctx), proxy, "/"+rest)
	}
}

// admit finds out who asks, and takes the credentials out of r.
func (h *handler) admit(r *http.Request) (Grant, *failure) {
	if failed := h.local(r); failed != nil {
		return Grant{}, failed
	}
	token, err := takeToken(r)
	if err != nil {
		return Grant{}, failf(wire.RefusedUnauthorised, 0, "%v", err)
	}
	grant, err := h.config.Open(token)
	if err == nil && !grant.Expires.IsZero() && !time.Now().Before(grant.Expires) {
		err = errors.New("the token has expired")
	}
	if err != nil {
		h.config.Logger.Debug("serve: a client was turned away", "why", err)
		return Grant{}, failf(wire.RefusedUnauthorised, 0, "no token, or none that is known and in force (orchestrate serve token new makes one)")
	}
	return grant, nil
}

// local turns away what Local does.
func (h *handler) local(r *http.Request) *failure {
	switch {
	case !h.config.Local:
	case !isLocal(r.Host):
		return failf(wire.RefusedUnmetered, 0, "without tokens only this machine is served, and %.80q is not its name", r.Host)
	case h.crossing.Check(r) != nil:
		return failf(wire.RefusedUnmetered, 0, "a web page of another site asks")
	}
	return nil
}

// isLocal reports whether a Host header names this machine alone.
func isLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// budget answers what the client may still spend.
func (h *handler) budget(ctx context.Context, w http.ResponseWriter, r *http.Request, g Grant) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		failf(wire.RefusedInvalid, http.StatusMethodNotAllowed, "the budget is read with GET").write(w, r)
		return
	}
	status, err := h.config.Budget(ctx, g)
	var body []byte
	if err == nil {
		body, err = json.MarshalIndent(status, "", "  ")
	}
	if err != nil {
		h.config.Logger.Error("serve: the budget cannot be told", "err", err)
		failf(wire.RefusedUnreachable, http.StatusInternalServerError, "the budget cannot be told").write(w, r)
		return
	}
	send(w, http.StatusOK, append(body, '\n'))
}
