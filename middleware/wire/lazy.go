package wire

import (
	"regexp"
	"sync"
)

// lazy is an expression that is compiled when it is first used: all of them would cost every command a millisecond
// at its start.
func lazy(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
