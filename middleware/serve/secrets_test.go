package serve_test

import (
	"net/http"
	"strings"
	"testing"
)

// What a provider says of other ways to itself would lead clients past the server.
func TestNoWayPastTheServer(t *testing.T) {
	const place = "internal.example"
	h := build(t, unlimited(), func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{"Set-Cookie", "Location", "Content-Location", "Refresh", "Alt-Svc", "Strict-Transport-Security"} {
			w.Header().Set(name, place)
		}
		w.WriteHeader(http.StatusTemporaryRedirect)
	}, nil)
	resp, _ := h.post(t, chat, ask)
	for name, values := range resp.Header {
		if strings.Contains(strings.Join(values, ""), place) {
			t.Errorf("the client got %s: %s", name, values)
		}
	}
	if resp.StatusCode != http.StatusTemporaryRedirect || h.manager.Total().Settled.Tokens != 0 {
		t.Errorf("status %d, settled %v", resp.StatusCode, h.manager.Total().Settled)
	}
}
