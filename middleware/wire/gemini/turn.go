package gemini

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// turn is one of the contents while it is read: a message here, after the answers of functions in it.
type turn struct {
	format
	request *reading.Reader
	detail  string
	message wire.Message
	texts   reading.Texts
	calls   []wire.Part
	inner   bool // within a function's answer
}

func (f format) parseContent(r *reading.Reader, o reading.Object, detail string) error {
	role, err := o.Text("role")
	if err != nil {
		return err
	}
	switch role {
	case "":
		role = wire.User
	case "model":
		role = wire.Assistant
	case "function":
		role = wire.ToolRole
	}
	return f.parseTurn(r, o, role, detail)
}

func (f format) parseTurn(r *reading.Reader, o reading.Object, role, detail string) error {
	if err := r.Rest(o, contentKeys); err != nil {
		return err
	}
	t := turn{format: f, request: r, detail: detail, message: wire.Message{Role: role}}
	err := f.each(o, "parts", t.part)
	t.message.Parts = t.texts.Before(t.calls)
	if len(t.message.Parts) > 0 || role == wire.Assistant || role == wire.System {
		r.Messages = append(r.Messages, t.message)
	}
	return err
}

func (t *turn) part(o reading.Object) error {
	if err := o.Exact(partKeys); err != nil {
		return err
	}
	signature, err := o.Text("thoughtSignature")
	if err != nil {
		return err
	}
	t.request.Body.Hidden += int64(len(signature) * 3 / 4) // of base64; a token is taken to be a byte or more
	for _, m := range o {
		if string(m.Value) == "null" {
			continue
		}
		switch m.Key {
		case "text":
			s, err := o.Text("text")
			if err != nil {
				return err
			}
			t.texts.Add(s)
		case "functionCall":
			err = t.call(o)
		case "functionResponse":
			if t.inner { // no such thing, and reading it would take time in proportion to the depth
				t.request.AddUnseen("functionResponse in itself")
				continue
			}
			err = t.response(o)
		case "inlineData", "fileData":
			err = t.media(o, m.Key)
		case "executableCode", "codeExecutionResult":
			t.texts.Add(reading.Compact(m.Value))
		case "thought", "thoughtSignature", "mediaResolution", "videoMetadata", "partMetadata":
		default:
			t.request.AddUnseen(reading.PartName(m.Key))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.Key, err)
		}
	}
	return nil
}

func (t *turn) call(part reading.Object) error {
	o, err := t.member(part, "functionCall")
	if err != nil {
		return err
	}
	c := wire.ToolCall{Arguments: reading.Compact(o.Get("args"))}
	if c.ID, err = o.Text("id"); err != nil {
		return err
	}
	c.Name, err = o.Text("name")
	t.calls = append(t.calls, wire.CallPart(c))
	return cmp.Or(err, t.request.Rest(o, callKeys))
}

func (t *turn) response(part reading.Object) error {
	o, err := t.member(part, "functionResponse")
	if err != nil {
		return err
	}
	m := wire.Message{Role: wire.ToolRole}
	id, err := o.Text("id")
	if err != nil {
		return err
	}
	if m.Name, err = o.Text("name"); err != nil {
		return err
	}
	if err := t.request.Rest(o, responseKeys); err != nil {
		return err
	}
	inner := turn{request: t.request, detail: t.detail, inner: true} // images that the function answered
	err = t.each(o, "parts", inner.part)
	inner.texts.Add(reading.Compact(o.Get("response")))
	m.Parts = append([]wire.Part{wire.ResultPart(id, inner.texts.String())}, inner.calls...)
	t.request.Messages = append(t.request.Messages, m)
	return err
}

// media reads an image; anything else is not seen.
func (t *turn) media(part reading.Object, key string) error {
	o, err := t.member(part, key)
	if err != nil {
		return err
	}
	kind, err := o.Text("mimeType")
	if err != nil {
		return err
	}
	if !strings.HasPrefix(strings.ToLower(kind), "image/") {
		t.request.AddUnseen(key)
		return nil
	}
	if err := t.request.Rest(o, mediaKeys); err != nil {
		return err
	}
	own, err := t.member(part, "mediaResolution")
	if err != nil {
		return err
	}
	level, err := own.Text("level")
	detail := resolution(level)
	if detail == "" {
		detail = t.detail
	}
	t.request.AddImage(o.Get("data"), detail)
	return err
}

// member returns the object at key, empty if it is absent.
func (format) member(o reading.Object, key string) (reading.Object, error) {
	raw := o.Get(key)
	if raw == nil {
		return nil, nil
	}
	inner, err := reading.Members(raw)
	if err != nil {
		return nil, err
	}
	return inner.InCamelCase()
}

// each is that of object, with keys in camel case.
func (format) each(o reading.Object, key string, f func(reading.Object) error) error {
	return o.Each(key, func(one reading.Object) error {
		one, err := one.InCamelCase()
		if err != nil {
			return err
		}
		return f(one)
	})
}
