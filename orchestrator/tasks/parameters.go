package tasks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// The bounds of what a task asks for beside its prompt.
const (
	maxImage  = 20 << 20 // bytes, of one
	maxImages = 100
	maxStop   = 16
	maxTools  = 512
)

// parameters are what a task asks for beside its prompt; nil for nothing.
func (f *taskFile) parameters(t *document.Table) *worker.Parameters {
	p := worker.Parameters{
		Messages:    f.messages(t),
		Images:      f.images(t),
		Schema:      f.schema(t),
		Tools:       readTools(t),
		Temperature: t.Number("temperature", 0, 2),
		Stop:        readStop(t),
	}
	if t.Has("seed") {
		if seed := t.Integer("seed", -1, 0, math.MaxInt32); seed >= 0 {
			p.Seed = &seed
		}
	} else {
		t.Allow("seed")
	}
	if p.Messages != nil && p.Images != nil {
		t.Mistake("images", "there are messages as well", "put the images into a message")
	}
	if p.Messages == nil && p.Images == nil && p.Schema == nil && p.Tools == nil && p.Temperature == nil && p.Stop == nil && p.Seed == nil {
		return nil
	}
	return &p
}

// schema is the JSON Schema of the answer: an object, or a file that holds it.
func (f *taskFile) schema(t *document.Table) json.RawMessage {
	text := f.schemaText(t)
	if text == nil || f.sound == string(text) {
		return text
	}
	if err := worker.CheckSchema(text); err != nil {
		t.Mistake("schema", "no JSON Schema that answers could be checked by: "+err.Error(), "")
		return nil
	}
	f.sound = string(text)
	return text
}

func (f *taskFile) schemaText(t *document.Table) json.RawMessage {
	path, isText := t.Values["schema"].(string)
	if !isText {
		return objectUnder(t, "schema")
	}
	t.Allow("schema")
	text, ok := f.fileOf(t, "schema", path, 1<<20)
	if ok && (!json.Valid(text) || !strings.HasPrefix(strings.TrimSpace(string(text)), "{")) {
		t.Mistake("schema", path+" holds no object in JSON", "")
		ok = false
	}
	if !ok {
		return nil
	}
	return text
}

// fileOf reads a file that a key names, relative to the task file.
func (f *taskFile) fileOf(t *document.Table, key, path string, most int64) (text []byte, ok bool) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(f.dir, path)
	}
	text, err := document.ReadRegular(path, most)
	if err != nil {
		t.Mistake(key, err.Error(), "")
		return nil, false
	}
	if f.outside(path) {
		f.AddWarning(t.At(key), key, path+" is outside the project, and will be sent to a provider", "copy it into the project if it is meant")
	}
	return text, true
}

// images are those under "images": files, addresses and data URLs.
func (f *taskFile) images(t *document.Table) (parts []wire.Part) {
	texts := t.Texts("images")
	if len(texts) > maxImages {
		t.Mistake("images", fmt.Sprintf("at most %d, got %d", maxImages, len(texts)), "")
		return nil
	}
	for _, text := range texts {
		if part, ok := f.image(t, "images", text); ok {
			parts = append(parts, part)
		}
	}
	return parts
}

func (f *taskFile) image(t *document.Table, key, text string) (wire.Part, bool) {
	part := wire.ImageURLPart(text)
	if !strings.HasPrefix(text, "data:") && !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") {
		data, ok := f.fileOf(t, key, text, maxImage)
		if !ok {
			return part, false
		}
		mediaType := mediaTypeOf(data)
		if mediaType == "" {
			t.Mistake(key, text+" is neither PNG nor JPEG, GIF or WebP", "")
			return part, false
		}
		part = wire.ImagePart(mediaType, data)
	}
	if wrong := part.Image.Wrong(); wrong != "" {
		t.Mistake(key, document.Quote(text)+" is "+wrong, "name a file, an address with https://, or a data URL in base64")
		return part, false
	}
	return part, true
}

// mediaTypeOf is the type of an image that providers take, by its first bytes; "" for others.
func mediaTypeOf(data []byte) string {
	for start, mediaType := range map[string]string{"\x89PNG\r\n\x1a\n": "image/png", "\xff\xd8\xff": "image/jpeg", "GIF8": "image/gif"} {
		if bytes.HasPrefix(data, []byte(start)) {
			return mediaType
		}
	}
	if len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP" {
		return "image/webp"
	}
	return ""
}

// readStop is one text or several.
func readStop(t *document.Table) []string {
	if text, isText := t.Values["stop"].(string); isText && text != "" {
		t.Allow("stop")
		return []string{text}
	}
	list := t.Texts("stop")
	switch {
	case slices.Contains(list, ""):
		t.Mistake("stop", "a text in it is empty", "leave it out")
	case len(list) > maxStop:
		t.Mistake("stop", fmt.Sprintf("at most %d texts, got %d", maxStop, len(list)), "")
	}
	return list
}

// readTools are functions that the model may call, each a table as OpenAI's or Anthropic's API has it.
func readTools(t *document.Table) (tools []wire.Tool) {
	elements := t.Elements("tools")
	if len(elements) > maxTools {
		t.Mistake("tools", fmt.Sprintf("at most %d, got %d", maxTools, len(elements)), "")
		return nil
	}
	for _, e := range elements {
		if kind := e.Text("type"); kind == "function" && e.Has("function") {
			e = e.Table("function")
		} else if kind != "" && kind != "function" && kind != "custom" {
			e.Mistake("type", fmt.Sprintf("expected \"function\", got %s", document.Quote(kind)), "tools that run at the provider are asked for by a request body")
		}
		tool := wire.Tool{Name: e.Required("name", "a tool has a name"), Description: e.Text("description")}
		for _, key := range []string{"schema", "parameters", "input_schema"} {
			if schema := objectUnder(e, key); schema != nil {
				tool.Schema = schema
			}
		}
		e.Allow("strict")
		e.Done()
		tools = append(tools, tool)
	}
	return tools
}

// messages are a conversation, nil if there is none.
func (f *taskFile) messages(t *document.Table) (list []wire.Message) {
	for _, e := range t.Elements("messages") {
		m := wire.Message{Role: document.Choice(e, "role", wire.User, wire.Assistant, wire.System)}
		if !e.Has("role") {
			e.Mistake("role", "missing", "")
		}
		if text, isText := e.Values["content"].(string); isText {
			e.Allow("content")
			m.Parts = []wire.Part{wire.TextPart(text)}
		} else {
			m.Parts = f.parts(e)
		}
		e.Done()
		list = append(list, m)
	}
	if v, isList := t.Values["messages"].([]any); isList && len(v) == 0 {
		t.Mistake("messages", "there are none", "")
	}
	return list
}

// parts are the content of a message: texts and images.
func (f *taskFile) parts(message *document.Table) (parts []wire.Part) {
	if !message.Has("content") {
		message.Mistake("content", "missing", "")
		return nil
	}
	for _, e := range message.Elements("content") {
		switch document.Choice(e, "type", "text", "image_url", "image") {
		case "text":
			parts = append(parts, wire.TextPart(e.Text("text")))
		default:
			address := e.Text("image")
			if text, isText := e.Values["image_url"].(string); isText {
				e.Allow("image_url")
				address = text
			} else if e.Has("image_url") {
				inner := e.Table("image_url")
				address = inner.Text("url")
				inner.Allow("detail")
				inner.Done()
			}
			if part, ok := f.image(e, "", address); ok {
				parts = append(parts, part)
			}
		}
		e.Done()
	}
	return parts
}
