package middleware

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
)

// What is metered goes by the end of a path, since providers put the same routes under bases of their own
// (/openai/v1, /api/v1, /v4, a deployment's name). What is free does not: a free route under an unknown base
// could be any route at all.

// freePosts are the whole paths that cost nothing to POST to: they count tokens. Those with a model in them are
// [formats.Free].
var freePosts = wholePaths("/v1 /api/v1 /anthropic/v1 /api/anthropic/v1", "/messages/count_tokens").
	and("/v1 /openai/v1", "/responses/input_tokens").
	and("- /v1", "/tokenize /detokenize")

// freeDeletes are the whole paths below which one thing, named by one more segment, can be deleted.
var freeDeletes = wholePaths("/v1 /api/v1 /openai/v1", "/files /responses /chat/completions").
	and("/v1 /anthropic/v1", "/files /messages/batches")

type paths map[string]bool

// wholePaths is every route under every base; "-" is no base.
func wholePaths(bases, routes string) paths { return make(paths).and(bases, routes) }

func (p paths) and(bases, routes string) paths {
	for base := range strings.FieldsSeq(bases) {
		for route := range strings.FieldsSeq(routes) {
			p[strings.TrimPrefix(base, "-")+route] = true
		}
	}
	return p
}

// route returns the format of a request that is to be metered, nil for one that is free, and an error for
// one that may cost something that nobody here can read. Free are freePosts and freeDeletes, and GET and HEAD
// without a body. A request is refused, whatever it asks for, if servers differ in which route or method
// they see in it.
func route(req *http.Request) (wire.Format, error) {
	method, path := cmp.Or(req.Method, http.MethodGet), req.URL.EscapedPath()
	refused := func(why string) error {
		return refusef(wire.RefusedUnmetered, "%.10s %.80q %s and is therefore not sent", method, path, why)
	}
	if err := ambiguous(req); err != nil {
		return nil, refused(err.Error())
	}
	hasBody := req.Body != nil && req.Body != http.NoBody
	switch method {
	case http.MethodGet, http.MethodHead:
		if hasBody {
			return nil, refused("has a body, which nobody meters,")
		}
		return nil, nil
	case http.MethodDelete:
		if at := strings.LastIndexByte(path, '/'); !hasBody && at > 0 && at < len(path)-1 && freeDeletes[path[:at]] {
			return nil, nil
		}
	case http.MethodPost:
		if freePosts[path] || formats.Free(path) {
			return nil, nil
		}
		if f := formats.ByRoute(req.URL); f != nil {
			return f, nil
		}
	}
	return nil, refused("is not metered (metered: POST to " + formats.Routes() + ")")
}

// withoutEmptyBody returns req, or a copy without its body where a client gave one that has nothing in it to a
// method that needs none.
func withoutEmptyBody(req *http.Request) *http.Request {
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodDelete:
	default:
		return req
	}
	if req.Body == nil || req.Body == http.NoBody {
		return req
	}
	if n, err := io.ReadFull(req.Body, make([]byte, 1)); n > 0 || err != io.EOF {
		return req // it is refused
	}
	req.Body.Close()
	out := *req
	out.Body, out.GetBody, out.ContentLength, out.TransferEncoding = http.NoBody, nil, 0, nil
	return &out
}

// ambiguous says why servers could differ in what req asks for.
func ambiguous(req *http.Request) error {
	if req.URL.Opaque != "" { // net/http sends it instead of the path
		return errors.New("has an opaque address")
	}
	if err := ambiguousPath(req.URL.EscapedPath()); err != nil {
		return err
	}
	for name := range req.Header {
		switch name := plainName(name); {
		case name == "upgrade" || name == "http2settings": // a socket carries calls of its own
			return errors.New("asks for another protocol, which nobody meters,")
		case overrides[name]:
			return errors.New("has a header that overrides its method or path")
		}
	}
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return errors.New("has a query that cannot be read")
	}
	for key := range query {
		if overrides[plainName(key)] {
			return errors.New("has a query that overrides its method or path")
		}
	}
	return nil
}

// ambiguousPath says what a server, or a proxy before it, could make another path of.
func ambiguousPath(escaped string) error {
	if escaped == "" {
		return nil
	}
	if escaped[0] != '/' {
		return errors.New("has a path that does not begin with a slash")
	}
	segments := strings.Split(escaped[1:], "/")
	for i, segment := range segments {
		if segment == "" && i == len(segments)-1 {
			continue // a slash at the end
		}
		s, err := url.PathUnescape(segment)
		odd := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`/\?#;%`, r) }
		switch {
		case err != nil || strings.ContainsFunc(s, odd):
			return errors.New("has an encoded separator, or a character that no route has,")
		case s == "" || s[len(s)-1] == '.':
			return errors.New("has an empty segment, or one that ends with a dot,")
		}
	}
	return nil
}

// overrides are the headers and query parameters that some servers and proxies take the method or the path
// from, by their plain names.
var overrides = func() map[string]bool {
	set := make(map[string]bool)
	for name := range strings.FieldsSeq(`method httpmethod xmethod xhttpmethod methodoverride httpmethodoverride
		xmethodoverride xhttpmethodoverride xoriginalmethod xrewritemethod xforwardedmethod
		xoriginalurl xoriginaluri xoriginalpath xrewriteurl xrewriteuri xoverrideurl xforwardeduri xforwardedpath`) {
		set[name] = true
	}
	return set
}()

// plainName is a name in lower case without anything but letters and digits: gateways fold - and _.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}
