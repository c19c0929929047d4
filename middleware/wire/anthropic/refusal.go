package anthropic

import (
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// Refusal says money with 402, which clients do not try again.
func (format) Refusal(r wire.Refusal) (status int, body []byte) {
	status = r.StatusOf(402)
	kind := "invalid_request_error"
	switch {
	case r.OfMoney() && status == 429:
		kind = "rate_limit_error"
	case r.OfMoney():
		kind = "billing_error"
	case r.Kind == wire.RefusedUnmetered:
		kind = "permission_error"
	case r.Kind == wire.RefusedTooLarge:
		kind = "request_too_large"
	case r.Kind == wire.RefusedUnauthorised:
		kind = "authentication_error"
	case r.Kind == wire.RefusedUnreachable:
		kind = "api_error"
	}
	return status, reading.Marshal(map[string]any{
		"type": "error", "error": map[string]string{"type": kind, "message": r.Message},
	})
}
