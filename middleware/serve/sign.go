package serve

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Headers returns a [Backend.Sign] that sets headers, a key among them.
func Headers(set map[string]string) func(*http.Request) error {
	names := slices.Sorted(maps.Keys(set))
	return func(r *http.Request) error {
		for _, name := range names {
			if r.Header.Get(name) == "" || isKey(name) { // a version that the client speaks stays
				r.Header.Set(name, set[name])
			}
		}
		return nil
	}
}

func isKey(name string) bool { return private[plainName(name)] }

// Keys has a key that expires; see provider.Keys.
type Keys interface {
	Key(ctx context.Context, refused string) (string, error)
}

// Keyed returns a [Backend]'s Sign and Renew for a key that expires. header has the headers of a key.
func Keyed(keys Keys, header func(key string) map[string]string) (sign func(*http.Request) error, renew func(*http.Request) bool) {
	sign = func(r *http.Request) error {
		key, err := keys.Key(r.Context(), "")
		if err != nil {
			return err
		}
		return Headers(header(key))(r)
	}
	renew = func(r *http.Request) bool {
		refused := keyIn(r, header)
		key, err := keys.Key(r.Context(), refused)
		return err == nil && key != refused && Headers(header(key))(r) == nil
	}
	return sign, renew
}

// keyIn is the key that a request was signed with.
func keyIn(r *http.Request, header func(key string) map[string]string) string {
	const mark = "KEY"
	for name, value := range header(mark) {
		if before, ok := strings.CutSuffix(value, mark); ok {
			return strings.TrimPrefix(r.Header.Get(name), before)
		}
	}
	return ""
}
