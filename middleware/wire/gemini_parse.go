package wire

import (
	"cmp"
	"fmt"
	"strings"
)

// geminiTurn is one of the contents while it is read: a message here, after the answers of functions in it.
type geminiTurn struct {
	gemini
	request *Reader
	detail  string
	message Message
	texts   texts
	inner   bool // within a function's answer
}

func (f gemini) parseContent(r *Reader, o Object, detail string) error {
	role, err := o.Text("role")
	if err != nil {
		return err
	}
	switch role {
	case "":
		role = User
	case "model":
		role = Assistant
	case "function":
		role = ToolRole
	}
	return f.parseTurn(r, o, role, detail)
}

func (f gemini) parseTurn(r *Reader, o Object, role, detail string) error {
	if err := r.rest(o, geminiContentKeys); err != nil {
		return err
	}
	t := geminiTurn{gemini: f, request: r, detail: detail, message: Message{Role: role}}
	err := f.each(o, "parts", t.part)
	t.message.Content = t.texts.String()
	if t.message.Content != "" || len(t.message.ToolCalls) > 0 || role == Assistant || role == System {
		r.Messages = append(r.Messages, t.message)
	}
	return err
}

func (t *geminiTurn) part(o Object) error {
	if err := o.exact(geminiPartKeys); err != nil {
		return err
	}
	signature, err := o.Text("thoughtSignature")
	if err != nil {
		return err
	}
	t.request.Hidden += int64(len(signature) * 3 / 4) // of base64; a token is taken to be a byte or more
	for _, m := range o {
		if string(m.value) == "null" {
			continue
		}
		switch m.key {
		case "text":
			s, err := o.Text("text")
			if err != nil {
				return err
			}
			t.texts.add(s)
		case "functionCall":
			err = t.call(o)
		case "functionResponse":
			if t.inner { // no such thing, and reading it would take time in proportion to the depth
				t.request.see("functionResponse in itself")
				continue
			}
			err = t.response(o)
		case "inlineData", "fileData":
			err = t.media(o, m.key)
		case "executableCode", "codeExecutionResult":
			t.texts.add(compact(m.value))
		case "thought", "thoughtSignature", "mediaResolution", "videoMetadata", "partMetadata":
		default:
			t.request.see(partName(m.key))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.key, err)
		}
	}
	return nil
}

func (t *geminiTurn) call(part Object) error {
	o, err := t.member(part, "functionCall")
	if err != nil {
		return err
	}
	c := ToolCall{Arguments: compact(o.Get("args"))}
	if c.ID, err = o.Text("id"); err != nil {
		return err
	}
	c.Name, err = o.Text("name")
	t.message.ToolCalls = append(t.message.ToolCalls, c)
	return cmp.Or(err, t.request.rest(o, geminiCallKeys))
}

func (t *geminiTurn) response(part Object) error {
	o, err := t.member(part, "functionResponse")
	if err != nil {
		return err
	}
	m := Message{Role: ToolRole, Content: compact(o.Get("response"))}
	if m.ToolCallID, err = o.Text("id"); err != nil {
		return err
	}
	if m.Name, err = o.Text("name"); err != nil {
		return err
	}
	if err := t.request.rest(o, geminiResponseKeys); err != nil {
		return err
	}
	inner := geminiTurn{request: t.request, detail: t.detail, inner: true} // images that the function answered
	err = t.each(o, "parts", inner.part)
	inner.texts.add(m.Content)
	m.Content, m.ToolCalls = inner.texts.String(), inner.message.ToolCalls
	t.request.Messages = append(t.request.Messages, m)
	return err
}

// media reads an image; anything else is not seen.
func (t *geminiTurn) media(part Object, key string) error {
	o, err := t.member(part, key)
	if err != nil {
		return err
	}
	kind, err := o.Text("mimeType")
	if err != nil {
		return err
	}
	if !strings.HasPrefix(strings.ToLower(kind), "image/") {
		t.request.see(key)
		return nil
	}
	if err := t.request.rest(o, geminiMediaKeys); err != nil {
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
	t.request.seeImage(o.Get("data"), detail)
	return err
}

// member returns the object at key, empty if it is absent.
func (gemini) member(o Object, key string) (Object, error) {
	raw := o.Get(key)
	if raw == nil {
		return nil, nil
	}
	inner, err := Members(raw)
	if err != nil {
		return nil, err
	}
	return inner.InCamelCase()
}

// each is that of object, with keys in camel case.
func (gemini) each(o Object, key string, f func(Object) error) error {
	return o.Each(key, func(one Object) error {
		one, err := one.InCamelCase()
		if err != nil {
			return err
		}
		return f(one)
	})
}
