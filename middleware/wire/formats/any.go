package formats

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// NoRequestError says that a body is no request that [ParseAny] knows.
type NoRequestError struct {
	Reason  string // why, as in "it is a JSON list, not an object"; empty for what does not look like JSON at all
	Several bool   // it is JSON values one after the other, perhaps lines
}

func (e *NoRequestError) Error() string {
	return "no request: " + cmp.Or(e.Reason, "it is not JSON")
}

// ParseAny reads a body of unknown shape for counting, and says which shape it has: "openai" (Chat
// Completions), "anthropic" (Messages), "gemini" (generateContent) or "responses" (OpenAI's Responses, and
// embeddings, which are counted like them). The requests in lines of OpenAI's and Anthropic's batches and
// in Gemini's countTokens are read, too. The shape is known by what is in the body. What fits both Chat
// Completions and Messages is read as its model's family has it.
//
// The result is for model, or for the body's own if that is empty; it may name none. It is not for sending. The error is a [NoRequestError] if the body is none of these, else it says what is wrong in it.
func ParseAny(body []byte, model string) (r *wire.Request, shape string, err error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) // a byte order mark, as some editors write it
	if !json.Valid(body) {
		return nil, "", notJSON(body)
	}
	top, key, err := unwrapped(body)
	if err != nil {
		return nil, "", err
	}
	shape, err = shapeOf(top, model)
	if err != nil {
		return nil, "", err
	}
	into := reading.NewReader(body, top)
	r = into.Request
	if err = readAs(shape, into, top); err == nil {
		err = into.Bounded()
	}
	if err != nil {
		if key != "" {
			err = fmt.Errorf("%s: %w", key, err)
		}
		return nil, "", reading.BodyError(err)
	}
	r.Model = cmp.Or(model, r.Model)
	if (shape == "anthropic" || shape == "gemini") && r.Model != "" && models.Of(r.Model).Counter().Family() == tokenizer.OpenAI {
		r.Body.Hidden += translatedMargin
	}
	return r, shape, nil
}

// translatedMargin is for how a gateway puts a request into OpenAI's shape, in tokens: nobody documents it, and
// no such count is exact. The margins of the other families have room for it.
const translatedMargin = 16

func readAs(shape string, r *reading.Reader, top reading.Object) (err error) {
	if err := reading.TooLarge(r.Body.Bytes); err != nil {
		return err
	}
	if r.Model, err = top.Text("model"); err != nil {
		return err
	}
	return shapes[shape].read(r, top)
}

// notJSON says how far a text is JSON, if it looks like it: an object or list, not prose in brackets.
func notJSON(body []byte) *NoRequestError {
	start := strings.Join(strings.Fields(string(body[:min(len(body), 64)])), "")
	if !slices.ContainsFunc([]string{`{"`, `{}`, `[{`, `["`, `[[`}, func(s string) bool { return strings.HasPrefix(start, s) }) {
		return new(NoRequestError)
	}
	// An editor's newline at the end would make of a string that is cut off one that is wrong.
	d := json.NewDecoder(bytes.NewReader(bytes.TrimRight(body, " \t\r\n")))
	var values int
	var syntax *json.SyntaxError
	for {
		end := d.InputOffset()
		var one json.RawMessage
		switch err := d.Decode(&one); {
		case err == nil:
			values++
		case err == io.EOF:
			return &NoRequestError{Reason: "it has more than one JSON value", Several: true}
		case values > 0:
			return &NoRequestError{Reason: fmt.Sprintf("it is JSON up to byte %d, then something else", end)}
		case errors.As(err, &syntax):
			return &NoRequestError{Reason: fmt.Sprintf("it looks like JSON, but is not at byte %d", syntax.Offset)}
		default:
			return &NoRequestError{Reason: "it looks like JSON, but is cut off"}
		}
	}
}

// unwrapped returns the request in a body, and the key that it is at in a line of a batch or a call that counts.
func unwrapped(body []byte) (top reading.Object, key string, err error) {
	switch body[reading.Space(body, 0)] {
	case '{':
	case '[':
		return nil, "", &NoRequestError{Reason: "it is a JSON list, not an object"}
	default:
		return nil, "", new(NoRequestError)
	}
	if top, err = reading.Members(body); err != nil {
		return nil, "", reading.BodyError(err)
	}
	keys := []string{"generateContentRequest", "generate_content_request"}
	if top.Get("custom_id") != nil {
		keys = []string{"body", "params"}
	}
	for _, key := range keys {
		if inner := top.Get(key); inner != nil && inner[0] == '{' {
			if top, err = reading.Members(inner); err != nil {
				err = reading.BodyError(fmt.Errorf("%s: %w", key, err))
			}
			return top, key, err
		}
	}
	return top, "", nil
}
