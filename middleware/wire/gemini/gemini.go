// Package gemini reads requests of Google's generateContent (https://ai.google.dev/api/generate-content), for counting.
package gemini

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Parse reads the body of a generateContent request (https://ai.google.dev/api/generate-content) for
// counting: the result has no Raw, and is not for sending. Keys may be in camel or in snake case. The model
// is in the address of such a request: Model is empty unless the body names one too.
func Parse(body []byte) (*wire.Request, error) { return format{}.parse(body) }

// format is what there is of the format: the reading of requests.
type format struct{}

func (f format) parse(body []byte) (*wire.Request, error) {
	top, err := wire.ObjectOf(body)
	if err == nil {
		top, err = top.InCamelCase()
	}
	r := &wire.Reader{Request: new(wire.Request)}
	if err == nil {
		err = f.read(r, top)
	}
	if err != nil {
		return nil, wire.BodyError(err)
	}
	return r.Request, nil
}

// What generateContent has.
var (
	requestKeys = wire.KeySet(`model contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent labels serviceTier`)
	configKeys  = wire.KeySet(`maxOutputTokens candidateCount temperature responseSchema responseJsonSchema _responseJsonSchema responseMimeType responseModalities stopSequences
		mediaResolution thinkingConfig speechConfig imageConfig routingConfig modelSelectionConfig`)
	contentKeys  = wire.KeySet(`role parts`)
	partKeys     = wire.KeySet(`text functionCall functionResponse inlineData fileData executableCode codeExecutionResult thoughtSignature mediaResolution`)
	callKeys     = wire.KeySet(`id name args`)
	responseKeys = wire.KeySet(`id name response parts scheduling`)
	toolKeys     = wire.KeySet(`functionDeclarations`)
	functionKeys = wire.KeySet(`name description behavior parameters parametersJsonSchema response responseJsonSchema`)
	mediaKeys    = wire.KeySet(`mimeType data fileUri`)
)

func Read(r *wire.Reader, top wire.Object) error { return format{}.read(r, top) }

func (f format) read(r *wire.Reader, top wire.Object) (err error) {
	if r.Model, err = top.Text("model"); err != nil {
		return err
	}
	if err := r.Rest(top, requestKeys); err != nil {
		return err
	}
	detail, err := f.parseOptions(r, top)
	if err != nil {
		return err
	}
	if err := f.parseSystem(r, top, detail); err != nil {
		return err
	}
	if err := f.each(top, "contents", func(o wire.Object) error { return f.parseContent(r, o, detail) }); err != nil {
		return err
	}
	if top.Get("cachedContent") != nil { // what the provider keeps and puts before the contents
		r.AddUnseen("cachedContent")
	}
	return f.parseTools(r, top)
}

// parseOptions also returns the detail of images that say none themselves.
func (f format) parseOptions(r *wire.Reader, top wire.Object) (detail string, err error) {
	config, err := f.member(top, "generationConfig")
	if err == nil {
		detail, err = f.parseConfig(r, config)
	}
	if err != nil {
		return "", fmt.Errorf("generationConfig: %w", err)
	}
	return detail, nil
}

func (format) parseConfig(r *wire.Reader, config wire.Object) (detail string, err error) {
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
	r.Stop = wire.OneOrMore(config.Get("stopSequences"))
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

func (f format) parseSystem(r *wire.Reader, top wire.Object, detail string) error {
	raw := top.Get("systemInstruction")
	if raw == nil {
		return nil
	}
	if raw[0] == '"' { // as the SDKs take it
		text, err := top.Text("systemInstruction")
		r.Messages = append(r.Messages, wire.Message{Role: wire.System, Content: text})
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
func (f format) parseTools(r *wire.Reader, top wire.Object) error {
	return f.each(top, "tools", func(o wire.Object) error {
		if err := o.Exact(toolKeys); err != nil {
			return err
		}
		for _, m := range o {
			if m.Key != "functionDeclarations" && string(m.Value) != "null" {
				r.AddUnseen("tool " + wire.PartName(m.Key))
			}
		}
		return f.each(o, "functionDeclarations", func(o wire.Object) error {
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
func declared(o wire.Object) json.RawMessage {
	var all wire.Object
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
		out = fmt.Appendf(append(out, sep), "%s:%s", wire.Marshal(m.Key), m.Value)
	}
	if len(out) > 0 {
		out = append(out, '}')
	}
	return out
}
