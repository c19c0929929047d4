package gemini

import (
	"net/url"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Route returns the format of the calls to an address, nil if that is none of the calls that can be read here. It goes by
// the end of the path: Vertex AI has the same routes below a project and a publisher.
func Route(u *url.URL) wire.Format {
	segments := strings.Split(strings.TrimSuffix(u.EscapedPath(), "/"), "/")
	if len(segments) < 2 {
		return nil
	}
	last := segments[len(segments)-1]
	c := call{collection: segments[len(segments)-2]}
	at := strings.LastIndexByte(last, ':')
	if at < 1 || strings.Contains(last, "%") { // servers would read another name
		return nil
	}
	c.name, c.method = last[:at], method(last[at+1:])
	switch c.collection {
	case "models", "tunedModels", "endpoints":
	default:
		return nil
	}
	switch c.method {
	case generate, stream, embed, embedAll:
	default:
		return nil
	}
	events, known := framing(u.Query())
	if c.events = events; !known {
		return nil
	}
	return c
}

// framing is what a query asks for: server-sent events or JSON. Protocol buffers could not be read
// (https://cloud.google.com/apis/docs/system-parameters).
func framing(query url.Values) (events, known bool) {
	for _, key := range []string{"alt", "$alt"} {
		for _, alt := range query[key] {
			switch strings.ToLower(alt) {
			case "sse":
				events = true
			case "", "json":
			default:
				return false, false
			}
		}
	}
	return events, true
}

// Counts reports whether a path is that of a call that counts tokens, which costs nothing. It is the whole path: a free
// route under an unknown base could be any route at all.
func Counts(path string) bool {
	for _, base := range []string{"/v1beta/models/", "/v1/models/"} {
		if name, ok := strings.CutPrefix(path, base); ok {
			name, ok = strings.CutSuffix(name, ":countTokens")
			return ok && name != "" && !strings.ContainsAny(name, "/:%")
		}
	}
	return false
}
