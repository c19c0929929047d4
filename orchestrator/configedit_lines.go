package orchestrator

import (
	"bytes"
	"errors"
	"slices"
)

// budgetEdit is where the keys of [budget] stand in a document.
type budgetEdit struct {
	doc  []byte
	keys map[string]entry

	header *entry // [budget]
	last   *entry // the last key under the header
	dotted *entry // the last key like "budget.period" above all headers
	inline *entry // budget = { ... }
}

func findBudget(doc []byte) *budgetEdit {
	edit := &budgetEdit{doc: doc, keys: map[string]entry{}}
	underHeader, aboveAll := false, true
	mark := len(doc) - len(bytes.TrimPrefix(doc, byteOrderMark))
	scanTOML(doc[mark:], func(e entry) {
		e.path = slices.Clone(e.path)
		e.start, e.value, e.end = e.start+mark, e.value+mark, e.end+mark
		ofBudget := e.path[0] == "budget"
		if ofBudget && len(e.path) == 2 && !e.header {
			edit.keys[e.path[1]] = e
		}
		switch {
		case e.header:
			aboveAll = false
			if underHeader = ofBudget && len(e.path) == 1; underHeader {
				edit.header = &e
			}
		case e.inline:
		case underHeader:
			edit.last = &e
		case !ofBudget || !aboveAll:
		case len(e.path) == 1:
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
		return b.splice(e.value, e.end, value), string(b.doc[e.value:e.end]), nil
	case present:
		doc, err = b.remove(e)
		return doc, string(b.doc[e.value:e.end]), err
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
		return b.addLine(b.last.end, b.indent(b.last.start)+key+" = "+value), nil
	case b.header != nil:
		return b.addLine(b.header.end, key+" = "+value), nil
	case b.dotted != nil:
		return b.addLine(b.dotted.end, b.indent(b.dotted.start)+"budget."+key+" = "+value), nil
	case b.inline != nil:
		return nil, errInline
	}
	newline := b.lineEnd(len(b.doc))
	lines := "[budget]" + newline + key + " = " + value + newline
	switch {
	case len(bytes.TrimPrefix(b.doc, byteOrderMark)) == 0:
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
func (b *budgetEdit) remove(e entry) ([]byte, error) {
	if e.inline {
		return nil, errInline
	}
	start := bytes.LastIndexByte(b.doc[:e.start], '\n') + 1
	if bytes.HasPrefix(b.doc[start:], byteOrderMark) {
		start += len(byteOrderMark)
	}
	end := e.end + len(b.doc[e.end:]) - len(bytes.TrimLeft(b.doc[e.end:], " \t"))
	rest := b.doc[end:]
	switch {
	case bytes.HasPrefix(rest, []byte("#")):
		start = e.start
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
	return string(bytes.TrimPrefix(line, byteOrderMark))
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
