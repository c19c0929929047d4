package redact

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/lazy"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

const (
	promptRun = 16 // characters of a prompt in a row that give it away
	keyRun    = 12 // of a key, without punctuation; providers show up to eight of a masked one
	leastKey  = 8  // a shorter word is a placeholder, and met by chance in any text
	maxLook   = 4 << 10
)

// What a text does that must not be shown.
const (
	ofKey     = "holds the key"
	ofRequest = "quotes the request"
)

// secretWords are in the names of headers and parameters that carry a secret, in whatever case.
var secretWords = [][]byte{
	[]byte("auth"), []byte("key"), []byte("token"), []byte("secret"), []byte("cookie"), []byte("password"), []byte("signature"),
}

// secretName knows names with letters that fold to those of a word without being ASCII.
var secretName = lazy.Regexp("(?i)auth|key|token|secret|cookie|password|signature")

// namesSecret reports whether a header or a parameter of that name carries a secret. Each call asks it of each of its headers
// several times, so the usual names go without a regular expression.
func namesSecret(name string) bool {
	var buf [64]byte
	if len(name) > len(buf) {
		return secretName().MatchString(name)
	}
	lower := append(buf[:0], name...)
	for i, c := range lower {
		switch {
		case c >= utf8.RuneSelf:
			return secretName().MatchString(name)
		case c >= 'A' && c <= 'Z':
			lower[i] = c + 'a' - 'A'
		}
	}
	return slices.ContainsFunc(secretWords, func(word []byte) bool { return bytes.Contains(lower, word) })
}

// SecretsIn returns what a request's header and query carry that by its name is a secret, for [Error] and its
// like. A query's key is the only one that some requests have (Gemini's, Azure's).
func SecretsIn(header, query map[string][]string) (secrets []string) {
	for _, set := range []map[string][]string{header, query} {
		for name, values := range set {
			if !namesSecret(name) {
				continue
			}
			for _, value := range values {
				if scheme, key, ok := strings.Cut(value, " "); ok && strings.IndexFunc(scheme, isNoLetter) < 0 { // in whatever case
					value = key
				}
				if value != "" {
					secrets = append(secrets, value)
				}
			}
		}
	}
	return secrets
}

func isNoLetter(r rune) bool { return !unicode.IsLetter(r) }

// secrets are what may not be said back.
type secrets struct {
	request *wire.Request
	keys    []string // in letters and digits alone, in one case
	words   []string // keys too short for that

	shortest int // bytes of a text that can hold one of them
}

func secretsOf(r *wire.Request, keys []string) *secrets {
	s := &secrets{request: r, shortest: keyRun}
	for _, key := range keys {
		s.shortest = min(s.shortest, max(1, len(reading.Bare(key))))
		if plain := reading.Bare(key); utf8.RuneCountInString(plain) >= leastKey {
			s.keys = append(s.keys, plain)
		} else if key != "" {
			s.words = append(s.words, key)
		}
	}
	return s
}

// in says what of the secrets a text repeats, in the clear or in a common encoding: "" if none.
func (s *secrets) in(text string) string {
	switch {
	case text == "":
		return ""
	case s.holdsKey(text):
		return ofKey
	case s.quotes(text):
		return ofRequest
	}
	return ""
}

// holdsKey reports whether text has a run of characters of a key, in any case and with anything in between that is
// no letter or digit.
func (s *secrets) holdsKey(text string) bool {
	if len(s.keys)+len(s.words) == 0 || len(text) < s.shortest {
		return false
	}
	for _, decoded := range readings(text) {
		plain := reading.Bare(decoded)
		for _, key := range s.keys {
			if sharesRun(plain, key, keyRun) {
				return true
			}
		}
		if slices.ContainsFunc(s.words, func(word string) bool { return holdsWord(decoded, word) }) {
			return true
		}
	}
	return false
}

// sharesRun reports whether run bytes in a row of secret, or all of a shorter one, are in text.
func sharesRun(text, secret string, run int) bool {
	run = min(run, len(secret))
	for i := 0; i+run <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+run]) {
			return true
		}
	}
	return false
}

// holdsWord reports whether word stands in text by itself.
func holdsWord(text, word string) bool {
	inWord := func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !inWord(before) && !inWord(after) {
			return true
		}
		from = start + 1
	}
}

// quotes reports whether text has a run of characters of what the request says. A long name of the model that was
// asked for is no quotation, though a prompt may speak of it.
func (s *secrets) quotes(text string) bool {
	if s.request == nil || len(text) < promptRun {
		return false
	}
	if name := s.request.Model; len(name) >= promptRun {
		text = strings.ReplaceAll(text, name, "\x00")
	}
	var said runs
	for _, decoded := range readings(text) {
		said.add(decoded)
	}
	said.sort()
	return len(said.hashes) > 0 && slices.ContainsFunc(textsOf(s.request), said.in)
}

// runs are the runs of promptRun characters of some texts, by a rolling hash. White space and what cannot be seen
// count as one space, and letters in one case.
type runs struct {
	hashes []uint64
	filter [64]uint64 // of the lowest bits of the hashes, so that few are looked up
}

func (r *runs) add(text string) {
	var w window
	for _, c := range text {
		if w.take(c) {
			r.hashes = append(r.hashes, w.hash)
			r.filter[w.hash>>6&63] |= 1 << (w.hash & 63)
		}
	}
}

// sort makes the runs ready to be looked up.
func (r *runs) sort() { slices.Sort(r.hashes) }

// in reports whether text has one of the runs.
func (r *runs) in(text string) bool {
	var w window
	for _, c := range text {
		if w.take(c) && r.filter[w.hash>>6&63]&(1<<(w.hash&63)) != 0 {
			if _, found := slices.BinarySearch(r.hashes, w.hash); found {
				return true
			}
		}
	}
	return false
}

// window is the last promptRun characters of a text.
type window struct {
	last  [promptRun]uint64
	sum   uint64
	hash  uint64 // of the characters, its lowest bits mixed
	n     uint
	solid bool // the last character is no space
}

// take moves the window by one character and reports whether it is full and was moved.
func (w *window) take(c rune) bool {
	switch {
	case 'a' <= c && c <= 'z':
		w.solid = true
	case 'A' <= c && c <= 'Z':
		w.solid, c = true, c+'a'-'A'
	case c <= ' ' || c == 0x7F || c > unicode.MaxASCII && (unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c)):
		if !w.solid {
			return false
		}
		w.solid, c = false, ' '
	default:
		if w.solid = true; c > unicode.MaxASCII {
			c = unicode.ToLower(c)
		}
	}
	place := &w.last[w.n%promptRun]
	w.sum = w.sum*hashBase + uint64(c) - *place*runOut
	w.hash = w.sum ^ w.sum>>29
	*place = uint64(c)
	w.n++
	return w.n >= promptRun
}

const hashBase = 0x9E3779B97F4A7C15

// runOut is the base to the power of promptRun: the weight of the character that leaves a window.
var runOut = func() uint64 {
	power := uint64(1)
	for range promptRun {
		power *= hashBase
	}
	return power
}()
