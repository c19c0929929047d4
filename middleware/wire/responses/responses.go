// Package responses is the wire format of OpenAI's Responses, as others speak it, too:
// https://platform.openai.com/docs/api-reference/responses.
//
// What a response needs that only its provider has (earlier responses, conversations, templates, pages that it searches) is
// named as unseen; an earlier response by its id, too, so that whoever booked that knows a bound. One that is answered in the background cannot be metered: nobody here would read what it used.
package responses

import (
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// Format is Responses.
var Format wire.Format = format{}

type format struct{}

func (format) Name() string { return "responses" }

func (format) Path() string { return "/responses" }

func (format) Header(key string) map[string]string { return openai.Format.Header(key) }

// maxOutput is the field of the output cap.
const maxOutput = "max_output_tokens"

// Encode writes requests that are built here, too. They count without the margin for how Responses renders them, so no
// provider is configured by this format.
func (f format) Encode(r *wire.Request) ([]byte, error) {
	if r.Body != nil {
		return f.patch(r)
	}
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	return reading.Encode(body)
}

// patch lowers the cap of a foreign client's body to what was granted. Streams always report usage.
func (f format) patch(r *wire.Request) ([]byte, error) {
	p, err := reading.PatchOf(r, f)
	if err != nil {
		return nil, err
	}
	if limit := reading.OutputCap(r); limit != nil {
		p.Limit(*limit, maxOutput, maxOutput)
	}
	return p.Bytes(), nil
}

// Refusal says money with 429 and the account's quota, which Codex does not try again; it tries 402 six times. SDKs go by
// the header beside it.
func (format) Refusal(r wire.Refusal) (status int, body []byte) {
	r.Status = r.StatusOf(429)
	return openai.Format.Refusal(r)
}
