package responses

import (
	"encoding/json"
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// margin is for how the provider renders it, in tokens: unlike for Chat Completions, nothing is documented.
const margin = 32

// What a request has. Embeddings, which are counted like it, have the two keys at the end of the first.
var (
	requestKeys = reading.KeySet(`model input instructions tools tool_choice parallel_tool_calls text reasoning temperature top_p
		max_output_tokens max_tool_calls metadata user store stream stream_options service_tier truncation include
		background safety_identifier prompt_cache_key prompt_cache_retention previous_response_id conversation prompt
		context_management top_logprobs dimensions encoding_format`)
	textKeys = reading.KeySet(`format verbosity`)
	costKeys = reading.KeySet(`model input instructions tools max_output_tokens stream service_tier speed inference_geo background
		previous_response_id conversation prompt context_management extra_body`)
)

// Parse reads a request that is to be sent. A stream reports its usage unasked.
func (f format) Parse(body []byte) (*wire.Request, error) {
	r, err := reading.Parse(body, f, func(r *reading.Reader, top reading.Object) error {
		if err := f.read(r, top); err != nil {
			return err
		}
		if raw := top.Get("background"); raw != nil && string(raw) != "false" {
			return &wire.UnmeteredError{What: "background: what is answered in the background tells its usage to nobody here"}
		}
		return nil
	})
	if err == nil {
		r.Body.Usage = true
	}
	return r, err
}

// Read reads a body of Responses into r, for counting.
func Read(r *reading.Reader, top reading.Object) error { return format{}.read(r, top) }

func (f format) read(r *reading.Reader, top reading.Object) error {
	r.Body.Hidden = margin
	if err := r.Rest(top, requestKeys); err != nil {
		return err
	}
	for _, key := range []string{
		"conversation", "prompt", // history and templates that the provider keeps
		"context_management", // which it compacts by passes of its own
	} {
		if top.Get(key) != nil {
			r.AddUnseen(key)
		}
	}
	for _, read := range []func(*reading.Reader, reading.Object) error{f.options, f.instructions, f.input, f.tools} {
		if err := read(r, top); err != nil {
			return err
		}
	}
	if err := f.previous(r, top); err != nil {
		return err
	}
	return reading.Overlaid(top, costKeys)
}

// previous reads what the request goes on from, and whether it can be gone on from. It comes last: only where nothing else
// is unseen can whoever knows that answer bound the input.
func (format) previous(r *reading.Reader, top reading.Object) error {
	id, err := top.Text("previous_response_id")
	if err != nil {
		return err
	}
	r.Body.Kept = string(top.Get("store")) != "false"
	if id != "" {
		if r.Body.Beside == "" {
			r.Body.Previous = id
		}
		r.AddUnseen("previous_response_id")
	}
	return nil
}

func (format) options(r *reading.Reader, top reading.Object) (err error) {
	if r.MaxOutput, err = top.Count(maxOutput); err != nil {
		return err
	}
	if raw := top.Get("temperature"); raw != nil {
		_ = json.Unmarshal(raw, &r.Temperature) // the provider judges it
	}
	raw := top.Get("text")
	if raw == nil {
		return nil
	}
	text, err := reading.Members(raw)
	if err != nil {
		return fmt.Errorf("text: %w", err)
	}
	if err := r.Rest(text, textKeys); err != nil {
		return fmt.Errorf("text: %w", err)
	}
	if raw = text.Get("format"); raw == nil {
		return nil
	}
	format, err := reading.Members(raw)
	if err != nil {
		return fmt.Errorf("text.format: %w", err)
	}
	if len(format) > 1 { // more than a type
		r.Schema = raw
	}
	return nil
}

func (format) instructions(r *reading.Reader, top reading.Object) error {
	text, err := top.Text("instructions")
	if err == nil && text != "" {
		r.Messages = append(r.Messages, wire.Text(wire.System, text))
	}
	return err
}
