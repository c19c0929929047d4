package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

// bodyError says that the error is in the body of a request. It quotes nothing but keys.
func bodyError(err error) error { return fmt.Errorf("request body: %w", err) }

func (f openai) Parse(body []byte) (*Request, error) { return parse(body, f.read) }

// parse reads a body that is to be sent, which names its model.
func parse(body []byte, read func(*Request, object) error) (*Request, error) {
	top, err := objectOf(body)
	if err != nil {
		return nil, bodyError(err)
	}
	r := newRequest(body, top)
	if err = parseModel(r, top); err == nil {
		err = read(r, top)
	}
	if err == nil {
		err = r.bounded()
	}
	if err != nil {
		return nil, bodyError(err)
	}
	return r, nil
}

// bounded refuses a request for more output than any attempt may have.
func (r *Request) bounded() error {
	n := int64(max(1, r.Choices))
	if r.MaxOutput > budget.MaxOutput/n {
		return fmt.Errorf("an output cap of %d tokens for each of %d choices: at most %d in all", r.MaxOutput, n, budget.MaxOutput)
	}
	return nil
}

func newRequest(body []byte, top object) *Request {
	return &Request{Raw: &Raw{Body: body, Stream: top.flag("stream")}, CacheWrite: writesCache(body), Tier: tierOf(top)}
}

func (f openai) read(r *Request, top object) error {
	for _, read := range []func(*Request, object) error{f.parseOptions, f.parseCap, f.parseMessages, f.parseTools} {
		if err := read(r, top); err != nil {
			return err
		}
	}
	if err := r.rest(top, openaiKeys); err != nil {
		return err
	}
	for _, key := range []string{
		"previous_response_id", "conversation", "prompt", "preset", // history and templates that the provider keeps
		"web_search_options", "plugins", // searched pages become input
		"data_sources", "search_parameters", // as do what these find
		"prediction", // its rejected part is billed as output
	} {
		if top.get(key) != nil {
			r.see(key)
		}
	}
	if top.flag("enable_search") { // Qwen's
		r.see("enable_search")
	}
	for _, model := range oneOrMore(top.get("models")) { // any of these may answer instead
		r.see(unseenOf(model))
	}
	return overlaid(top)
}

// overlaid refuses a request that says under extra_body what decides what it costs: gateways (LiteLLM) put that over the
// request. Clients that merge it themselves never send it.
func overlaid(top object) error {
	raw := top.get("extra_body")
	if raw == nil || raw[0] != '{' {
		return nil
	}
	over, err := members(raw)
	if err != nil {
		return fmt.Errorf("extra_body: %w", err)
	}
	for _, m := range over {
		if name, ok := openaiCostKeys[fold(m.key)]; ok {
			return fmt.Errorf("extra_body: some gateways put %q over the request: write it beside the messages", name)
		}
	}
	return nil
}

// What Chat Completions has, as OpenAI and the gateways before many providers document it.
var (
	openaiKeys = keySet(`model messages tools tool_choice parallel_tool_calls functions function_call response_format
		n stop temperature stream stream_options max_tokens max_completion_tokens logit_bias metadata user store usage
		service_tier speed inference_geo reasoning_effort reasoning thinking verbosity modalities audio safety_identifier
		prompt_cache_key prompt_cache_retention provider models route transforms
		previous_response_id conversation prompt preset enable_search web_search_options plugins data_sources search_parameters prediction`)
	openaiMessageKeys = keySet(`role content name tool_call_id tool_calls function_call audio cache_control ` + openaiSaidKeys)
	openaiFormatKeys  = keySet(`type json_schema`)
	openaiStreamKeys  = keySet(`include_usage include_obfuscation`)
	openaiCostKeys    = keySet(`model models messages tools functions n max_tokens max_completion_tokens stream stream_options
		service_tier speed inference_geo plugins web_search_options search_parameters enable_search extra_body`)
)

// openaiSaidKeys are what a message may say beside its content.
const openaiSaidKeys = "refusal reasoning_content reasoning"

func parseModel(r *Request, top object) (err error) {
	if r.Model, err = top.text("model"); err == nil && r.Model == "" {
		err = fmt.Errorf("model: missing")
	}
	return err
}

// see notes the first thing that is charged for and cannot be counted.
func (r *Request) see(what string) {
	if r.Unseen == "" {
		r.Unseen = what
	}
}

// writesCache reports whether any part of a body is marked to be kept in the prompt cache. Inside a string
// the quotes would be escaped, so this finds keys only; a key in a tool's arguments makes it err on the
// dear side.
func writesCache(body []byte) bool { return bytes.Contains(unescaped(body), []byte(`"cache_control"`)) }

// escapedASCII is how JSON may write a letter of ASCII, which makes the same key of another text.
var escapedASCII = lazy(`\\u00[2-7][0-9A-Fa-f]`)

// unescaped returns JSON with the letters, digits and signs that it spells as \u00.. as themselves, where that
// changes no string's end.
func unescaped(raw []byte) []byte {
	if !bytes.Contains(raw, []byte(`\u00`)) {
		return raw
	}
	return escapedASCII().ReplaceAllFunc(raw, func(escape []byte) []byte {
		c, err := strconv.ParseUint(string(escape[2:]), 16, 8)
		if err != nil || c == '"' || c == '\\' {
			return escape
		}
		return []byte{byte(c)}
	})
}

func (openai) parseOptions(r *Request, top object) error {
	choices, err := top.count("n")
	if err != nil {
		return err
	}
	if choices > MaxChoices {
		return fmt.Errorf("n: at most %d", MaxChoices)
	}
	r.Choices = int(choices)
	if raw := top.get("temperature"); raw != nil {
		_ = json.Unmarshal(raw, &r.Temperature) // the provider judges it
	}
	r.Stop = oneOrMore(top.get("stop"))
	if raw := top.get("stream_options"); raw != nil {
		options, err := members(raw)
		if err != nil {
			return fmt.Errorf("stream_options: %w", err)
		}
		if err := options.exact(openaiStreamKeys); err != nil {
			return fmt.Errorf("stream_options: %w", err)
		}
		r.Raw.Usage = options.flag("include_usage")
	}
	if raw := top.get("response_format"); raw != nil {
		format, err := members(raw)
		if err != nil {
			return fmt.Errorf("response_format: %w", err)
		}
		r.Schema = format.get("json_schema")
		if err := r.rest(format, openaiFormatKeys); err != nil { // some servers take the schema without a wrapper
			return fmt.Errorf("response_format: %w", err)
		}
	}
	return nil
}

// oneOrMore reads a string or a list of strings, such as stop words.
func oneOrMore(raw []byte) (list []string) {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	_ = json.Unmarshal(raw, &list)
	return list
}

func (openai) parseCap(r *Request, top object) error {
	for _, key := range []string{maxTokensKey, maxCompletionKey} {
		n, err := top.count(key)
		if err != nil {
			return err
		}
		r.MaxOutput = max(r.MaxOutput, n)
	}
	return nil
}

func (f openai) parseMessages(r *Request, top object) error {
	return top.each("messages", func(o object) error {
		var m Message
		var err error
		if m.Role, err = o.text("role"); err != nil {
			return err
		}
		if m.Name, err = o.text("name"); err != nil {
			return err
		}
		if m.ToolCallID, err = o.text("tool_call_id"); err != nil {
			return err
		}
		var t texts
		if err := t.content(r, o.get("content")); err != nil {
			return err
		}
		for key := range strings.FieldsSeq(openaiSaidKeys) {
			if s, err := o.text(key); err == nil {
				t.add(s)
			} else {
				r.extra(o.get(key))
			}
		}
		if err := r.rest(o, openaiMessageKeys); err != nil {
			return err
		}
		if o.get("audio") != nil {
			r.see("audio")
		}
		m.Content = t.String()
		if err := f.parseCalls(r, &m, o); err != nil {
			return err
		}
		r.Messages = append(r.Messages, m)
		return nil
	})
}
