package middleware

import (
	"errors"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// unpaid returns an error if a Budget outside is paying for req already: a chain in the wrong order spends what nobody
// holds. A Retry inside Budget sends several attempts on one hold, and two Budgets hold one attempt twice. what is who
// noticed. A call of another request under a Budget (a tool that asks a model) is no mistake: it has a hold of
// its own.
func unpaid(req *Request, what string) error {
	if !req.Paid() {
		return nil
	}
	return &wire.Error{Class: wire.Invalid, Err: errors.New("middleware: " + what + " stands inside Budget, which must be innermost")}
}
