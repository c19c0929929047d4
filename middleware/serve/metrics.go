package serve

import (
	"crypto/subtle"
	"net/http"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// metrics answers GET /metrics.
func (h *handler) metrics(w http.ResponseWriter, r *http.Request) {
	if failed := h.mayMeasure(r); failed != nil {
		failed.write(w, r)
		return
	}
	text, err := h.config.Metrics(r.Context())
	if err != nil {
		failf(wire.RefusedUnreachable, http.StatusServiceUnavailable, "there are no figures now").write(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(text)
}

// mayMeasure turns away who may not see the figures of all.
func (h *handler) mayMeasure(r *http.Request) *failure {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return failf(wire.RefusedInvalid, http.StatusMethodNotAllowed, "/metrics is read with GET")
	}
	if failed := h.local(r); failed != nil {
		return failed
	}
	token, err := takeToken(r)
	switch {
	case h.config.MetricsToken == "" && h.config.Local:
		return nil
	case h.config.MetricsToken == "":
		return failf(wire.RefusedInvalid, http.StatusNotFound, "/metrics is shown once it has a token of its own ([serve] metrics_token_env)")
	case err != nil || subtle.ConstantTimeCompare([]byte(token), []byte(h.config.MetricsToken)) != 1:
		return failf(wire.RefusedUnauthorised, 0, "the token of /metrics is another one ([serve] metrics_token_env)")
	}
	return nil
}
