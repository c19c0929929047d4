package document

import (
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// Source is a file while it is read, and where its tables report what is wrong with them.
type Source struct {
	Mistakes

	// Locate returns the place of a path of keys, or of the closest thing around it. [Decode] sets it; a reader of
	// another format does so itself.
	Locate func(path []string) Place

	Secrets bool // strings that look like a provider's key are mistakes
	JSON    bool // messages speak of objects, not of tables
}

// NewSource is a source without mistakes; file stands for it in messages.
func NewSource(file string) *Source { return &Source{Mistakes: Mistakes{File: file}} }

// Decode reads the TOML document doc, which is free of byte order marks, into the table of its top level. items is how many
// parts of keys, headers and elements of arrays it may have. ok is false where the document is no TOML or beyond the
// bounds; the reason is then among the mistakes.
func Decode(src *Source, doc []byte, items int) (root *Table, ok bool) {
	positions := &places{doc: doc}
	src.Locate = positions.of
	root = &Table{Source: src}
	if at := InvalidUTF8(doc); at >= 0 {
		src.Add(placeAt(doc, at), "", fmt.Sprintf("byte %d is not UTF-8", at), "save the file as UTF-8")
		return root, false
	}
	if !boundTOML(src, doc, items) {
		return root, false
	}
	_, err := toml.Decode(string(doc), &root.Values)
	var parse toml.ParseError
	switch {
	case errors.As(err, &parse):
		// The library's own line is one too many at line ends, and its offset can lie outside.
		at := placeAt(doc, min(max(parse.Position.Start, 0), len(doc)))
		hint := ""
		switch lastDot := strings.LastIndexByte(parse.LastKey, '.'); {
		case src.Secrets && credential.MatchString(parse.LastKey[lastDot+1:]):
			hint = nameTheVariable
		case strings.HasPrefix(parse.Message, "expected value but found"):
			hint = "text goes in quotes"
		}
		src.Add(at, parse.LastKey, parse.Message, hint)
	case err != nil:
		src.Add(Place{}, "", err.Error(), "")
	}
	return root, err == nil
}
