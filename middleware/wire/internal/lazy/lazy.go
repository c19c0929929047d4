// Package lazy compiles expressions when they are first used.
package lazy

import (
	"regexp"
	"sync"
)

// Regexp is an expression that is compiled when it is first used: all of them would cost every command a millisecond
// at its start.
func Regexp(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
