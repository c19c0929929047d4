package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// A client that somebody else wrote may quote the request in its error.
func TestLogKeepsARequestOutOfErrors(t *testing.T) {
	for text, shown := range map[string]bool{
		"refused: my password is swordfish": false,
		"refused: too long":                 true,
	} {
		var out bytes.Buffer
		client := middleware.Chain(middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
			return nil, errors.New(text)
		}), middleware.Log(slog.New(slog.NewJSONHandler(&out, nil)), middleware.LogOptions{}))
		_, err := client.Generate(t.Context(), &middleware.Request{Model: "m", Messages: wire.Prompt("Remember: my password is swordfish.")})
		if err == nil || err.Error() != text || strings.Contains(out.String(), text) != shown || strings.Contains(out.String(), "swordfish") {
			t.Errorf("%s", out.String())
		}
	}
}
