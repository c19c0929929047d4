package reading

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Patch changes members of an object and leaves every other byte as it is.
type Patch struct {
	body  []byte
	Top   Object
	edits []edit
}

type edit struct {
	start, end int
	text       []byte
}

// NewPatch returns a patch of body, which is one object. Its error is that of [ObjectOf].
func NewPatch(body []byte) (*Patch, error) {
	top, err := ObjectOf(body)
	return &Patch{body: body, Top: top}, err
}

// Set gives key a value, in place or as the last member. It is called once for a key.
func (p *Patch) Set(key string, value []byte) {
	for _, m := range p.Top {
		if m.Key == key {
			p.edits = append(p.edits, edit{m.start, m.end, value})
			return
		}
	}
	text := append(strconv.AppendQuote(nil, key), ':')
	text = append(text, value...)
	at := Space(p.body, 0) + 1
	if n := len(p.Top); n > 0 {
		at = p.Top[n-1].end
		text = append([]byte{','}, text...)
	}
	p.edits = append(p.edits, edit{at, at, text})
}

// Bytes returns the patched body; the body itself if nothing was set.
func (p *Patch) Bytes() []byte {
	if len(p.edits) == 0 {
		return p.body
	}
	var out bytes.Buffer
	last := 0
	slices.SortStableFunc(p.edits, func(a, b edit) int { return a.start - b.start })
	for _, e := range p.edits {
		out.Write(p.body[last:e.start])
		out.Write(e.text)
		last = e.end
	}
	out.Write(p.body[last:])
	return out.Bytes()
}

// PatchOf returns a patch of the body of r for a format, with the model of r, where a middleware chose another than the
// body's.
func PatchOf(r *wire.Request, f wire.Format) (*Patch, error) {
	p, err := PatchBody(r, f)
	if err != nil {
		return nil, err
	}
	if was, _ := p.Top.Text("model"); was != r.Model {
		p.Set("model", Marshal(r.Model))
	}
	return p, nil
}

// PatchBody is [PatchOf] for a format that does not have the model in its body. A body of another format is refused: the
// keys that it knows are others.
func PatchBody(r *wire.Request, f wire.Format) (*Patch, error) {
	switch of := r.Body.Format; {
	case of == nil:
		return nil, errors.New("encode the request: its body was read for counting and not for sending")
	case of != f:
		return nil, fmt.Errorf("encode the request: its body is written in the format %s and cannot be sent in %s", of.Name(), f.Name())
	}
	p, err := NewPatch(r.Body.Bytes)
	if err != nil {
		return nil, BodyError(err)
	}
	return p, nil
}

// Limit holds down to most those of the keys that are there, or adds the one called absent. A cap of 0 was
// read as none, and some servers make none of it, too: it becomes what was granted.
func (p *Patch) Limit(most int64, absent string, keys ...string) {
	found := false
	for _, key := range keys {
		if p.Top.Get(key) == nil {
			continue
		}
		found = true
		if n, err := p.Top.Count(key); err != nil || n == 0 || n > most {
			p.Set(key, strconv.AppendInt(nil, most, 10))
		}
	}
	if !found {
		p.Set(absent, strconv.AppendInt(nil, most, 10))
	}
}

// OutputCap is the cap to send, nil for none.
func OutputCap(r *wire.Request) *int64 {
	if r.MaxOutput == 0 {
		return nil
	}
	return new(max(0, r.MaxOutput)) // NoOutput is a cap of 0
}
