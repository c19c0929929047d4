package reading

import (
	"fmt"
	"strings"
	"unicode"
)

// Names are the keys that an object can have here, by how they fold.
type Names map[string]string

// KeySet is the set of keys that words lists.
func KeySet(words string) Names {
	set := make(Names)
	for word := range strings.FieldsSeq(words) {
		set[Fold(word)] = word
	}
	return set
}

// Has reports whether key is one of the set, spelt exactly so.
func (n Names) Has(key string) bool { return n[Fold(key)] == key && key != "" }

// Exact refuses an object with a key that folds onto one of known and is another: servers written in Go read it as
// that one (encoding/json matches keys in any case), and the budget would not.
func (o Object) Exact(known Names) error {
	for _, m := range o {
		if name, ok := known[Fold(m.Key)]; ok && name != m.Key {
			return fmt.Errorf("key %+.40q would be read as %q by some servers: write it so", m.Key, name)
		}
	}
	return nil
}

// Fold returns a spelling that is the same for all keys which are equal under [strings.EqualFold], the folding of
// encoding/json. It is in lower case for ASCII, the letters that fold onto ASCII included: U+017F and U+212A.
func Fold(key string) string {
	plain := func(r rune) bool { return r < 'A' || r > 'Z' && r <= unicode.MaxASCII }
	at := strings.IndexFunc(key, func(r rune) bool { return !plain(r) })
	if at < 0 {
		return key
	}
	return key[:at] + strings.Map(least, key[at:])
}

// least returns the one letter, of all that fold onto each other, that is the least, but for ASCII in lower case.
func least(r rune) rune {
	low := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		low = min(low, next)
	}
	if low >= 'A' && low <= 'Z' {
		low += 'a' - 'A'
	}
	return low
}
