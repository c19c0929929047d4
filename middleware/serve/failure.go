package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// What went wrong, in the words that the SDKs of OpenAI and Anthropic know.
const (
	invalid      = "invalid_request_error"
	unauthorised = "authentication_error"
	forbidden    = "permission_error"
	notFound     = "not_found_error"
	tooLarge     = "request_too_large"
	busy         = "overloaded_error"
	broken       = "api_error"
)

// failure is an answer that this server gives itself, and an error on the way to it. No client tries again by itself, but
// where waiting helps.
type failure struct {
	status  int
	kind    string
	message string
	wait    int // seconds after which to try again; 0 is not at all
}

func fail(status int, kind, format string, args ...any) *failure {
	return &failure{status: status, kind: kind, message: fmt.Sprintf(format, args...)}
}

func (f *failure) Error() string { return f.message }

// write answers with f, in a shape that the SDKs of all formats can read.
func (f *failure) write(w http.ResponseWriter) {
	body, _ := json.Marshal(map[string]any{
		"type":  "error",
		"error": map[string]any{"type": f.kind, "code": f.status, "status": f.kind, "message": "orchestrate: " + f.message},
	})
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Should-Retry", strconv.FormatBool(f.wait > 0))
	if f.wait > 0 {
		h.Set("Retry-After", strconv.Itoa(f.wait))
	}
	if f.status == http.StatusUnauthorized {
		h.Set("Www-Authenticate", "Bearer")
	}
	w.WriteHeader(f.status)
	_, _ = w.Write(body)
}

// failureOf is what a client is told of an error of the door: of its own mistakes all, of a provider's network nothing
// but that it failed.
func failureOf(backend string, err error) *failure {
	var own *failure
	var lost *wire.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, context.Canceled): // the client hardly hears it, unless the server ends
		return fail(http.StatusServiceUnavailable, broken, "the call was ended before %s answered; what was sent is charged", backend)
	case errors.Is(err, context.DeadlineExceeded):
		return fail(http.StatusGatewayTimeout, broken, "%s did not answer in time", backend)
	case errors.As(err, &lost) && lost.Class == wire.Invalid && lost.Status == 0:
		return fail(http.StatusBadRequest, invalid, "%s", words(err))
	case errors.As(err, &lost):
		return fail(http.StatusBadGateway, broken, "%s could not be reached, or its answer broke off", backend)
	}
	return fail(http.StatusBadRequest, invalid, "%s", words(err))
}

func words(err error) string { return strings.TrimPrefix(err.Error(), "middleware: ") }
