package reading

import (
	"encoding/json"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Reader reads a foreign client's body into a request, whose Body is not nil. What the formats share is here; each calls it for its own keys.
type Reader struct{ *wire.Request }

// Parse reads by read a body of a format that is to be sent, which names its model.
func Parse(body []byte, format wire.Format, read func(*Reader, Object) error) (*wire.Request, error) {
	top, err := ObjectOf(body)
	if err != nil {
		return nil, BodyError(err)
	}
	r := NewReader(body, top)
	r.Body.Format = format
	if err = r.model(top); err == nil {
		err = read(r, top)
	}
	if err == nil {
		err = r.Bounded()
	}
	if err != nil {
		return nil, BodyError(err)
	}
	return r.Request, nil
}

// NewReader returns a reader of a body whose object is top, with what all formats have.
func NewReader(body []byte, top Object) *Reader {
	return &Reader{&wire.Request{
		Body: &wire.Body{Bytes: body, Stream: top.Flag("stream")}, CacheWrite: writesCache(body), Tier: tierOf(top),
	}}
}

// BodyError says that the error is in the body of a request. It quotes nothing but keys.
func BodyError(err error) error { return fmt.Errorf("request body: %w", err) }

// Bounded refuses a request for more output than any attempt may have.
func (r *Reader) Bounded() error {
	n := int64(max(1, r.Choices))
	if r.MaxOutput > budget.MaxOutput/n {
		return fmt.Errorf("an output cap of %d tokens for each of %d choices: at most %d in all", r.MaxOutput, n, budget.MaxOutput)
	}
	return nil
}

// model reads the model, which has to be named.
func (r *Reader) model(top Object) (err error) {
	if r.Model, err = top.Text("model"); err == nil && r.Model == "" {
		err = fmt.Errorf("model: missing")
	}
	return err
}

// AddUnseen notes the first thing that is charged for and cannot be counted.
func (r *Reader) AddUnseen(what string) {
	if r.Body.Beside == "" {
		r.Body.Beside = what
	}
	r.addUnseen(what)
}

// AddServerTool notes a tool that runs at the provider.
func (r *Reader) AddServerTool(t wire.ServerTool) {
	t.Kind = PartName(t.Kind)
	r.Body.ServerTools = append(r.Body.ServerTools, t)
	r.addUnseen("tool " + t.Kind)
}

func (r *Reader) addUnseen(what string) {
	if r.Body.Unseen == "" {
		r.Body.Unseen = what
	}
}

// OneOrMore reads a string or a list of strings, such as stop words.
func OneOrMore(raw []byte) (list []string) {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	_ = json.Unmarshal(raw, &list)
	return list
}

// tierOf reads what a request asks for.
func tierOf(top Object) budget.Tier {
	var t TierWords
	for _, m := range top {
		if string(m.Value) != "null" {
			t.Say(m.Key, m.Value)
		}
	}
	t.used = "" // a word of answers
	return t.Tier()
}
