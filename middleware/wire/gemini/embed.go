package gemini

import (
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
)

// What embedContent has, and one of the requests of batchEmbedContents.
var (
	embedKeys    = reading.KeySet(`model content taskType outputDimensionality embedContentConfig`)
	embedAllKeys = reading.KeySet(`model requests`)
)

// readEmbed reads one text to embed. A title goes before the text, and counts as an estimate.
func (c call) readEmbed(r *reading.Reader, top reading.Object) error {
	top, err := top.InCamelCase()
	if err != nil {
		return err
	}
	r.MaxOutput = wire.NoOutput
	if r.Model, err = top.Text("model"); err != nil {
		return err
	}
	if err := r.Rest(top, embedKeys); err != nil {
		return err
	}
	var f format
	content, err := f.member(top, "content")
	if err == nil {
		err = f.parseTurn(r, content, wire.User, "")
	}
	if err != nil {
		return fmt.Errorf("content: %w", err)
	}
	return nil
}

// readEmbedAll reads a list of texts to embed, which must all be for one model.
func (c call) readEmbedAll(r *reading.Reader, top reading.Object) error {
	top, err := top.InCamelCase()
	if err != nil {
		return err
	}
	r.MaxOutput = wire.NoOutput
	model, err := top.Text("model")
	if err != nil {
		return err
	}
	if err := errors.Join(c.named(model), r.Rest(top, embedAllKeys)); err != nil {
		return err
	}
	return top.Each("requests", func(one reading.Object) error {
		if err := c.readEmbed(r, one); err != nil {
			return err
		}
		return c.named(r.Model)
	})
}

// decodeEmbed reads an answer with vectors, which has no output in tokens.
func (call) decodeEmbed(body []byte) (*wire.Response, error) {
	top, object := reading.NodeOf(body)
	var m figures.Meter
	r := new(wire.Response)
	vectors := false
	top.Members(func(key string, v reading.Node) {
		switch key {
		case "embedding", "embeddings":
			vectors = vectors || v.Kind() == '{' || v.Kind() == '['
		case "usageMetadata", "usage_metadata":
			var f figures.Report
			f.Say(v)
			m.Add(&f)
		}
	})
	m.Fill(r, true)
	if r.Usage != nil {
		r.Usage.Unknown &^= budget.OutputSide
	}
	switch {
	case !object:
		return nil, refusal.Answered(refusal.NoObject(body), refusal.Cut(r))
	case !top.Get("error").Empty():
		return nil, refusal.Answered(refusal.Of(200, top), r)
	case !vectors:
		return nil, refusal.Answered(refusal.NoAnswer("no embedding"), r)
	}
	return r, nil
}
