package openai

import (
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// Refusal says money with 402, which clients do not try again. As 429 it is the account's quota, not a rate: Codex
// stops at that word.
func (format) Refusal(r wire.Refusal) (status int, body []byte) {
	status = r.StatusOf(402)
	kind, code := "invalid_request_error", string(r.Kind)
	switch {
	case r.OfMoney() && status == 429:
		kind, code = "insufficient_quota", "insufficient_quota"
	case r.OfMoney():
		kind, code = "budget_exceeded", "budget_exceeded"
	case r.Kind == wire.RefusedUnauthorised:
		code = "invalid_api_key"
	case r.Kind == wire.RefusedUnreachable:
		kind = "server_error"
	}
	return status, reading.Marshal(map[string]any{"error": map[string]any{
		"message": r.Message, "type": kind, "param": nil, "code": code,
	}})
}
