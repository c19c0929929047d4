package config

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// tableEdit is where the keys of a table stand in a document: [budget], say, or [budget.models.NAME].
type tableEdit struct {
	doc  []byte
	path []string
	keys map[string]document.Entry

	header *document.Entry // [budget]
	last   *document.Entry // the last key under the header
	dotted *document.Entry // the last key like "budget.period" above all headers
	inline *document.Entry // budget = { ... }
}

func findTable(doc []byte, path []string) *tableEdit {
	edit := &tableEdit{doc: doc, path: path, keys: map[string]document.Entry{}}
	underHeader, aboveAll := false, true
	mark := len(doc) - len(bytes.TrimPrefix(doc, document.ByteOrderMark))
	document.Scan(doc[mark:], func(e document.Entry) {
		e.Path = slices.Clone(e.Path)
		e.Start, e.Value, e.End = e.Start+mark, e.Value+mark, e.End+mark
		within := len(e.Path) >= len(path) && slices.Equal(e.Path[:len(path)], path)
		if within && len(e.Path) == len(path)+1 && !e.Header {
			edit.keys[e.Path[len(path)]] = e
		}
		switch {
		case e.Header:
			aboveAll = false
			if underHeader = within && len(e.Path) == len(path); underHeader {
				edit.header = &e
			}
		case e.Inline:
		case underHeader:
			edit.last = &e
		case !within || !aboveAll:
		case len(e.Path) == len(path):
			edit.inline = &e
		default:
			edit.dotted = &e
		}
	})
	return edit
}

// set returns the document with key set to value, which is TOML, or without key for "". before is the
// value until then.
func (b *tableEdit) set(key, value string) (doc []byte, before string, err error) {
	e, present := b.keys[key]
	switch {
	case present && value != "":
		return b.splice(e.Value, e.End, value), string(b.doc[e.Value:e.End]), nil
	case present:
		if doc, err = b.remove(e); err == nil && len(b.path) > 1 {
			doc, err = findTable(doc, b.path).removeEmpty()
		}
		return doc, string(b.doc[e.Value:e.End]), err
	case value == "":
		return b.doc, "", nil
	}
	doc, err = b.add(key, value)
	return doc, "", err
}

// errInline says that the table cannot be edited.
func (b *tableEdit) errInline() error {
	return fmt.Errorf("%s is an inline table, which cannot be edited line by line: write it as a table, one key a line", b.name())
}

// name is the header of the table.
func (b *tableEdit) name() string { return "[" + b.keyOf() + "]" }

// keyOf is the table's name, as it stands in its header and before the dot of a key.
func (b *tableEdit) keyOf() string {
	parts := make([]string, len(b.path))
	for i, part := range b.path {
		if parts[i] = part; strings.ContainsFunc(part, func(r rune) bool { return !bareKey(r) }) {
			parts[i] = quoted(part)
		}
	}
	return strings.Join(parts, ".")
}

// bareKey reports whether r may stand in a key without quotes.
func bareKey(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}

// add puts a new key after the last one of the table.
func (b *tableEdit) add(key, value string) ([]byte, error) {
	switch {
	case b.last != nil:
		return b.addLine(b.last.End, b.indent(b.last.Start)+key+" = "+value), nil
	case b.header != nil:
		return b.addLine(b.header.End, key+" = "+value), nil
	case b.dotted != nil:
		return b.addLine(b.dotted.End, b.indent(b.dotted.Start)+b.keyOf()+"."+key+" = "+value), nil
	case b.inline != nil:
		return nil, b.errInline()
	}
	newline := b.lineEnd(len(b.doc))
	lines := b.name() + newline + key + " = " + value + newline
	switch {
	case len(bytes.TrimPrefix(b.doc, document.ByteOrderMark)) == 0:
	case bytes.HasSuffix(b.doc, []byte("\n")):
		lines = newline + lines
	default:
		lines = newline + newline + lines
	}
	return b.splice(len(b.doc), len(b.doc), lines), nil
}

// addLine puts a line after the one that holds offset.
func (b *tableEdit) addLine(offset int, line string) []byte {
	newline := b.lineEnd(offset)
	end := bytes.IndexByte(b.doc[offset:], '\n')
	if end < 0 { // the file does not end in a newline, and so it stays
		return b.splice(len(b.doc), len(b.doc), newline+line)
	}
	end += offset + 1
	return b.splice(end, end, line+newline)
}

// removeEmpty takes out the header of a table in which nothing is left: the limits of a model say something, or are not there.
func (b *tableEdit) removeEmpty() ([]byte, error) {
	if b.header == nil || len(b.keys) > 0 {
		return b.doc, nil
	}
	return b.remove(*b.header)
}

// remove takes out a key and its line. A comment on the line stays.
func (b *tableEdit) remove(e document.Entry) ([]byte, error) {
	if e.Inline {
		return nil, b.errInline()
	}
	start := bytes.LastIndexByte(b.doc[:e.Start], '\n') + 1
	if bytes.HasPrefix(b.doc[start:], document.ByteOrderMark) {
		start += len(document.ByteOrderMark)
	}
	end := e.End + len(b.doc[e.End:]) - len(bytes.TrimLeft(b.doc[e.End:], " \t"))
	rest := b.doc[end:]
	switch {
	case bytes.HasPrefix(rest, []byte("#")):
		start = e.Start
	case bytes.HasPrefix(rest, []byte("\r\n")):
		end += 2
	case bytes.HasPrefix(rest, []byte("\n")):
		end++
	}
	return b.splice(start, end, ""), nil
}

func (b *tableEdit) splice(start, end int, text string) []byte {
	return slices.Concat(b.doc[:start], []byte(text), b.doc[end:])
}

// indent is the space before offset on its line.
func (b *tableEdit) indent(offset int) string {
	line := b.doc[bytes.LastIndexByte(b.doc[:offset], '\n')+1 : offset]
	return string(bytes.TrimPrefix(line, document.ByteOrderMark))
}

// lineEnd is how the line at offset ends, or the one before it where it is the last.
func (b *tableEdit) lineEnd(offset int) string {
	end := bytes.IndexByte(b.doc[offset:], '\n')
	if end >= 0 {
		end += offset
	} else {
		end = bytes.LastIndexByte(b.doc, '\n')
	}
	if end > 0 && b.doc[end-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
