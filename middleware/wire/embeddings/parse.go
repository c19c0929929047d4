package embeddings

import (
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// What a request has, the rest counts as an estimate; and what of it decides what it costs.
var (
	requestKeys = reading.KeySet(`model input dimensions encoding_format user service_tier`)
	costKeys    = reading.KeySet(`model input service_tier speed inference_geo extra_body`)
)

func (f format) Parse(body []byte) (*wire.Request, error) {
	return reading.Parse(body, f, func(r *reading.Reader, top reading.Object) error {
		r.Body.Stream, r.MaxOutput = false, wire.NoOutput
		if err := r.Rest(top, requestKeys); err != nil {
			return err
		}
		if err := input(r, top.Get("input")); err != nil {
			return err
		}
		return reading.Overlaid(top, costKeys)
	})
}

// input reads a text, a list of texts, tokens, or lists of tokens. Each text counts as a message.
func input(r *reading.Reader, raw []byte) error {
	if raw == nil || raw[0] != '[' {
		return one(r, raw)
	}
	list, err := reading.Elements(raw)
	if err != nil {
		return err
	}
	for i, raw := range list {
		if err := one(r, raw); err != nil {
			return fmt.Errorf("input[%d]: %w", i, err)
		}
	}
	return nil
}

// one reads an element of the input. What is an object, or names something by an address, is none that the format has.
func one(r *reading.Reader, raw []byte) error {
	switch {
	case raw == nil:
		return nil
	case raw[0] == '"':
		text, err := reading.Unquote(raw)
		r.Messages = append(r.Messages, wire.Text(wire.User, text))
		return err
	case raw[0] == '[':
		tokens, err := reading.Elements(raw)
		r.Body.Hidden += int64(len(tokens))
		return err
	case raw[0] == '{':
		r.AddUnseen("input in parts")
		return nil
	case raw[0] >= '0' && raw[0] <= '9':
		r.Body.Hidden++ // a token
		return nil
	}
	return errors.New("want a text or tokens")
}
