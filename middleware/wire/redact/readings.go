package redact

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/lazy"
)

// readings are what a text may mean: as it stands, and without the encodings that answers are met in, one in another.
func readings(text string) []string {
	all := []string{text[:min(len(text), maxLook)]}
	for i := 0; i < len(all) && len(all) < 24; i++ {
		for _, decode := range []func(string) string{unescapeJSON, unescapeURL, html.UnescapeString, decodeBase64, decodeHex} {
			if s := decode(all[i]); s != "" && !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

var escaped = lazy.Regexp(`\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)`)

func unescapeJSON(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return escaped().ReplaceAllStringFunc(s, func(e string) string {
		switch e[1] {
		case 'n', 't', 'r':
			return " "
		case 'u', 'x':
			if n, err := strconv.ParseUint(e[2:], 16, 32); err == nil && len(e) > 2 {
				return string(rune(n))
			}
		}
		return e[1:]
	})
}

var percents = lazy.Regexp(`(%[0-9a-fA-F]{2})+`)

func unescapeURL(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	plain := percents().ReplaceAllStringFunc(s, func(e string) string {
		plain, _ := url.PathUnescape(e)
		return plain
	})
	return strings.ReplaceAll(plain, "+", " ")
}

var hexRun = lazy.Regexp(`(?:[0-9a-fA-F]{2}[: ]?){12,}`)

var toStandard = strings.NewReplacer("-", "+", "_", "/")

// decodeBase64 returns what the runs of text that may be base64 hold, wherever in them it begins.
func decodeBase64(s string) string {
	const least = 16 // of what could hide a run of a key
	var out strings.Builder
	foreign := func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("+/-_", c))
	}
	for _, run := range strings.FieldsFunc(s, foreign) {
		if len(run) < least {
			continue
		}
		run = toStandard.Replace(run)
		for i := range 4 {
			part := run[i:]
			plain, _ := base64.StdEncoding.DecodeString(part[:len(part)&^3])
			out.Write(plain)
			out.WriteByte(0)
		}
	}
	return out.String()
}

func decodeHex(s string) string {
	if !strings.ContainsAny(s, "0123456789") {
		return s
	}
	var out strings.Builder
	for _, run := range hexRun().FindAllString(s, -1) {
		run = strings.NewReplacer(":", "", " ", "").Replace(run)
		for i := range 2 {
			part := run[i:]
			plain, _ := hex.DecodeString(part[:len(part)&^1])
			out.Write(plain)
			out.WriteByte(0)
		}
	}
	return out.String()
}
