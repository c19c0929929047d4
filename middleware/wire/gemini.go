package wire

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ParseGemini reads the body of a generateContent request (https://ai.google.dev/api/generate-content) for
// counting: the result has no Raw, and is not for sending. Keys may be in camel or in snake case. The model
// is in the address of such a request: Model is empty unless the body names one too.
func ParseGemini(body []byte) (*Request, error) { return gemini{}.parse(body) }

// gemini is what there is of the format: the reading of requests.
type gemini struct{}

func (f gemini) parse(body []byte) (*Request, error) {
	top, err := objectOf(body)
	if err == nil {
		top, err = top.InCamelCase()
	}
	r := &Reader{new(Request)}
	if err == nil {
		err = f.read(r, top)
	}
	if err != nil {
		return nil, BodyError(err)
	}
	return r.Request, nil
}

// What generateContent has.
var (
	geminiKeys       = KeySet(`model contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent labels serviceTier`)
	geminiConfigKeys = KeySet(`maxOutputTokens candidateCount temperature responseSchema responseJsonSchema _responseJsonSchema responseMimeType responseModalities stopSequences
		mediaResolution thinkingConfig speechConfig imageConfig routingConfig modelSelectionConfig`)
	geminiContentKeys  = KeySet(`role parts`)
	geminiPartKeys     = KeySet(`text functionCall functionResponse inlineData fileData executableCode codeExecutionResult thoughtSignature mediaResolution`)
	geminiCallKeys     = KeySet(`id name args`)
	geminiResponseKeys = KeySet(`id name response parts scheduling`)
	geminiToolKeys     = KeySet(`functionDeclarations`)
	geminiFunctionKeys = KeySet(`name description behavior parameters parametersJsonSchema response responseJsonSchema`)
	geminiMediaKeys    = KeySet(`mimeType data fileUri`)
)

func ReadGemini(r *Reader, top Object) error { return gemini{}.read(r, top) }

func (f gemini) read(r *Reader, top Object) (err error) {
	if r.Model, err = top.Text("model"); err != nil {
		return err
	}
	if err := r.rest(top, geminiKeys); err != nil {
		return err
	}
	detail, err := f.parseOptions(r, top)
	if err != nil {
		return err
	}
	if err := f.parseSystem(r, top, detail); err != nil {
		return err
	}
	if err := f.each(top, "contents", func(o Object) error { return f.parseContent(r, o, detail) }); err != nil {
		return err
	}
	if top.Get("cachedContent") != nil { // what the provider keeps and puts before the contents
		r.see("cachedContent")
	}
	return f.parseTools(r, top)
}

// parseOptions also returns the detail of images that say none themselves.
func (f gemini) parseOptions(r *Reader, top Object) (detail string, err error) {
	config, err := f.member(top, "generationConfig")
	if err == nil {
		detail, err = f.parseConfig(r, config)
	}
	if err != nil {
		return "", fmt.Errorf("generationConfig: %w", err)
	}
	return detail, nil
}

func (gemini) parseConfig(r *Reader, config Object) (detail string, err error) {
	if r.MaxOutput, err = config.count("maxOutputTokens"); err != nil {
		return "", err
	}
	choices, err := config.count("candidateCount")
	if err != nil {
		return "", err
	}
	if choices > MaxChoices {
		return "", fmt.Errorf("candidateCount: at most %d", MaxChoices)
	}
	r.Choices = int(choices)
	for _, key := range []string{"responseSchema", "responseJsonSchema", "_responseJsonSchema"} {
		r.schema(config.Get(key))
	}
	if err := r.rest(config, geminiConfigKeys); err != nil {
		return "", err
	}
	if raw := config.Get("temperature"); raw != nil {
		_ = json.Unmarshal(raw, &r.Temperature) // the provider judges it
	}
	r.Stop = oneOrMore(config.Get("stopSequences"))
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

func (f gemini) parseSystem(r *Reader, top Object, detail string) error {
	raw := top.Get("systemInstruction")
	if raw == nil {
		return nil
	}
	if raw[0] == '"' { // as the SDKs take it
		text, err := top.Text("systemInstruction")
		r.Messages = append(r.Messages, Message{Role: System, Content: text})
		return err
	}
	o, err := f.member(top, "systemInstruction")
	if err == nil {
		err = f.parseTurn(r, o, System, detail)
	}
	if err != nil {
		return fmt.Errorf("systemInstruction: %w", err)
	}
	return nil
}

// parseTools reads function declarations. Any other tool runs at the provider and puts there what it finds.
func (f gemini) parseTools(r *Reader, top Object) error {
	return f.each(top, "tools", func(o Object) error {
		if err := o.exact(geminiToolKeys); err != nil {
			return err
		}
		for _, m := range o {
			if m.key != "functionDeclarations" && string(m.value) != "null" {
				r.see("tool " + partName(m.key))
			}
		}
		return f.each(o, "functionDeclarations", func(o Object) error {
			t := Tool{Schema: declared(o)}
			err := o.exact(geminiFunctionKeys)
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
func declared(o Object) json.RawMessage {
	var all Object
	for _, m := range o {
		if m.key != "name" && m.key != "description" && m.key != "behavior" && string(m.value) != "null" {
			all = append(all, m)
		}
	}
	if len(all) == 1 {
		return all[0].value
	}
	out := []byte{}
	for i, m := range all {
		sep := byte(',')
		if i == 0 {
			sep = '{'
		}
		out = fmt.Appendf(append(out, sep), "%s:%s", marshal(m.key), m.value)
	}
	if len(out) > 0 {
		out = append(out, '}')
	}
	return out
}
