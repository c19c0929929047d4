package hostile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

const mega = 1 << 20

// flood writes a text over and over, for ever if n is less than 0, until nobody reads it any more.
func flood(c *conn, text string, n int) {
	block := strings.Repeat(text, max(1, mega/len(text)))
	per := len(block) / len(text)
	for sent := 0; n < 0 || sent < n; sent += per {
		if n >= 0 && n-sent < per {
			block = strings.Repeat(text, n-sent)
		}
		if _, err := io.WriteString(c.Conn, block); err != nil {
			return
		}
	}
}

// around is an answer with a body that is too large to stand here.
func around(status int, kind, more, before, text string, n int, after string) play {
	return func(c *conn) {
		c.say(head(status, kind, more+"Connection: close\r\n\r\n") + before)
		flood(c, text, n)
		c.say(after)
	}
}

// zipped is gzip of n MiB of a text over and over.
func zipped(text string, n int) string {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	block := []byte(strings.Repeat(text, mega/len(text)))
	for range n {
		_, _ = w.Write(block)
	}
	_ = w.Close()
	return out.String()
}

// bombs are answers that are too large, too deep or too many, each with what it must be charged at least.
func (g *tongue) bombs(stream bool) []scenario {
	hold := bill{in: promptTokens, out: outputCap, word: unbounded}
	none := bill{word: costless}
	before, after := `{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"`, `"}}]}`
	delta, event := `{"choices":[{"index":0,"delta":{"content":" word word"}}]}`, "{"
	switch g {
	case claude:
		before, after = `{"type":"message","content":[{"type":"text","text":"`, `"}]}`
		delta, event = `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word word"}}`, `{"type":"content_block_delta",`
	case answers:
		before, after = `{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"`, `"}]}]}`
		delta, event = `{"type":"response.output_text.delta","output_index":0,"delta":" word word"}`, `{"type":"response.output_text.delta",`
	case google, googleList:
		before, after = `{"candidates":[{"index":0,"finishReason":"STOP","content":{"parts":[{"text":"`, `"}]}}]}`
		delta = `{"candidates":[{"index":0,"content":{"parts":[{"text":" word word"}]}}]}`
	case llama:
		before, after = `{"done":true,"message":{"content":"`, `"}}`
		delta = `{"message":{"content":" word word"}}`
	}
	if stream {
		all := bill{in: promptTokens, out: 6_000_000, word: unbounded}
		if g == llama { // no line is that long
			all = hold
		}
		return append(g.streamBombs(hold, delta, event), once("a plain answer of 40 MB", around(200, asJSON, "", before, " word", 8*mega, after), all))
	}
	usage := strings.TrimSuffix(g.body(said{usage: g.usage(40, 7777)}), "}") + "," + before[1:]
	return []scenario{
		once("40 MB", around(200, asJSON, "", before, " word", 8*mega, after), bill{in: promptTokens, out: 6_000_000, word: unbounded}),
		once("40 MB after the usage", around(200, asJSON, "", usage, " word", 8*mega, after), bill{in: 40, out: 7777, word: unbounded}),
		once("40 MB of zero bytes", around(200, asJSON, "", "", "\x00", 40*mega, ""), hold),
		once("an error of 40 MB", around(500, asJSON, "", `{"error":{"message":"`, "no ", 13*mega, `"}}`), none),
		once("a page of 40 MB", around(503, "text/html", "", "<html>", "<p>no ", 7*mega, ""), none),
		once("a redirect of 40 MB", around(302, "text/html", "Location: /x\r\n", "", "x", 40*mega, ""), none),
		once("an endless error", around(429, asJSON, "", `{"error":{"message":"`, "no ", -1, ""), none),
		once("escapes", around(200, asJSON, "", before, `\u0000`, 2*mega, after), hold),
		once("a gzip bomb", sends(whole(200, asJSON, "Content-Encoding: gzip\r\n", zipped("\x00", 64))), hold),
		once("a gzip bomb of an error", sends(whole(500, asJSON, "Content-Encoding: gzip\r\n", zipped(" ", 64))), none),
		once("deep lists", around(200, asJSON, "", `{"usage":`, "[", 8*mega, ""), hold),
		once("deep objects", around(200, asJSON, "", "", `{"choices":`, mega, ""), hold),
		once("a deep error", around(400, asJSON, "", `{"error":`, `{"error":`, mega, ""), none),
		once("choices", around(200, asJSON, "", `{"choices":[{}`, `,{"index":7,"message":{"content":" word"}}`, mega/4, "]}"), hold),
		once("choices, each of an index", func(c *conn) {
			c.say(head(200, asJSON, "Connection: close\r\n\r\n") + `{"choices":[{}`)
			for i := range mega / 16 {
				if _, err := fmt.Fprintf(c.Conn, `,{"index":%d,"message":{"content":" word"}}`, i); err != nil {
					return
				}
			}
			c.say("]}")
		}, hold),
		once("blocks", around(200, asJSON, "", `{"content":[{}`, `,{"type":"text","text":"x"}`, mega/2, "]}"), hold),
		once("tool calls", around(200, asJSON, "", `{"choices":[{"message":{"tool_calls":[{}`, `,{"id":"a","function":{"name":"f","arguments":"{}"}}`, mega/4, "]}}]}"), hold),
		once("tools", around(200, asJSON, "", `{"content":[{}`, `,{"type":"tool_use","id":"a","name":"f","input":{}}`, mega/2, "]}"), hold),
		once("digits", around(200, asJSON, "", `{"usage":{"prompt_tokens":1`, "9", 8*mega, "}}"), hold),
		once("digits of a cost", around(200, asJSON, "", `{"usage":{"cost":0.`, "9", 8*mega, "}}"), hold),
		once("usages", around(200, asJSON, "", `{`, `"usage":`+g.usage(40, 7)+`,`, mega/16, `"x":1}`), bill{in: 40, out: 7, word: unbounded}),
		once("errors", around(400, asJSON, "", `{"errors":[{}`, `,{"message":"no"}`, mega, `]}`), none),
		once("keys", around(200, asJSON, "", `{`, `"a":1,`, mega, `"x":1}`), hold),
		once("one-byte chunks", around(200, asJSON, "Transfer-Encoding: chunked\r\n", "", "1\r\nx\r\n", mega/2, "0\r\n\r\n"), hold),
		once("an endless chunk extension", around(200, asJSON, "Transfer-Encoding: chunked\r\n", "1;x=", "x", -1, ""), hold),
		once("endless trailers", around(200, asJSON, "Transfer-Encoding: chunked\r\n", "0\r\n", "X: y\r\n", -1, ""), hold),
		once("endless headers", func(c *conn) { c.say("HTTP/1.1 200 OK\r\n"); flood(c, "X: y\r\n", -1) }, hold),
		once("an endless header", func(c *conn) { c.say("HTTP/1.1 200 OK\r\nX: "); flood(c, "x", -1) }, hold),
		once("an endless status line", func(c *conn) { c.say("HTTP/1.1 200 "); flood(c, "x", -1) }, hold),
		once("endless hints", func(c *conn) { flood(c, "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n", -1) }, hold),
	}
}

// streamBombs are those of a stream. The caller ends what never would.
func (g *tongue) streamBombs(hold bill, delta, event string) (list []scenario) {
	past := bill{in: promptTokens, out: outputCap + 1, word: unbounded}
	stream := func(before, text string, n int, after string) play {
		return around(200, g.streams(), "", map[*tongue]string{googleList: "["}[g]+before, text, n, after)
	}
	begin, end, _ := strings.Cut(lines("|"), "|")
	switch g {
	case googleList:
		begin, end = "", ",\n"
	case llama:
		begin, end = "", "\n"
	}
	front, back, _ := strings.Cut(delta, " word word")
	some := begin + delta + end + begin + g.figures(g.usage(40, 7777)) + end
	list = []scenario{
		once("an event of 9 MB after the usage", stream(some+begin, "x", 9*mega, end), bill{in: 40, out: 7777, word: unbounded}),
		once("an endless text", stream("", begin+delta+end, -1, ""), past),
		once("an event of 9 MB", stream(begin+front, " word", 9*mega/5, back+end), hold),
		once("an event of 7 MB", stream(begin+front, " word", 7*mega/5, back+end), bill{in: promptTokens, out: 1_400_000, word: unbounded}),
		once("an endless line", stream("data: ", "x", -1, ""), hold),
		once("endless lines of an event", stream("", "data: x\n", -1, ""), hold),
		once("an endless name", stream("event: ", "x", -1, ""), hold),
		once("carriage returns", stream("", "\r", 2*mega, ""), hold),
		once("a gzip bomb", sends(whole(200, g.streams(), "Content-Encoding: gzip\r\n", zipped("\x00", 64))), hold),
		once("a gzip bomb of text", sends(whole(200, g.streams(), "Content-Encoding: gzip\r\n", zipped(begin+delta+end, 64))), past),
		once("tool calls", stream("", begin+`{"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]}}]}`+end, mega/8, ""), hold),
		once("tools", stream("", begin+`{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"a","name":"f"}}`+end, mega/8, ""), hold),
		once("thoughts", stream("", begin+`{"choices":[{"delta":{"reasoning_content":" word"}}],"type":"content_block_delta","delta":{"thinking":" word"}}`+end, -1, ""), past),
		once("deep events", stream(begin+event, `"a":{`, mega, end), hold),
		once("usages", stream("", begin+g.figures(g.usage(40, 7))+end, mega/8, ""), bill{in: 40, out: 7, word: unbounded}),
	}
	for name, text := range map[string]string{
		"endless comments": ": x\n\n", "endless empty events": "data:\n\n", "endless blank lines": "\n", "endless events of nothing": "data: {}\n\n", "endless unknown events": "event: ping\ndata: {\"type\":\"ping\"}\n\n",
	} {
		s := once(name, stream("", text, -1, ""), hold)
		s.patience = 100 * time.Millisecond
		list = append(list, s)
	}
	return list
}

// The most that a call may add to the heap, what nobody refers to any more included. An answer of 32 MiB is read whole,
// and its text is kept beside it.
const heap = 384 * mega

// Bombs, one after the other: each call ends, what it cost is booked, and it took no more memory than a bound.
func TestBombs(t *testing.T) {
	list := each(func(g *tongue, stream bool) []scenario { return g.bombs(stream) })
	for i, s := range list {
		if g := tongues[i%len(tongues)]; !*all && s.tongue != g {
			continue // each in one of the formats
		}
		t.Run(s.name, func(t *testing.T) {
			peak := watchHeap()
			playIn(t, budget.Strict, 1, []scenario{s})
			if most := peak(); most > heap {
				t.Errorf("%d MiB of heap", most/mega)
			}
		})
	}
}

// Under a soft budget nothing is cut: all of an answer is read, up to a bound, and charged.
func TestSoftBombs(t *testing.T) {
	list := each(func(g *tongue, stream bool) []scenario {
		if !stream {
			return nil
		}
		delta := lines(g.events(said{text: words(1)})[1])
		long := once("a stream of 300 MB", around(200, asEvents, "", "", delta, 300*mega/len(delta), ""), bill{in: promptTokens, out: 200 * mega / int64(len(delta)), word: unbounded})
		past := once("a stream past its cap", sends(g.answer(200, true, said{text: words(9000), usage: g.usage(40, 9000)})), bill{in: 40, out: 9000, word: plain})
		if !*all { // the other takes a while
			return []scenario{past}
		}
		return []scenario{long, past}
	})
	peak := watchHeap()
	playIn(t, budget.Soft, 1, list)
	if most := peak(); most > heap {
		t.Errorf("%d MiB of heap", most/mega)
	}
}
