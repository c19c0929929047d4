package gemini

import (
	"net/http"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// statuses are Google's words for the statuses of HTTP (https://cloud.google.com/apis/design/errors).
var statuses = map[int]string{
	http.StatusBadRequest: "INVALID_ARGUMENT", http.StatusUnauthorized: "UNAUTHENTICATED", http.StatusForbidden: "PERMISSION_DENIED",
	http.StatusPaymentRequired: "RESOURCE_EXHAUSTED", http.StatusTooManyRequests: "RESOURCE_EXHAUSTED",
	http.StatusRequestEntityTooLarge: "INVALID_ARGUMENT", http.StatusBadGateway: "UNAVAILABLE",
}

// Refusal says money with 402, which clients do not try again. The error of a call whose answer is a list is in one.
func (c call) Refusal(r wire.Refusal) (status int, body []byte) {
	status = r.StatusOf(http.StatusPaymentRequired)
	word, ok := statuses[status]
	if !ok {
		word = "FAILED_PRECONDITION"
	}
	body = reading.Marshal(map[string]any{"error": map[string]any{"code": status, "message": r.Message, "status": word}})
	if c.listed() {
		body = append(append([]byte{'['}, body...), ']')
	}
	return status, body
}
