package document

import "bytes"

// skipValue moves past a value and visits what is inside.
func (s *scanner) skipValue(path []string) {
	switch s.peek() {
	case '"', '\'':
		s.skipString()
	case '[':
		s.skipArray(path)
	case '{':
		s.skipInlineTable(path)
	default:
		rest := s.doc[s.pos:]
		if end := bytes.IndexAny(rest, ",]}#\r\n"); end >= 0 {
			rest = rest[:end]
		}
		s.pos += len(bytes.TrimRight(rest, " \t"))
	}
}

func (s *scanner) skipArray(path []string) {
	s.pos++
	for n := 0; ; {
		s.blank()
		switch before := s.pos; s.peek() {
		case ']':
			s.pos++
			return
		case ',':
			s.pos++
		default:
			e := Entry{Path: append(path[:len(path):len(path)], Index(n)), Inline: true, Start: before, Value: before}
			s.skipValue(e.Path)
			if e.End = s.pos; e.End == before {
				return
			}
			s.visit(e)
			n++
		}
	}
}

func (s *scanner) skipInlineTable(path []string) {
	s.pos++
	for {
		s.blank()
		switch before := s.pos; s.peek() {
		case '}':
			s.pos++
			return
		case ',':
			s.pos++
		default:
			s.pair(path, true)
			if s.pos == before {
				return
			}
		}
	}
}

// skipString moves past a string of any of the four kinds. A multi-line string may end in up to two
// quotes of its own, before the three that close it.
func (s *scanner) skipString() {
	quote := s.peek()
	triple := []byte{quote, quote, quote}
	multi := bytes.HasPrefix(s.doc[s.pos:], triple)
	if multi {
		s.pos += 3
	} else {
		s.pos++
	}
	for s.pos < len(s.doc) {
		switch c := s.doc[s.pos]; {
		case c == '\\' && quote == '"':
			s.pos += 2
		case c != quote:
			s.pos++
		case !multi:
			s.pos++
			return
		case bytes.HasPrefix(s.doc[s.pos:], triple):
			s.pos += 3
			for extra := 0; extra < 2 && s.peek() == quote; extra++ {
				s.pos++
			}
			return
		default:
			s.pos++
		}
	}
	s.pos = len(s.doc)
}
