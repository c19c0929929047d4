package count

import (
	"bytes"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/pixels"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// message is what counts of a message, but for its images: their rule is a model's, and not its family's.
type message wire.Message

func (m *message) size() int {
	n := len(m.Name)
	for i := range m.Parts {
		p := &m.Parts[i]
		n += len(p.Text) + len(p.CallID) + len(p.Signature)
		if p.Call != nil {
			n += len(p.Call.Arguments) + len(p.Call.Name)
		}
	}
	return n
}

func (m *message) hash(known *memo) [2]uint64 {
	d := known.digest(messagePart)
	d.text(m.Role)
	d.text(m.Name)
	for i := range m.Parts {
		p := &m.Parts[i]
		d.number(int(p.Kind))
		d.text(p.Text)
		d.text(p.CallID)
		d.text(p.Signature)
		if c := p.Call; c != nil {
			d.text(c.ID)
			d.text(c.Name)
			d.text(c.Arguments)
		}
	}
	return d.sum()
}

func (m *message) count(t tally) tokenizer.Count {
	sum := t.fixed(t.shape.Message, t.shape.MessageMargin).
		Add(t.text(m.Role)).Add(t.text((*wire.Message)(m).Text()))
	if m.Role == functionRole {
		sum = sum.Add(t.fixed(-t.shape.Less, t.shape.LessMargin))
	}
	if m.Name != "" {
		sum = sum.Add(t.fixed(1, 0)).Add(t.text(m.Name))
	}
	for i := range m.Parts {
		sum = sum.Add(m.part(t, i))
	}
	return sum
}

// part counts what a part has besides its text.
func (m *message) part(t tally, i int) (sum tokenizer.Count) {
	sum = t.fixed(0, 0)
	p := &m.Parts[i]
	if p.Kind == wire.PartResult && i > 0 || p.Kind == wire.PartText && i > 0 && m.Parts[i-1].Kind == wire.PartResult {
		// A message of its own, in some formats.
		sum = sum.Add(t.fixed(t.shape.Message, t.shape.MessageMargin+1)).Add(t.text(m.Role))
	}
	if p.CallID != "" { // some templates show it
		sum = sum.Add(t.fixed(0, t.text(p.CallID).Bound()))
	}
	if p.Kind == wire.PartThinking { // some formats leave it out
		sum = sum.Add(t.fixed(0, 1+int64(len(p.Signature)*3/4))) // of base64; a token is taken to be a byte or more
	}
	if c := p.Call; c != nil {
		sum = sum.Add(t.rendered(t.shape.Call, c.Name, c.Arguments)).
			Add(t.fixed(0, t.text(c.ID).Bound()))
	}
	return sum
}

// pictures are those of a request, as far as counting needs them.
func pictures(r *wire.Request) []wire.Image {
	all := images(r.Messages)
	if r.Body != nil {
		all = append(all, r.Body.Images...)
	}
	return all
}

// images are those that messages bring themselves.
func images(messages []wire.Message) (all []wire.Image) {
	for i := range messages {
		for j := range messages[i].Parts {
			if data := messages[i].Parts[j].Image; data != nil {
				width, height := pixels.Size(bytes.NewReader(data.Data))
				all = append(all, wire.Image{Width: width, Height: height, Detail: data.Detail})
			}
		}
	}
	return all
}
