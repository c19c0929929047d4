package document

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// places finds where the keys of a TOML document stand.
type places struct {
	doc    []byte
	starts map[string]int // nil until one is looked up, for most files are right
}

// of returns the place of path, or of the closest thing around it that stands in the document.
func (p *places) of(path []string) Place {
	if p.starts == nil {
		p.starts = map[string]int{}
		Scan(p.doc, func(e Entry) { p.note(e.Path, e.Start) })
		Scan(p.doc, func(e Entry) { // what has no entry of its own begins with its first part
			for n := len(e.Path) - 1; n > 0; n-- {
				p.note(e.Path[:n], e.Start)
			}
		})
	}
	for ; len(path) > 0; path = path[:len(path)-1] {
		if start, ok := p.starts[strings.Join(path, "\x00")]; ok {
			return placeAt(p.doc, start)
		}
	}
	return Place{Line: 1}
}

func (p *places) note(path []string, start int) {
	id := strings.Join(path, "\x00")
	if _, known := p.starts[id]; !known {
		p.starts[id] = start
	}
}

// placeAt returns the place of an offset.
func placeAt(doc []byte, offset int) Place {
	before := doc[:offset]
	lineStart := bytes.LastIndexByte(before, '\n') + 1
	return Place{bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[lineStart:]) + 1}
}

// Place is where something stands in a file; zero where that is not known.
type Place struct {
	Line   int // from 1
	Column int // from 1, in characters; 0 for the line as a whole
}
