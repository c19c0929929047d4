package openai

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

func (f format) Parse(body []byte) (*wire.Request, error) { return reading.Parse(body, f, f.read) }

// Read reads a body of Chat Completions into r.
func Read(r *reading.Reader, top reading.Object) error { return format{}.read(r, top) }

func (f format) read(r *reading.Reader, top reading.Object) error {
	for _, read := range []func(*reading.Reader, reading.Object) error{f.parseOptions, f.parseCap, f.parseMessages, f.parseTools} {
		if err := read(r, top); err != nil {
			return err
		}
	}
	if err := r.Rest(top, requestKeys); err != nil {
		return err
	}
	for _, key := range []string{
		"previous_response_id", "conversation", "prompt", "preset", // history and templates that the provider keeps
		"web_search_options", "plugins", // searched pages become input
		"data_sources", "search_parameters", // as do what these find
		"prediction", // its rejected part is billed as output
	} {
		if top.Get(key) != nil {
			r.AddUnseen(key)
		}
	}
	if top.Flag("enable_search") { // Qwen's
		r.AddUnseen("enable_search")
	}
	for _, model := range reading.OneOrMore(top.Get("models")) { // any of these may answer instead
		r.AddUnseen(models.Of(model).Unseen())
	}
	return reading.Overlaid(top, costKeys)
}

// What Chat Completions has, as OpenAI and the gateways before many providers document it.
var (
	requestKeys = reading.KeySet(`model messages tools tool_choice parallel_tool_calls functions function_call response_format
		n stop temperature stream stream_options max_tokens max_completion_tokens logit_bias metadata user store usage
		service_tier speed inference_geo reasoning_effort reasoning thinking verbosity modalities audio safety_identifier
		prompt_cache_key prompt_cache_retention provider models route transforms
		previous_response_id conversation prompt preset enable_search web_search_options plugins data_sources search_parameters prediction`)
	messageKeys = reading.KeySet(`role content name tool_call_id tool_calls function_call audio cache_control ` + saidKeys)
	formatKeys  = reading.KeySet(`type json_schema`)
	streamKeys  = reading.KeySet(`include_usage include_obfuscation`)
	costKeys    = reading.KeySet(`model models messages tools functions n max_tokens max_completion_tokens stream stream_options
		service_tier speed inference_geo plugins web_search_options search_parameters enable_search extra_body`)
)

// saidKeys are what a message may say beside its content.
const saidKeys = "refusal reasoning_content reasoning"

func (format) parseOptions(r *reading.Reader, top reading.Object) error {
	choices, err := top.Count("n")
	if err != nil {
		return err
	}
	if choices > wire.MaxChoices {
		return fmt.Errorf("n: at most %d", wire.MaxChoices)
	}
	r.Choices = int(choices)
	if raw := top.Get("temperature"); raw != nil {
		_ = json.Unmarshal(raw, &r.Temperature) // the provider judges it
	}
	r.Stop = reading.OneOrMore(top.Get("stop"))
	if raw := top.Get("stream_options"); raw != nil {
		options, err := reading.Members(raw)
		if err != nil {
			return fmt.Errorf("stream_options: %w", err)
		}
		if err := options.Exact(streamKeys); err != nil {
			return fmt.Errorf("stream_options: %w", err)
		}
		r.Body.Usage = options.Flag("include_usage")
	}
	if raw := top.Get("response_format"); raw != nil {
		format, err := reading.Members(raw)
		if err != nil {
			return fmt.Errorf("response_format: %w", err)
		}
		r.Schema = format.Get("json_schema")
		if err := r.Rest(format, formatKeys); err != nil { // some servers take the schema without a wrapper
			return fmt.Errorf("response_format: %w", err)
		}
	}
	return nil
}

func (format) parseCap(r *reading.Reader, top reading.Object) error {
	for _, key := range []string{models.MaxTokens, models.MaxCompletionTokens} {
		n, err := top.Count(key)
		if err != nil {
			return err
		}
		r.MaxOutput = max(r.MaxOutput, n)
	}
	return nil
}

func (f format) parseMessages(r *reading.Reader, top reading.Object) error {
	return top.Each("messages", func(o reading.Object) error {
		var m wire.Message
		var err error
		if m.Role, err = o.Text("role"); err != nil {
			return err
		}
		if m.Name, err = o.Text("name"); err != nil {
			return err
		}
		answers, err := o.Text("tool_call_id")
		if err != nil {
			return err
		}
		var t reading.Texts
		if err := t.Content(r, o.Get("content")); err != nil {
			return err
		}
		for key := range strings.FieldsSeq(saidKeys) {
			if s, err := o.Text(key); err == nil {
				t.Add(s)
			} else {
				r.AddExtra(o.Get(key))
			}
		}
		if err := r.Rest(o, messageKeys); err != nil {
			return err
		}
		if o.Get("audio") != nil {
			r.AddUnseen("audio")
		}
		m.Parts = t.Answering(answers)
		if err := f.parseCalls(r, &m, o); err != nil {
			return err
		}
		r.Messages = append(r.Messages, m)
		return nil
	})
}
