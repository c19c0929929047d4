package middleware

import (
	"fmt"
	"runtime"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// guard calls f, which reads or writes a format, and returns a panic of it as an error: what somebody sent must not
// end the program of a foreign client, nor keep its hold. The panic's own words may repeat what was sent; only those
// of the runtime are passed on.
func guard(f func()) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case runtime.Error:
			err = &wire.Error{Class: wire.Garbled, Sent: true, Message: "it could not be read: " + p.Error()}
		default:
			err = &wire.Error{Class: wire.Garbled, Sent: true, Message: fmt.Sprintf("it could not be read: a panic with a %T", p)}
		}
	}()
	f()
	return nil
}
