package gemini

import (
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// statuses are Google's words for the statuses of HTTP (https://cloud.google.com/apis/design/errors).
var statuses = map[int]string{
	400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 402: "RESOURCE_EXHAUSTED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
	413: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 502: "UNAVAILABLE", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}

// Refusal says money with 402, which clients do not try again. The error of a call whose answer is a list is in one.
func (c call) Refusal(r wire.Refusal) (status int, body []byte) {
	status = r.StatusOf(402)
	return status, c.WriteError(&wire.Error{Status: status, Message: r.Message})
}

func statusWord(status int) string {
	if word, ok := statuses[status]; ok {
		return word
	}
	return "FAILED_PRECONDITION"
}
