package document

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// The TOML library tells neither where a key stands (its metadata has no positions) nor where a value
// ends, which messages and edits need. This scanner does, and nothing else: it takes for granted that the
// library has accepted the document.

// Entry is one header, key or element of an array in a TOML document.
type Entry struct {
	Path   []string // tables, indexes of arrays as "[0]", and the key; valid during the visit only
	Header bool     // [table] or [[table]]
	Inline bool     // inside an inline table or an array
	Start  int      // offset of the key, of the header's first bracket, or of the element
	Value  int      // offset of the value; of a header, its end
	End    int      // offset after the value
}

// Scan visits every header, key and element of doc. A table's entries follow its header; the entries
// inside a value come before the entry of the value.
func Scan(doc []byte, visit func(Entry)) {
	s := scanner{doc: doc, visit: visit, counts: map[string]int{}}
	for s.blank(); s.pos < len(doc); s.blank() {
		before := s.pos
		if s.peek() == '[' {
			s.header()
		} else {
			s.pair(s.table, false)
		}
		if s.pos == before { // not TOML: the caller's promise is broken, so stop rather than spin
			return
		}
	}
}

type scanner struct {
	doc    []byte
	pos    int
	table  []string       // the path of the header in force
	counts map[string]int // elements so far of each array of tables
	visit  func(Entry)
}

func (s *scanner) peek() byte {
	if s.pos < len(s.doc) {
		return s.doc[s.pos]
	}
	return 0
}

func (s *scanner) header() {
	start, brackets := s.pos, 1
	if bytes.HasPrefix(s.doc[s.pos:], []byte("[[")) {
		brackets = 2
	}
	s.pos += brackets
	keys := s.key()
	s.pos = min(s.pos+brackets, len(s.doc))

	path := make([]string, 0, len(keys)+2)
	for i, key := range keys {
		path = append(path, key)
		id := strings.Join(path, "\x00")
		if brackets == 2 && i == len(keys)-1 {
			s.counts[id]++
		}
		if n := s.counts[id]; n > 0 {
			path = append(path, Index(n-1))
		}
	}
	s.table = path
	s.visit(Entry{Path: path, Header: true, Start: start, Value: s.pos, End: s.pos})
}

// pair reads "key = value" and visits it.
func (s *scanner) pair(prefix []string, inline bool) {
	e := Entry{Start: s.pos, Inline: inline}
	e.Path = append(prefix[:len(prefix):len(prefix)], s.key()...)
	if s.peek() != '=' {
		return
	}
	s.pos++
	s.space()
	e.Value = s.pos
	s.skipValue(e.Path)
	e.End = s.pos
	s.visit(e)
}

// key reads a dotted key and the space around it.
func (s *scanner) key() []string {
	var parts []string
	for {
		s.space()
		start := s.pos
		switch s.peek() {
		case '"', '\'':
			s.skipString()
			parts = append(parts, unquoteKey(string(s.doc[start:s.pos])))
		default:
			for isBare(s.peek()) {
				s.pos++
			}
			parts = append(parts, string(s.doc[start:s.pos]))
		}
		s.space()
		if s.peek() != '.' {
			return parts
		}
		s.pos++
	}
}

func isBare(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

func unquoteKey(quoted string) string {
	if quoted[0] == '"' && strings.Contains(quoted, `\`) {
		var doc struct{ K string }
		if _, err := toml.Decode("K = "+quoted, &doc); err == nil {
			return doc.K
		}
	}
	return strings.Trim(quoted, quoted[:1])
}

func (s *scanner) space() {
	for s.peek() == ' ' || s.peek() == '\t' {
		s.pos++
	}
}

// blank moves past space, line ends and comments.
func (s *scanner) blank() {
	for s.pos < len(s.doc) {
		switch s.doc[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		case '#':
			end := bytes.IndexByte(s.doc[s.pos:], '\n')
			if end < 0 {
				s.pos = len(s.doc)
				return
			}
			s.pos += end
		default:
			return
		}
	}
}

// Index is the path element of the n-th element of an array, from 0.
func Index(n int) string { return "[" + strconv.Itoa(n) + "]" }
