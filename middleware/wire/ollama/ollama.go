// Package ollama is the wire format of Ollama's own calls, /api/chat, /api/generate and /api/embed, whose streams are a
// JSON object a line: https://github.com/ollama/ollama/blob/main/docs/api.md. Calls stream unless they say that they do not.
package ollama

import (
	"net/url"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// call is the format of one of the calls.
type call struct{ path string }

const (
	chat     = "/api/chat"
	generate = "/api/generate"
	embed    = "/api/embed"
)

// Route returns the format of the calls to an address, under whatever base, nil if that is none that can be read here.
func Route(u *url.URL) wire.Format {
	for _, path := range []string{chat, generate, embed} {
		if strings.HasSuffix(strings.TrimSuffix(u.EscapedPath(), "/"), path) {
			return call{path}
		}
	}
	return nil
}

func (call) Name() string { return "ollama" }

func (c call) Path() string { return c.path }

// Header has a key where a proxy stands before the server, which itself knows none.
func (call) Header(key string) map[string]string {
	h := map[string]string{"Content-Type": "application/json"}
	if key != "" {
		h["Authorization"] = "Bearer " + key
	}
	return h
}

// Encode lowers the cap of a foreign client's body to what was granted. It has its place among the options.
func (c call) Encode(r *wire.Request) ([]byte, error) {
	if r.Body == nil {
		return c.build(r)
	}
	p, err := reading.PatchOf(r, c)
	if err != nil {
		return nil, err
	}
	limit := reading.OutputCap(r)
	if limit == nil || c.path == embed {
		return p.Bytes(), nil
	}
	raw := p.Top.Get("options")
	if raw == nil {
		raw = []byte("{}")
	}
	options, err := reading.NewPatch(raw)
	if err != nil {
		return nil, reading.BodyError(err)
	}
	options.Limit(*limit, capKey, capKey)
	p.Set("options", options.Bytes())
	return p.Bytes(), nil
}

// capKey is the output cap among the options. Below 0 it is none.
const capKey = "num_predict"

// Refusal says money with 402, which clients do not try again.
func (c call) Refusal(r wire.Refusal) (status int, body []byte) {
	status = r.StatusOf(402)
	return status, c.WriteError(&wire.Error{Status: status, Message: r.Message})
}
