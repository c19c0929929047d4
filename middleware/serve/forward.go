package serve

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
)

// open are the paths below a backend that clients may read: those of models. Of the rest that a provider's key opens (files, stored
// answers, other people's) nothing is theirs.
var open = regexp.MustCompile(`^(/v[0-9][a-z0-9]*)?/(models(/|$)|api/tags$|api/version$)`)

// pausedWait is how many seconds clients wait before they try again what was paused: nobody knows for how long it is.
const pausedWait = 10

// forward passes a call on.
func (h *handler) forward(w http.ResponseWriter, r *http.Request, proxy http.Handler, path string) {
	reads := (r.Method == http.MethodGet || r.Method == http.MethodHead) && open.MatchString(path) && formats.ByRoute(r.URL) == nil
	if r.Method != http.MethodPost && !reads {
		failf(wire.RefusedUnmetered, 0, "%.10s %.80q is not open to clients: they may make metered calls, count tokens and list models", r.Method, path).write(w, r)
		return
	}
	if !reads && h.config.Paused != nil && h.config.Paused() {
		w.Header().Set("Connection", "close") // the body is not read
		(&failure{kind: wire.RefusedUnreachable, status: http.StatusServiceUnavailable, message: "no calls are taken for the moment", wait: pausedWait}).write(w, r)
		return
	}
	held := &flight{all: &h.inFlight}
	defer held.land()
	r = r.WithContext(context.WithValue(r.Context(), flightKey{}, held))
	if r.Body != nil && r.Body != http.NoBody {
		body, failed := h.receive(w, r, held)
		if failed == nil {
			failed = body.unpack(r)
		}
		if failed != nil {
			w.Header().Set("Connection", "close") // the rest of the body is not read
			failed.write(w, r)
			return
		}
	}
	h.config.Logger.Debug("serve: call", "client", grantOf(r.Context()).Name, "method", r.Method, "path", r.URL.Path)
	proxy.ServeHTTP(w, r)
}

// proxy passes calls on to one backend.
func (h *handler) proxy(name string, b Backend) http.Handler {
	return &httputil.ReverseProxy{
		FlushInterval: -1, BufferPool: &buffers,
		ErrorLog:  log.New(io.Discard, "", 0), // what it says is in the books, or told to the client
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) { return h.call(name, b, r) }),
		Rewrite:   func(p *httputil.ProxyRequest) { rewrite(p.Out, p.In, name, b.Base) },
		ModifyResponse: func(resp *http.Response) error {
			if err := whole(resp, flightOf(resp.Request.Context())); err != nil {
				return err
			}
			h.tell(resp.Request.Context(), resp.Header)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			var refused *middleware.Refusal
			if errors.As(err, &refused) && !errors.As(err, new(*failure)) {
				refuse(w, r, name, *refused)
				return
			}
			f := failureOf(name, err)
			h.config.Logger.Debug("serve: failed", "provider", name, "err", err)
			h.tell(r.Context(), w.Header())
			f.write(w, r)
		},
	}
}

// call puts the key in and passes a request through the door.
func (h *handler) call(name string, b Backend, r *http.Request) (*http.Response, error) {
	shown := redact.SecretsIn(r.Header, r.URL.Query()) // what the client knows
	if b.Sign != nil {
		if err := b.Sign(r); err != nil {
			h.config.Logger.Error("serve: a provider's key cannot be had", "provider", name, "err", err)
			return nil, errors.Join(failf(wire.RefusedUnreachable, http.StatusBadGateway, "the key of %s cannot be had", name), r.Body.Close())
		}
	}
	said, err := b.roundTrip(r)
	if err != nil {
		return nil, err
	}
	known := func(s string) bool { return slices.Contains(shown, s) }
	return answerOf(said, r, slices.DeleteFunc(redact.SecretsIn(r.Header, r.URL.Query()), known)), nil
}

// roundTrip passes a request through the door, and once more with another key where the first is refused.
func (b Backend) roundTrip(r *http.Request) (*http.Response, error) {
	if b.Renew == nil {
		return b.Door.RoundTrip(r)
	}
	var sent bytes.Buffer // the door has it whole meanwhile, and net/http lets go of it
	if r.Body != nil {
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(r.Body, &sent), r.Body}
	}
	said, err := b.Door.RoundTrip(r)
	if err != nil || said.StatusCode != http.StatusUnauthorized || !b.Renew(r) {
		return said, err
	}
	if err := said.Body.Close(); err != nil {
		return nil, err
	}
	if r.Body != nil {
		r.Body = io.NopCloser(&sent)
	}
	return b.Door.RoundTrip(r)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// rewrite makes of a client's request the one that goes to a backend.
func rewrite(out, in *http.Request, name string, base *url.URL) {
	path := strings.TrimPrefix(in.URL.EscapedPath(), "/"+name)
	raw := below(strings.TrimSuffix(base.EscapedPath(), "/"), path)
	out.URL.Scheme, out.URL.Host, out.Host = base.Scheme, base.Host, ""
	out.URL.Path, out.URL.RawPath = raw, raw // the door looks at both
	if plain, err := url.PathUnescape(raw); err == nil {
		out.URL.Path = plain
	}
	out.URL.RawQuery = join(base.RawQuery, in.URL.RawQuery)
	out.Header.Del("Accept-Encoding") // net/http asks for what it undoes
	out.Trailer = nil
}

// below is a path below a base; a first segment that is the last of the base is not repeated.
func below(base, path string) string {
	last := base[strings.LastIndexByte(base, '/')+1:]
	if rest, again := strings.CutPrefix(path, "/"+last); again && last != "" && (rest == "" || rest[0] == '/') {
		path = rest
	}
	return base + path
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

// tell says in headers what remains.
func (h *handler) tell(ctx context.Context, header http.Header) {
	if h.config.Remaining == nil {
		return
	}
	say(header, h.config.Remaining(ctx))
}

func say(header http.Header, left budget.Limit) {
	if left.Tokens != nil && header.Get("X-Orchestrate-Scope") == "" { // a refusal says it of the scope that is short
		header.Set("X-Orchestrate-Remaining", strconv.FormatInt(*left.Tokens, 10))
	}
	if left.Cost != nil && header.Get("X-Orchestrate-Scope") == "" {
		header.Set("X-Orchestrate-Remaining-Cost-Usd", strings.TrimPrefix(left.Cost.String(), "$"))
	}
}
