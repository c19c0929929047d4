package gemini

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// reader of requests, without state.
type format struct{}

// What generateContent has.
var (
	requestKeys = reading.KeySet(`model contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent labels serviceTier`)
	configKeys  = reading.KeySet(`maxOutputTokens candidateCount temperature responseSchema responseJsonSchema _responseJsonSchema responseMimeType responseModalities stopSequences
		mediaResolution thinkingConfig speechConfig imageConfig routingConfig modelSelectionConfig`)
	contentKeys  = reading.KeySet(`role parts`)
	partKeys     = reading.KeySet(`text functionCall functionResponse inlineData fileData executableCode codeExecutionResult thoughtSignature mediaResolution`)
	callKeys     = reading.KeySet(`id name args`)
	responseKeys = reading.KeySet(`id name response parts scheduling`)
	toolKeys     = reading.KeySet(`functionDeclarations`)
	functionKeys = reading.KeySet(`name description behavior parameters parametersJsonSchema response responseJsonSchema`)
	mediaKeys    = reading.KeySet(`mimeType data fileUri`)
)

// Read reads a body into r, for counting.
func Read(r *reading.Reader, top reading.Object) error {
	top, err := top.InCamelCase()
	if err != nil {
		return err
	}
	return format{}.read(r, top)
}

func (f format) read(r *reading.Reader, top reading.Object) (err error) {
	if r.Model, err = top.Text("model"); err != nil {
		return err
	}
	if err := r.Rest(top, requestKeys); err != nil {
		return err
	}
	if err := f.parseTier(r, top); err != nil {
		return err
	}
	detail, err := f.parseOptions(r, top)
	if err != nil {
		return err
	}
	if err := f.parseSystem(r, top, detail); err != nil {
		return err
	}
	if err := f.each(top, "contents", func(o reading.Object) error { return f.parseContent(r, o, detail) }); err != nil {
		return err
	}
	if top.Get("cachedContent") != nil { // what the provider keeps and puts before the contents
		r.AddUnseen("cachedContent")
	}
	return f.parseTools(r, top)
}

// parseTier reads a word for a service tier, with or without its prefix
// (https://ai.google.dev/gemini-api/docs/priority-inference).
func (format) parseTier(r *reading.Reader, top reading.Object) error {
	word, err := top.Text("serviceTier")
	word = strings.TrimPrefix(strings.ToLower(word), "service_tier_")
	switch {
	case err != nil:
		return err
	case word == "unspecified":
		r.Tier.Service = ""
	case word != "":
		r.Tier.Service = reading.ServiceTier(word)
	}
	return nil
}

// parseOptions also returns the detail of images that say none themselves.
func (f format) parseOptions(r *reading.Reader, top reading.Object) (detail string, err error) {
	config, err := f.member(top, "generationConfig")
	if err == nil {
		detail, err = f.parseConfig(r, config)
	}
	if err != nil {
		return "", fmt.Errorf("generationConfig: %w", err)
	}
	return detail, nil
}

func (format) parseConfig(r *reading.Reader, config reading.Object) (detail string, err error) {
	if r.MaxOutput, err = config.Count("maxOutputTokens"); err != nil {
		return "", err
	}
	choices, err := config.Count("candidateCount")
	if err != nil {
		return "", err
	}
	if choices > wire.MaxChoices {
		return "", fmt.Errorf("candidateCount: at most %d", wire.MaxChoices)
	}
	r.Choices = int(choices)
	for _, key := range []string{"responseSchema", "responseJsonSchema", "_responseJsonSchema"} {
		r.AddSchema(config.Get(key))
	}
	if err := r.Rest(config, configKeys); err != nil {
		return "", err
	}
	if raw := config.Get("temperature"); raw != nil {
		_ = json.Unmarshal(raw, &r.Temperature) // the provider judges it
	}
	r.Stop = reading.OneOrMore(config.Get("stopSequences"))
	detail, err = config.Text("mediaResolution")
	return resolution(detail), err
}

// resolution returns the detail that a media resolution stands for.
func resolution(name string) string {
	name = strings.TrimPrefix(strings.ToLower(name), "media_resolution_")
	if name == "unspecified" {
		return ""
	}
	return name
}

func (f format) parseSystem(r *reading.Reader, top reading.Object, detail string) error {
	raw := top.Get("systemInstruction")
	if raw == nil {
		return nil
	}
	if raw[0] == '"' { // as the SDKs take it
		text, err := top.Text("systemInstruction")
		r.Messages = append(r.Messages, wire.Text(wire.System, text))
		return err
	}
	o, err := f.member(top, "systemInstruction")
	if err == nil {
		err = f.parseTurn(r, o, wire.System, detail)
	}
	if err != nil {
		return fmt.Errorf("systemInstruction: %w", err)
	}
	return nil
}

// parseTools reads function declarations. Any other tool runs at the provider and puts there what it finds.
func (f format) parseTools(r *reading.Reader, top reading.Object) error {
	return f.each(top, "tools", func(o reading.Object) error {
		if err := o.Exact(toolKeys); err != nil {
			return err
		}
		for _, m := range o {
			if m.Key != "functionDeclarations" && string(m.Value) != "null" {
				r.AddServerTool(wire.ServerTool{Kind: m.Key})
			}
		}
		return f.each(o, "functionDeclarations", func(o reading.Object) error {
			t := wire.Tool{Schema: declared(o)}
			err := o.Exact(functionKeys)
			if err != nil {
				return err
			}
			if t.Name, err = o.Text("name"); err != nil {
				return err
			}
			t.Description, err = o.Text("description")
			r.Tools = append(r.Tools, t)
			return err
		})
	})
}

// declared returns the schemas of a function: that of its parameters, or all if it has others too.
func declared(o reading.Object) json.RawMessage {
	var all reading.Object
	for _, m := range o {
		if m.Key != "name" && m.Key != "description" && m.Key != "behavior" && string(m.Value) != "null" {
			all = append(all, m)
		}
	}
	if len(all) == 1 {
		return all[0].Value
	}
	out := []byte{}
	for i, m := range all {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		out = fmt.Appendf(append(out, sep), "%s:%s", reading.Marshal(m.Key), m.Value)
	}
	if len(out) > 0 {
		out = append(out, '}')
	}
	return out
}
