package serve

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// tokenHeaders are where SDKs put their key; a bearer is one word after a scheme.
var tokenHeaders = []string{"X-Api-Key", "Api-Key", "X-Goog-Api-Key"}

// private are further headers that stay here, by their plain names: other credentials, and what chooses an account or a bill
// of the provider's key. Names that are no canonical ones ("X_Api_Key") are dropped before.
var private = map[string]bool{
	"authorization": true, "proxyauthorization": true, "cookie": true, "xapikey": true, "apikey": true, "xgoogapikey": true,
	"xauthtoken": true, "openaiorganization": true, "openaiproject": true, "xgooguserproject": true,
	"xgoogiamauthorizationtoken": true, "forwarded": true, "xrealip": true, "trailer": true,
}

// privateQuery are the parameters of a query that stay here, by their plain names.
var privateQuery = map[string]bool{
	"key": true, "apikey": true, "accesstoken": true, "authtoken": true, "oauthtoken": true, "token": true,
	"userproject": true, "quotauser": true, "httpheaders": true,
}

var errManyTokens = errors.New("the request shows different tokens: give one")

// takeToken returns the token that a request shows, "" for none, and takes everything like one out of it.
func takeToken(r *http.Request) (string, error) {
	var shown []string
	for _, value := range r.Header.Values("Authorization") {
		scheme, token, _ := strings.Cut(strings.TrimSpace(value), " ")
		if strings.EqualFold(scheme, "Bearer") {
			shown = append(shown, token)
		}
	}
	for _, name := range tokenHeaders {
		shown = append(shown, r.Header.Values(name)...)
	}
	keys, err := takeQuery(r.URL)
	if err != nil {
		return "", err
	}
	token := ""
	for _, s := range append(shown, keys...) {
		s = strings.TrimSpace(s)
		if token != "" && s != token {
			return "", errManyTokens
		}
		token = s
	}
	takeHeaders(r.Header, token)
	if isSecret(token) {
		pairs := strings.Split(r.URL.RawQuery, "&")
		r.URL.RawQuery = strings.Join(slices.DeleteFunc(pairs, func(pair string) bool {
			plain, _ := url.QueryUnescape(pair)
			return strings.Contains(plain, token)
		}), "&")
	}
	return token, nil
}

// isSecret reports whether a text is too long to be in another one by chance.
func isSecret(text string) bool { return len(text) >= leastSecret }

// takeQuery removes the private parameters of a query, and returns those called key. The rest stays as it is.
func takeQuery(u *url.URL) (keys []string, err error) {
	var rest []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil || strings.Contains(pair, ";") {
			return nil, errors.New("the query cannot be read")
		}
		switch plain := plainName(name); {
		case !privateQuery[plain]:
			rest = append(rest, pair)
		case strings.EqualFold(name, "key"):
			if value, err = url.QueryUnescape(value); err != nil {
				return nil, errors.New("the query cannot be read")
			}
			keys = append(keys, value)
		}
	}
	u.RawQuery, u.ForceQuery = strings.Join(rest, "&"), false
	return keys, nil
}

// takeHeaders removes what no provider may see: the token, under whatever name, too. A name with anything but letters, digits
// and - is one that some server reads as another.
func takeHeaders(h http.Header, token string) {
	for name, values := range h {
		odd := strings.ContainsFunc(name, func(c rune) bool {
			return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-')
		})
		if plain := plainName(name); odd || private[plain] || strings.HasPrefix(plain, "xforwardedfor") || strings.HasPrefix(plain, "xorchestrate") ||
			isSecret(token) && strings.Contains(strings.Join(values, " "), token) {
			delete(h, name)
		}
	}
}

// plainName is a name in lower case without anything but letters and digits.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}
