// Package gemini is the wire format of Google's generateContent, streamGenerateContent, embedContent and
// batchEmbedContents: https://ai.google.dev/api/generate-content, https://ai.google.dev/api/embeddings.
//
// Such a request says in its address what those of other formats say in their body: the model, and whether the answer is
// a stream. So there is a format for each address, made by [Route]:
//
//	POST /v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse
//	                    model            method                framing
package gemini

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// Parse reads the body of a generateContent request for counting: the result is not for sending. Keys may be in camel or
// in snake case. Model is empty unless the body names one too.
func Parse(body []byte) (*wire.Request, error) {
	top, err := reading.ObjectOf(body)
	r := &reading.Reader{Request: &wire.Request{Body: new(wire.Body)}}
	if err == nil {
		err = Read(r, top)
	}
	if err != nil {
		return nil, reading.BodyError(err)
	}
	return r.Request, nil
}

// call is the format of the calls to one address. Two of the same address are equal.
type call struct {
	collection string // "models", "tunedModels" or "endpoints"
	name       string // in it
	method     method
	events     bool // a stream comes as server-sent events, and not as a list that grows
}

// method is what is asked of the model.
type method string

const (
	generate method = "generateContent"
	stream   method = "streamGenerateContent"
	embed    method = "embedContent"
	embedAll method = "batchEmbedContents"
)

func (c call) embeds() bool { return c.method == embed || c.method == embedAll }

// model is what the request calls its model: a tuned one is told from a base model of its name. It is empty in [Format].
func (c call) model() string {
	if c.collection == "models" {
		return c.name
	}
	return c.collection + "/" + c.name
}

func (call) Name() string { return "gemini" }

func (c call) Path() string {
	return fmt.Sprintf("/v1beta/%s/%s:%s", c.collection, cmp.Or(c.name, "MODEL"), c.method)
}

func (call) Header(key string) map[string]string {
	h := map[string]string{"Content-Type": "application/json"}
	if key != "" {
		h["x-goog-api-key"] = key
	}
	return h
}

func (c call) Parse(body []byte) (*wire.Request, error) {
	top, err := reading.ObjectOf(body)
	if err != nil {
		return nil, reading.BodyError(err)
	}
	r := reading.NewReader(body, top)
	r.Body.Format, r.Body.Stream, r.Body.Usage = c, c.method == stream, true // they report it unasked
	switch c.method {
	case embed:
		err = c.readEmbed(r, top)
	case embedAll:
		err = c.readEmbedAll(r, top)
	default:
		err = Read(r, top)
	}
	if err == nil {
		err = c.named(r.Model)
	}
	if err == nil {
		err = r.Bounded()
	}
	if err != nil {
		return nil, reading.BodyError(err)
	}
	r.Model = cmp.Or(c.model(), strings.TrimPrefix(r.Model, "models/"))
	return r.Request, nil
}

// named refuses a body that names another model than its address: nobody knows which would answer.
func (c call) named(model string) error {
	if c.name == "" && model == "" {
		return errors.New("model: missing")
	}
	if model == "" || c.name == "" || model == c.model() || strings.HasSuffix(model, c.collection+"/"+c.name) {
		return nil
	}
	return fmt.Errorf("model: it is not the one in the address, %q", c.model())
}
