package hostile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Answers that are none, and right ones under wrong names: nobody knows what they cost, so the hold is charged, and
// usage that can be read is read.
func TestGarbage(t *testing.T) {
	noise := make([]byte, 3000)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	bodies := map[string]string{
		"nothing": "", "a word": "ok", "a number": "7", "null": "null", "a string": `"ok"`, "a list": "[]", "an empty object": "{}",
		"HTML": "<!doctype html><html><head><title>Sign in</title></head><body>x</body></html>", "noise": string(noise),
		"a cut object": `{"choices":[{"message":{"content":"o`, "two objects": "{}{}", "braces": strings.Repeat("{", 1000), "no UTF-8": "{\"choices\":[{\"message\":{\"content\":\"\xff\xfe\"}}]}",
		"zero bytes": strings.Repeat("\x00", 1000), "events of nothing": "data: \n\ndata:\n\n: x\n\n", "half an event": "data: {\"choices\":", "only the end": "data: [DONE]\n\n",
		"lone surrogates": `{"choices":[{"message":{"content":"\ud800"}}]}`, "keys without values": `{"choices":}`,
	}
	kinds := []string{asJSON, asEvents, "text/html", "text/plain; charset=latin1", "", "application/octet-stream", "application/json; charset=\"", "TEXT/EVENT-STREAM;x=y", "multipart/form-data"}
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		for name, body := range bodies {
			for _, kind := range kinds {
				b := bill{in: promptTokens, out: outputCap}
				list = append(list, once(fmt.Sprintf("%s as %q", name, kind), sends(whole(200, kind, "", body)), b))
			}
		}
		s := said{text: words(5), usage: g.usage(40, 7)}
		for _, kind := range kinds {
			list = append(list,
				once(fmt.Sprintf("an answer as %q", kind), sends(whole(200, kind, "", g.body(s))), bill{in: promptTokens, out: 7}),
				once(fmt.Sprintf("a stream as %q", kind), sends(whole(200, kind, "", g.frame(g.events(s)...))), bill{in: promptTokens, out: 7}),
				once(fmt.Sprintf("an answer with a mark as %q", kind), sends(whole(200, kind, "", "\ufeff"+g.body(s))), bill{in: promptTokens, out: 7}))
		}
		return append(list, g.encoded(stream, s)...)
	}))
}

// encoded are answers in encodings that nobody asked for, or that they do not have.
func (g *tongue) encoded(stream bool, s said) (list []scenario) {
	body, kind := g.body(s), asJSON
	if stream {
		body, kind = g.frame(g.events(s)...), g.streams()
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte(body))
	_ = w.Close()
	z := zipped.String()
	doubt := bill{in: promptTokens, out: 7}
	for name, r := range map[string]struct {
		header, body string
		bill         bill
	}{
		"gzip":             {"gzip", z, bill{in: 40, out: 7, word: plain}},
		"gzip, cut":        {"gzip", z[:len(z)-12], doubt},
		"gzip, damaged":    {"gzip", z[:20] + "xxxx" + z[24:], bill{in: promptTokens, out: outputCap}},
		"gzip that is not": {"gzip", body, bill{in: promptTokens, out: outputCap}},
		"br":               {"br", body, doubt},
		"zstd":             {"zstd", z, bill{in: promptTokens, out: outputCap}},
		"identity":         {"identity", body, bill{in: 40, out: 7, word: plain}},
		"gzip twice":       {"gzip, gzip", z, bill{in: promptTokens, out: outputCap}},
	} {
		list = append(list, once(name, sends(whole(200, kind, "Content-Encoding: "+r.header+"\r\n", r.body)), r.bill))
	}
	for name, header := range map[string]string{
		"too long a length": "Content-Length: 999999\r\n", "too short a length": "Content-Length: 30\r\n", "a length below zero": "Content-Length: -1\r\n",
		"two lengths": "Content-Length: 10\r\nContent-Length: 20\r\n", "a length that wraps": "Content-Length: 18446744073709551617\r\n",
		"a transfer that nobody knows": "Transfer-Encoding: cow\r\n", "a chunk that wraps": "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
		"a chunk below zero": "Transfer-Encoding: chunked\r\n\r\n-1\r\n", "a trailer": "Trailer: X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\nZ: y\r\n",
	} {
		list = append(list, once(name, sends(head(200, kind, header+"\r\n")+body), bill{in: promptTokens, out: 7}))
	}
	return list
}
