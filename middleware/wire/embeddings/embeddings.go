// Package embeddings is the wire format of OpenAI's embeddings, as the many servers that are compatible with it speak it:
// https://platform.openai.com/docs/api-reference/embeddings. They have an input and no output; what they answer is not kept.
package embeddings

import (
	"errors"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// Format is the embeddings. It encodes foreign bodies alone: a request that is built here asks for words.
var Format wire.Format = format{}

type format struct{}

func (format) Name() string { return "embeddings" }

func (format) Path() string { return "/embeddings" }

func (format) Header(key string) map[string]string { return openai.Format.Header(key) }

func (f format) Encode(r *wire.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, errors.New("encode the request: the embeddings format answers no prompts")
	}
	p, err := reading.PatchOf(r, f)
	if err != nil {
		return nil, err
	}
	return p.Bytes(), nil
}

var errNoAnswer = errors.New("write the answer: the embeddings format has no place for words")

func (format) WriteAnswer(*wire.Response) ([]byte, error) { return nil, errNoAnswer }

func (format) WriteError(e *wire.Error) []byte { return openai.Format.WriteError(e) }

// Writer writes as Chat Completions do, which no client of embeddings asks for.
func (format) Writer(usage bool) wire.Writer { return openai.Format.Writer(usage) }

func (format) Refusal(r wire.Refusal) (status int, body []byte) { return openai.Format.Refusal(r) }

func (format) Decode(body []byte) (*wire.Response, error) {
	top, object := reading.NodeOf(body)
	r := read(top)
	switch failed := top.Get("error"); {
	case !object:
		return nil, refusal.Answered(refusal.NoObject(body), refusal.Cut(r))
	case !failed.Empty() || top.Get("object").Text() == "error":
		return nil, refusal.Answered(refusal.Of(200, top), r)
	case top.Get("data") == nil && top.Get("embeddings") == nil:
		return nil, refusal.Answered(refusal.NoAnswer("no embeddings"), r)
	}
	r.Finish = wire.FinishStop
	return r, nil
}

func (format) DecodeError(status int, body []byte) *wire.Error {
	top, _ := reading.NodeOf(body)
	return refusal.With(refusal.Of(status, body), read(top))
}

// read reads what an answer says beside the embeddings. Servers tell the input as prompt_tokens, or as a total alone.
func read(top reading.Node) *wire.Response {
	r := new(wire.Response)
	var m figures.Meter
	f := figures.Report{Completion: figures.Figure{Known: true}}
	top.Members(func(key string, v reading.Node) {
		switch key {
		case "id":
			r.RequestID = reading.Word(v.Text())
		case "model":
			r.Model = v.Text()
		case "usage", "meta":
			f.Say(v)
		case "error":
			f.Say(v.Get("usage"))
		case "service_tier":
			f.Tier.Say(key, v)
		}
	})
	m.Add(&f)
	m.Fill(r, true)
	return r
}

// Stream reads what no server of embeddings sends.
func (format) Stream() wire.Stream { return new(stream) }

type stream struct{ whole wire.Response }

func (s *stream) Event(_ string, data []byte) (wire.Delta, bool, error) {
	r, err := format{}.Decode(data)
	if err != nil {
		e := wire.AsError(err)
		if e.Answer == nil || !e.Answer.Reported() {
			e.Answer = &s.whole
		}
		return wire.Delta{}, false, e
	}
	s.whole = *r
	return wire.Delta{}, false, nil
}

func (s *stream) Done() bool { return s.whole.Finish != "" }

func (s *stream) Response() *wire.Response {
	r := s.whole
	return &r
}
