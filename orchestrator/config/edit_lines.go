package config

import (
	"bytes"
	"errors"
	"slices"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// budgetEdit is where the keys of [budget] stand in a document.
type budgetEdit struct {
	doc  []byte
	keys map[string]document.Entry

	header *document.Entry // [budget]
	last   *document.Entry // the last key under the header
	dotted *document.Entry // the last key like "budget.period" above all headers
	inline *document.Entry // budget = { ... }
}

func findBudget(doc []byte) *budgetEdit {
	edit := &budgetEdit{doc: doc, keys: map[string]document.Entry{}}
	underHeader, aboveAll := false, true
	mark := len(doc) - len(bytes.TrimPrefix(doc, document.ByteOrderMark))
	document.Scan(doc[mark:], func(e document.Entry) {
		e.Path = slices.Clone(e.Path)
		e.Start, e.Value, e.End = e.Start+mark, e.Value+mark, e.End+mark
		ofBudget := e.Path[0] == "budget"
		if ofBudget && len(e.Path) == 2 && !e.Header {
			edit.keys[e.Path[1]] = e
		}
		switch {
		case e.Header:
			aboveAll = false
			if underHeader = ofBudget && len(e.Path) == 1; underHeader {
				edit.header = &e
			}
		case e.Inline:
		case underHeader:
			edit.last = &e
		case !ofBudget || !aboveAll:
		case len(e.Path) == 1:
			edit.inline = &e
		default:
			edit.dotted = &e
		}
	})
	return edit
}

// set returns the document with key set to value, which is TOML, or without key for "". before is the
// value until then.
func (b *budgetEdit) set(key, value string) (doc []byte, before string, err error) {
	e, present := b.keys[key]
	switch {
	case present && value != "":
		return b.splice(e.Value, e.End, value), string(b.doc[e.Value:e.End]), nil
	case present:
		doc, err = b.remove(e)
		return doc, string(b.doc[e.Value:e.End]), err
	case value == "":
		return b.doc, "", nil
	}
	doc, err = b.add(key, value)
	return doc, "", err
}

var errInline = errors.New("[budget] is an inline table, which cannot be edited line by line: write it as a table [budget], one key a line")

// add puts a new key after the last one of the table.
func (b *budgetEdit) add(key, value string) ([]byte, error) {
	switch {
	case b.last != nil:
		return b.addLine(b.last.End, b.indent(b.last.Start)+key+" = "+value), nil
	case b.header != nil:
		return b.addLine(b.header.End, key+" = "+value), nil
	case b.dotted != nil:
		return b.addLine(b.dotted.End, b.indent(b.dotted.Start)+"budget."+key+" = "+value), nil
	case b.inline != nil:
		return nil, errInline
	}
	newline := b.lineEnd(len(b.doc))
	lines := "[budget]" + newline + key + " = " + value + newline
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
func (b *budgetEdit) addLine(offset int, line string) []byte {
	newline := b.lineEnd(offset)
	end := bytes.IndexByte(b.doc[offset:], '\n')
	if end < 0 { // the file does not end in a newline, and so it stays
		return b.splice(len(b.doc), len(b.doc), newline+line)
	}
	end += offset + 1
	return b.splice(end, end, line+newline)
}

// remove takes out a key and its line. A comment on the line stays.
func (b *budgetEdit) remove(e document.Entry) ([]byte, error) {
	if e.Inline {
		return nil, errInline
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

func (b *budgetEdit) splice(start, end int, text string) []byte {
	return slices.Concat(b.doc[:start], []byte(text), b.doc[end:])
}

// indent is the space before offset on its line.
func (b *budgetEdit) indent(offset int) string {
	line := b.doc[bytes.LastIndexByte(b.doc[:offset], '\n')+1 : offset]
	return string(bytes.TrimPrefix(line, document.ByteOrderMark))
}

// lineEnd is how the line at offset ends, or the one before it where it is the last.
func (b *budgetEdit) lineEnd(offset int) string {
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
