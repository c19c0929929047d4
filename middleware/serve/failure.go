package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// failure is an answer that this server gives itself, and an error on the way to it. No client tries again by itself, but
// where waiting helps.
type failure struct {
	kind    wire.RefusalKind
	status  int // 0 is the kind's own
	message string
	wait    int // seconds after which to try again; 0 is not at all
}

func failf(kind wire.RefusalKind, status int, format string, args ...any) *failure {
	return &failure{kind: kind, status: status, message: fmt.Sprintf(format, args...)}
}

func (f *failure) Error() string { return f.message }

// write answers r with f, in the words of the format that its path belongs to.
func (f *failure) write(w http.ResponseWriter, r *http.Request) {
	format := formats.ByRoute(r.URL)
	if format == nil {
		format = openai.Format
	}
	status, body := format.Refusal(wire.Refusal{Kind: f.kind, Status: f.status, Message: "orchestrate: " + f.message})
	h := w.Header()
	h.Set("X-Should-Retry", strconv.FormatBool(f.wait > 0))
	if f.wait > 0 {
		h.Set("Retry-After", strconv.Itoa(f.wait))
	}
	if status == http.StatusUnauthorized {
		h.Set("Www-Authenticate", "Bearer")
	}
	send(w, status, body)
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// failureOf is what a client is told of an error of the door that is no refusal: of a provider's network nothing but that
// it failed.
func failureOf(backend string, err error) *failure {
	var own *failure
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, context.Canceled): // the client hardly hears it, unless the server ends
		return failf(wire.RefusedUnreachable, http.StatusServiceUnavailable, "the call was ended before %s answered; what was sent is charged", backend)
	case errors.Is(err, context.DeadlineExceeded):
		return failf(wire.RefusedUnreachable, http.StatusGatewayTimeout, "%s did not answer in time", backend)
	}
	return failf(wire.RefusedUnreachable, http.StatusBadGateway, "%s did not answer as it should, or its answer broke off", backend)
}

// refuse answers with a refusal of the door, of money with the client's own status.
func refuse(w http.ResponseWriter, r *http.Request, backend string, refused middleware.Refusal) {
	said := refused.Header()
	if (wire.Refusal{Kind: refused.Kind}).OfMoney() {
		refused.Status = cmp.Or(grantOf(r.Context()).RefusalStatus, refused.Status)
	}
	if refused.Kind == wire.RefusedUnreachable { // its address is nobody's business, nor what it told another client
		why := "cannot be reached"
		if paused := (*wire.PausedError)(nil); errors.As(refused.Err, &paused) {
			why = fmt.Sprintf("is not called for the moment, after a failure (%s)", paused.Cause.Class)
		}
		refused.Err = fmt.Errorf("orchestrate: %s %s", backend, why)
	}
	answer := refused.Answer(r)
	defer answer.Body.Close()
	maps.Copy(w.Header(), said)
	body, _ := io.ReadAll(answer.Body) // it is in memory
	send(w, answer.StatusCode, body)
}
