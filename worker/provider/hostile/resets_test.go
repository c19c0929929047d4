package hostile

import (
	"fmt"
	"strings"
	"testing"
)

// The connection ends, in order or with RST, at every stage of an answer: the server has run the model all the same.
func TestResets(t *testing.T) {
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		s := said{text: words(90), usage: g.usage(40, 95)}
		for _, framed := range []string{"length", "chunks", "close"} {
			text := g.framed(framed, stream, s)
			for name, at := range stages(text) {
				for _, hard := range []bool{false, true} {
					b := bill{in: promptTokens, out: outputCap, word: unbounded}
					streamed, _, _ := strings.Cut(text[:at], `"response.completed"`)                                                                                        // which says it all again
					if strings.Contains(text[:at], s.usage) && (!stream || strings.Contains(text[:at], s.usage+"}\n\n") || strings.Contains(text[:at], s.usage+"}}\n\n")) { // it told all of it
						b.in, b.out = 40, 95
					} else if n := int64(strings.Count(streamed, "word")); n > outputCap && !strings.HasPrefix(name, "chunk") {
						b.out = n - 10 // of the piece that was cut nothing may have come
					}
					if hard {
						b.in, b.out = promptTokens, outputCap // what was under way is lost with the connection
					}
					list = append(list, once(fmt.Sprintf("%s, ended %s (RST: %v)", framed, name, hard), func(c *conn) {
						c.say(text[:at])
						if hard {
							c.reset()
						}
					}, b))
				}
			}
		}
		return list
	}))
}

// framed is a whole answer with a body of a length, in chunks, or up to the end of the connection.
func (g *tongue) framed(how string, stream bool, s said) string {
	body, kind := g.body(s), asJSON
	if stream {
		body, kind = g.frame(g.events(s)...), g.streams()
	}
	switch how {
	case "length":
		return whole(200, kind, "", body)
	case "close":
		return head(200, kind, "Connection: close\r\n\r\n") + body
	}
	half := len(body) / 2
	return head(200, kind, "Transfer-Encoding: chunked\r\n\r\n") +
		fmt.Sprintf("%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", half, body[:half], len(body)-half, body[half:])
}

// stages are places in an answer, by what they are.
func stages(text string) map[string]int {
	at := func(what string) int { return max(strings.Index(text, what), 0) }
	return map[string]int{
		"before the head":       0,
		"in the status line":    5,
		"in a header":           at("Content-Type") + 5,
		"before the blank line": at("\r\n\r\n"),
		"after the head":        at("\r\n\r\n") + 4,
		"in the first byte":     at("\r\n\r\n") + 5,
		"in the text":           at("word") + 15,
		"near the text's end":   strings.LastIndex(text, "word") - 20,
		"after the text":        strings.LastIndex(text, "word") + 4,
		"before the usage":      at(`"usage":`),
		"in the usage":          at(`"usage":`) + 20,
		"after the usage":       strings.LastIndex(text, `tokens":95`) + len(`tokens":95}`),
		"before the last byte":  len(text) - 1,
		"at its end":            len(text),
	}
}

// A connection that was kept is dead when the next call comes: that one is made again, on a hold of its own.
func TestKeptConnections(t *testing.T) {
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		s := said{text: words(5), usage: g.usage(40, 7)}
		good := bill{in: 40, out: 7, word: plain}
		for name, p := range map[string]play{
			"closed after an answer": func(c *conn) { c.say(g.framed("length", stream, s)); c.gone = true; c.Close() },
			"reset after an answer":  func(c *conn) { c.say(g.framed("chunks", stream, s)); c.reset() },
			"more than the answer":   func(c *conn) { c.say(g.framed("length", stream, s) + "HTTP/1.1 200 OK\r\n\r\n") },
			"a second answer":        func(c *conn) { a := g.framed("length", stream, s); c.say(a + a) },
		} {
			b := good
			if name == "reset after an answer" {
				b = bill{in: 40, out: 7, word: unbounded} // what was under way may be lost, then the hold is charged
			}
			sc := once(name, p, b)
			sc.keep = true
			list = append(list, sc)
		}
		return list
	}))
}

// Before it has read a request a server has done nothing; the books may charge the hold, for nobody told them.
func TestClosedDoors(t *testing.T) {
	playAll(t, each(func(g *tongue, stream bool) []scenario {
		return []scenario{
			once("an answer without an end", func(c *conn) { c.say("HTTP/1.1 100 Continue\r\n\r\n"); c.reset() }, bill{in: promptTokens, out: outputCap}),
			once("only hints", func(c *conn) { c.say(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 4)) }, bill{in: promptTokens, out: outputCap}),
			once("another protocol", sends("SSH-2.0-OpenSSH_9.9\r\n"), bill{in: promptTokens, out: outputCap}),
			once("switching protocols", sends("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), bill{in: promptTokens, out: outputCap}),
			once("HTTP/2 to HTTP/1.1", func(c *conn) { c.frame(h2Settings, 0, 0, nil); c.goAway(0, h2ProtocolError) }, bill{in: promptTokens, out: outputCap}),
		}
	}))
}
