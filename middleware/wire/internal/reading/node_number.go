package reading

import (
	"math"
	"strconv"
	"strings"
)

// maxNumber bounds a number's length in characters: longer ones are none. A number of megabytes takes minutes to parse.
const maxNumber = 40

// Literal returns the characters of a number, which may stand in a string, and "" for anything else.
func (n Node) Literal() string {
	if len(n) > maxNumber+2 {
		return ""
	}
	s := strings.TrimSpace(n.Text())
	if len(s) > maxNumber || strings.Trim(s, "0123456789+-.eE") != "" || !strings.ContainsAny(s, "0123456789") {
		return ""
	}
	return s
}

// Integer returns the number that n is, rounded up; ok is false if n is none, or none between -2^62 and 2^62.
func (n Node) Integer() (i int64, ok bool) {
	const most = 1 << 62
	s := n.Literal()
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, -most <= i && i <= most
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(-most < f && f < most) {
		return 0, false
	}
	return int64(math.Ceil(f)), f >= 0 || f <= -1 // a negative fraction must not become 0
}

// Numeric reports whether n is a number, which may stand in a string, or one that is longer than a number may be.
func (n Node) Numeric() bool { return n.Literal() != "" || n.Kind() != '"' && n.Text() != "" }
