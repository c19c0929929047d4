package worker

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Digester is a worker that knows what it would ask about a task better than the task itself says it. Digest makes
// no call and names the question: two tasks have the same digest if and only if the same would be asked for them.
// What was granted, who asks and what it costs is no part of a question; the cap that was configured is.
//
// Digests are kept in books, so they must stay the same from one version of a program to the next.
type Digester interface {
	Digest(t Task) string
}

// Digest names what w asks about t, whose prompt has its upstream outputs in place. A worker that is no
// [Digester] is taken to ask what the task says: its prompt, instructions, model, cap and request.
func Digest(w Worker, t Task) string {
	t, err := t.Loaded()
	if err != nil { // nothing can be said about it
		return ""
	}
	if d, ok := w.(Digester); ok {
		return d.Digest(t)
	}
	q := question{System: t.System, Prompt: t.Prompt, Model: t.Model, MaxOutput: t.MaxOutput}
	switch {
	case t.Request != nil:
		q.ask(t.Request)
	case t.Parameters != nil:
		q.System, q.Prompt = "", ""
		q.ask(t.Asks())
	}
	return q.digest()
}

// Digest names the request that Work would send.
func (p *Prompt) Digest(t Task) string {
	req := p.request(t)
	req.MaxOutput = cmp.Or(req.MaxOutput, p.DefaultMaxOutput)
	return RequestDigest(req)
}

// RequestDigest names a request with everything in it that is asked for, for a [Digester] of one's own.
func RequestDigest(r *wire.Request) string {
	q := question{Model: r.Model, MaxOutput: r.MaxOutput}
	q.ask(r)
	return q.digest()
}

// question is what a digest is made of, as JSON. A field that is added later is left out where it is empty, so that
// the digests in old books stay right.
type question struct {
	Model       string          `json:"model,omitempty"`
	System      string          `json:"system,omitempty"` // of a worker that is no Digester
	Prompt      string          `json:"prompt,omitempty"` // the same
	Messages    []wire.Message  `json:"messages,omitempty"`
	Tools       []wire.Tool     `json:"tools,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"`
	Temperature *float64        `json:"temperature,omitempty"`
	Seed        *int64          `json:"seed,omitempty"`
	Stop        []string        `json:"stop,omitempty"`
	Choices     int             `json:"choices,omitempty"`
	MaxOutput   int64           `json:"max_output,omitempty"`
	Body        any             `json:"body,omitempty"` // instead of all of them but model and cap, which are told beside it
}

// ask fills in what a request asks for. One that came as a body is sent as it came: the order of its keys and the
// spaces between them do not matter, everything else does.
func (q *question) ask(r *wire.Request) {
	if r.Body != nil {
		q.Body = contentOf(r.Body.Bytes)
		return
	}
	q.Messages, q.Tools, q.Schema, q.Stop, q.Temperature, q.Seed = r.Messages, r.Tools, r.Schema, r.Stop, r.Temperature, r.Seed
	if r.Choices > 1 {
		q.Choices = r.Choices
	}
}

func contentOf(body []byte) any {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // no figure is rounded
	var content any
	if err := d.Decode(&content); err != nil {
		return body
	}
	return content
}

func (q *question) digest() string {
	text, err := json.Marshal(q)
	if err != nil { // a schema that is no JSON: nothing can be said about it
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
