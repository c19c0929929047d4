package sse_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

func ExampleEvents() {
	var stream sse.Events
	for _, chunk := range []string{": hello\n\nevent: tick\nda", "ta: 1\ndata: 2\r", "\n\r\ndata: [DONE]\n\n"} {
		events, err := stream.Feed([]byte(chunk))
		if err != nil {
			fmt.Println(err)
		}
		for _, e := range events {
			fmt.Printf("%q %q\n", e.Name, e.Data)
		}
	}
	// Output:
	// "" ""
	// "tick" "1\n2"
	// "" "[DONE]"
}

// listen feeds a stream in pieces of n bytes and returns its events as "name=data" and its bytes.
func listen(t testing.TB, stream string, n int) (events []string, raw string) {
	t.Helper()
	var parser sse.Events
	take := func(list []sse.Event) {
		for _, e := range list {
			raw += string(e.Raw)
			if e.Data != nil {
				events = append(events, e.Name+"="+string(e.Data))
			}
		}
	}
	for i := 0; i < len(stream); i += n {
		list, err := parser.Feed([]byte(stream[i:min(i+n, len(stream))]))
		if err != nil {
			t.Fatal(err)
		}
		take(list)
	}
	take(parser.End())
	return events, raw + string(parser.Rest())
}

func TestEventsReadsEveryLineEndInAnyPieces(t *testing.T) {
	tests := []struct {
		name, stream string
		want         []string
	}{
		{"nothing", "", nil},
		{"one", "data: a\n\n", []string{"=a"}},
		{"no space after the colon", "data:a\n\n", []string{"=a"}},
		{"only the first space goes", "data:  a\n\n", []string{"= a"}},
		{"name", "event: x\ndata: a\n\n", []string{"x=a"}},
		{"a name is for one event", "event: x\ndata: a\n\ndata: b\n\n", []string{"x=a", "=b"}},
		{"CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", []string{"=a", "=b"}},
		{"CR", "data: a\r\rdata: b\r\r", []string{"=a", "=b"}},
		{"mixed", "data: a\r\n\rdata: b\n\r\n", []string{"=a", "=b"}},
		{"several lines", "data: a\ndata:\ndata: b\n\n", []string{"=a\n\nb"}},
		{"comments and unknown fields", ": c\nid: 7\nretry: 9\nfoo\ndata: a\n\n", []string{"=a"}},
		{"a field without a colon", "data\n\n", []string{"="}},
		{"byte order mark", "\xef\xbb\xbfdata: a\n\n", []string{"=a"}},
		{"no mark in the middle", "data: a\n\n\xef\xbb\xbfdata: b\n\n", []string{"=a"}},
		{"blank lines", "\n\n\ndata: a\n\n\n\n", []string{"=a"}},
		{"no blank line at the end", "data: a\n\ndata: b\n", []string{"=a", "=b"}},
		{"half a line at the end", "data: a\n\ndata: b\n\ndata: {\"c", []string{"=a", "=b"}},
		{"a whole object at the end", "data: a\n\ndata: {\"c\":1}", []string{"=a", `={"c":1}`}},
		{"a last word at the end", "data: a\n\ndata: [DONE]", []string{"=a", "=[DONE]"}},
		{"no blank line between objects", "data: {\"a\":1}\ndata: {\"b\":2}\ndata: [DONE]\n", []string{`={"a":1}`, `={"b":2}`, "=[DONE]"}},
		{"no blank line and no end", "data: {\"a\":1}\ndata: {\"b\":2}", []string{`={"a":1}`, `={"b":2}`}},
		{"no blank line between names", "event: x\ndata: {}\nevent: y\ndata: {}\n\ndata: {}\n\n", []string{"x={}", "y={}", "={}"}},
		{"a name after its data", "data: {}\nevent: y\n\n", []string{"y={}"}},
		{"an object over lines", "data: {\"a\":{}\ndata: ,\ndata: \"b\":\ndata: {}}\n\n", []string{"={\"a\":{}\n,\n\"b\":\n{}}"}},
		{"an error of its own field", "data: {\"a\":1}\n\nerror: {\"code\":400}\n\ndata: [DONE]\n\n", []string{`={"a":1}`, `error={"code":400}`, "=[DONE]"}},
		{"an error that is no object", "error: bad\ndata: a\n\n", []string{"=a"}},
		{"done", "data: a\n\ndata: [DONE]\n\n", []string{"=a", "=[DONE]"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for n := 1; n <= len(tt.stream)+1; n++ {
				got, raw := listen(t, tt.stream, n)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Fatalf("in pieces of %d (-want +got):\n%s", n, diff)
				}
				if raw != tt.stream {
					t.Fatalf("in pieces of %d the raw bytes are %q", n, raw)
				}
			}
		})
	}
}

func TestEventsRefusesAnEventThatIsTooLarge(t *testing.T) {
	for _, stream := range []string{
		"data: " + strings.Repeat("a", 100),
		strings.Repeat("data: a\n", 20),
		"data: " + strings.Repeat("a", 100) + "\n\n",
	} {
		parser := sse.Events{Max: 64}
		if _, err := parser.Feed([]byte("data: fits\n\n")); err != nil {
			t.Fatal(err)
		}
		_, err := parser.Feed([]byte(stream))
		var e *wire.Error
		if !errors.As(err, &e) || e.Class != wire.Garbled || !e.Sent {
			t.Errorf("%.20q: error %v", stream, err)
		}
		if _, again := parser.Feed(nil); again != err {
			t.Errorf("%.20q: the error is not final: %v", stream, again)
		}
	}
}

func FuzzEvents(f *testing.F) {
	f.Add("data: a\r\n\r\n: c\rdata: b\n\n", 3)
	f.Add("\xef\xbb\xbfevent: x\ndata: {\"a\":1}\ndata:\n\n", 1)
	f.Fuzz(func(t *testing.T, stream string, n int) {
		if n < 1 || n > len(stream)+1 {
			t.Skip()
		}
		whole, raw := listen(t, stream, len(stream)+1)
		pieces, rawPieces := listen(t, stream, n)
		if diff := cmp.Diff(whole, pieces); diff != "" {
			t.Errorf("in pieces of %d:\n%s", n, diff)
		}
		if raw != stream || rawPieces != stream {
			t.Errorf("raw bytes %q and %q", raw, rawPieces)
		}
	})
}

func BenchmarkEvents(b *testing.B) {
	stream := bytes.Repeat([]byte("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"}}]}\n\n"), 1000)
	b.SetBytes(int64(len(stream)))
	for b.Loop() {
		var parser sse.Events
		for i := 0; i < len(stream); i += 4096 {
			if _, err := parser.Feed(stream[i:min(i+4096, len(stream))]); err != nil {
				b.Fatal(err)
			}
		}
	}
}
