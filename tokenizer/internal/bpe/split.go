package bpe

// A splitter finds the pieces that a vocabulary's pattern cuts a text into; tokens never cross them. It does
// by hand what the official regular expressions say (openai/tiktoken, openai_public.py), their order of
// alternatives and their backtracking included.
//
// cut finds the ends of the pieces from b[i] on, as many as ends has room for, and returns how many it found: less
// only at the end of b. b is valid UTF-8, and a piece starts at i.
type splitter interface {
	cut(b []byte, i int, ends []int) int
}

// pattern is what the splitters share: the character classes.
type pattern struct{ classes *classTable }

// run returns the end of the characters of set that start at b[i], and how many they are.
func (p pattern) run(b []byte, i int, set classSet) (end, n int) {
	for i < len(b) {
		c, size := p.classes.at(b, i)
		if !c.is(set) {
			break
		}
		i, n = i+size, n+1
	}
	return i, n
}

// symbols is " ?[^\s\p{L}\p{N}]+" at b[i], or i if there is none.
func (p pattern) symbols(b []byte, i int) int {
	start := i
	if b[i] == ' ' {
		start++
	}
	if end, n := p.run(b, start, symbols); n > 0 {
		return end
	}
	return i
}

// numbers is \p{N}{1,3} at a number.
func (p pattern) numbers(b []byte, i int) int {
	for n := 0; n < 3 && i < len(b); n++ {
		c, size := p.classes.at(b, i)
		if c != number {
			break
		}
		i += size
	}
	return i
}

// blanks is \s+(?!\S)|\s+ at a space: a run leaves its last character to the word that follows.
func (p pattern) blanks(b []byte, i int) int {
	last, end := i, i
	for end < len(b) {
		c, size := p.classes.at(b, end)
		if c != space {
			break
		}
		last, end = end, end+size
	}
	if end == len(b) || last == i {
		return end
	}
	return last
}

// lines is \s*[\r\n]+|\s+(?!\S)|\s+ at a space: a run with line ends in it stops after the last one.
func (p pattern) lines(b []byte, i int) int {
	end, _ := p.run(b, i, 1<<space)
	for j := end; j > i; j-- {
		if isLineEnd(b[j-1]) {
			return j
		}
	}
	return p.blanks(b, i)
}

func isLineEnd(c byte) bool { return c == '\n' || c == '\r' }

// contraction returns the end of (?i:'s|'t|'re|'ve|'m|'ll|'d) at b[i], or i if there is none. Case folds as
// Unicode has it, where U+017F is an s.
func contraction(b []byte, i int) int {
	if i+1 >= len(b) || b[i] != '\'' {
		return i
	}
	switch b[i+1] | 0x20 {
	case 's', 't', 'm', 'd':
		return i + 2
	}
	if i+2 >= len(b) {
		return i
	}
	switch [2]byte{b[i+1] | 0x20, b[i+2] | 0x20} {
	case [2]byte{'r', 'e'}, [2]byte{'v', 'e'}, [2]byte{'l', 'l'}:
		return i + 3
	}
	if b[i+1] == 0xc5 && b[i+2] == 0xbf { // U+017F
		return i + 3
	}
	return i
}
