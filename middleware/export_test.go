package middleware

import (
	"net/http"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Meter sends a call of any format through a door.
func Meter(door http.RoundTripper, req *http.Request, format wire.Format) (*http.Response, error) {
	return door.(*transport).meter(req, format)
}

type transport = door
