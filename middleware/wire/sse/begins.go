package sse

import (
	"bytes"
	"mime"
)

// Streamed reports whether an answer with this content type is a stream of server-sent events. It goes by
// what came rather than by what was asked for: some servers cannot stream, some proxies drop the type.
func Streamed(contentType string, asked bool) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	return kind == "text/event-stream" || (asked && kind != "application/json")
}

// Begins reports whether a body that begins so is a stream of server-sent events, where its header says that it is
// streamed or not: some servers set the type that was asked for and send an error's object, some name a stream JSON. known
// is false as long as too little came to tell.
func Begins(begin []byte, streamed bool) (is, known bool) {
	begin = bytes.TrimLeft(bytes.TrimPrefix(begin, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(begin) == 0 {
		return streamed, false
	}
	if begin[0] == '{' || begin[0] == '[' {
		return false, true
	}
	for _, field := range []string{":", "data:", "event:"} {
		if n := min(len(field), len(begin)); string(begin[:n]) == field[:n] {
			return streamed || n == len(field), streamed || n == len(field)
		}
	}
	return streamed, true
}
