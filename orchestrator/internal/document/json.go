package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Node is a value of a JSON document and where it stands.
type Node struct {
	Start, End int // offsets in the document
	Keys       []Key
	Elements   []*Node // the values of Keys, or the elements of an array
}

// Key is a key of an object.
type Key struct {
	Name  string
	Start int // of its first quote
}

// ParseJSON parses a document that is UTF-8, whose nesting was bounded and that is free of byte order marks. The error is at
// an offset.
func ParseJSON(doc []byte) (root *Node, at int, err error) {
	p := &jsonParser{doc: doc, d: json.NewDecoder(bytes.NewReader(doc))}
	p.d.UseNumber()
	root, err = p.value()
	if err == nil {
		if _, err = p.d.Token(); errors.Is(err, io.EOF) {
			return root, 0, nil
		}
		err = errors.New("something follows the document")
	}
	var syntax *json.SyntaxError
	switch at = int(p.d.InputOffset()); {
	case errors.As(err, &syntax):
		at = max(int(syntax.Offset)-1, 0)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		at, err = len(doc), errors.New("the document does not end")
	}
	return nil, at, err
}

type jsonParser struct {
	doc []byte
	d   *json.Decoder
}

// next is where the next token begins.
func (p *jsonParser) next() int {
	at := int(p.d.InputOffset())
	for at < len(p.doc) && bytes.IndexByte([]byte(" \t\r\n,:"), p.doc[at]) >= 0 {
		at++
	}
	return at
}

func (p *jsonParser) value() (*Node, error) {
	n := &Node{Start: p.next()}
	token, err := p.d.Token()
	if err != nil {
		return nil, err
	}
	if delim, opens := token.(json.Delim); opens {
		for p.d.More() {
			if delim == '{' {
				start := p.next()
				name, err := p.d.Token()
				if err != nil {
					return nil, err
				}
				n.Keys = append(n.Keys, Key{name.(string), start})
			}
			element, err := p.value()
			if err != nil {
				return nil, err
			}
			n.Elements = append(n.Elements, element)
		}
		if _, err := p.d.Token(); err != nil {
			return nil, err
		}
	}
	n.End = int(p.d.InputOffset())
	return n, nil
}

// Get is the value of a key of an object, the last where it comes twice; nil if there is none.
func (n *Node) Get(name string) *Node {
	for i := len(n.Keys) - 1; i >= 0; i-- {
		if n.Keys[i].Name == name {
			return n.Elements[i]
		}
	}
	return nil
}

// Raw is the value as it is written.
func (n *Node) Raw(doc []byte) json.RawMessage { return doc[n.Start:n.End] }

// PlaceAt returns the place of an offset of a document.
func PlaceAt(doc []byte, offset int) Place { return placeAt(doc, min(offset, len(doc))) }
