package sse_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

// split feeds a stream in chunks of a size and returns the data of its events, with a line after each.
func split(tb testing.TB, stream []byte, size int) string {
	tb.Helper()
	var v sse.Values
	var data, raw bytes.Buffer
	take := func(events []sse.Event) {
		for _, e := range events {
			data.Write(append(e.Data, '\n'))
			raw.Write(e.Raw)
		}
	}
	for at := 0; at < len(stream); at += size {
		events, err := v.Feed(bytes.Clone(stream[at:min(at+size, len(stream))]))
		if err != nil {
			tb.Fatal(err)
		}
		take(events)
	}
	take(v.End())
	if raw.Write(v.Rest()); !bytes.Equal(raw.Bytes(), stream) {
		tb.Fatalf("the raw bytes are %q, want %q", raw.Bytes(), stream)
	}
	return data.String()
}

func TestValues(t *testing.T) {
	for stream, want := range map[string]string{
		"":                                      "",
		"[]":                                    "",
		"[{}\n,\r\n{\"a\":[{},\"]}\\\"\"]}\n]":  "{}\n{\"a\":[{},\"]}\\\"\"]}\n",
		"{\"a\":1}\n{\"b\":2}\n":                "{\"a\":1}\n{\"b\":2}\n",
		"\xef\xbb\xbf{\"a\":1}{\"b\":\"\\\\\"}": "{\"a\":1}\n{\"b\":\"\\\\\"}\n",
		"[{\"a\":1},{\"b\":":                    "{\"a\":1}\n",
		"<html>\r\n{\"a\":1}\nend":              "<html>\n{\"a\":1}\nend\n",
		"\"a\"\n7\n{}":                          "\"a\"\n7\n{}\n",
	} {
		for size := 1; size < 9; size++ {
			if got := split(t, []byte(stream), size); got != want {
				t.Errorf("%q in pieces of %d: %q, want %q", stream, size, got, want)
			}
		}
	}
}

func TestAValueThatIsTooLarge(t *testing.T) {
	for _, begin := range []string{"[{\"a\":\"", "no JSON "} {
		v := sse.Values{Max: 100}
		_, err := v.Feed([]byte(begin + strings.Repeat("x", 100)))
		if e := wire.AsError(err); e == nil || e.Class != wire.Garbled {
			t.Errorf("%q: %v", begin, err)
		}
		if events, again := v.Feed([]byte("\"}]\n")); len(events) > 0 || again == nil || len(v.End()) > 0 {
			t.Errorf("%q: it is not final", begin)
		}
	}
	v := sse.Values{Max: 100} // what is whole does not count
	if _, err := v.Feed([]byte(strings.Repeat(`{"a":1},`, 100))); err != nil {
		t.Error(err)
	}
}

func FuzzValues(f *testing.F) {
	f.Add([]byte("[{\"a\":[{},\"]}\\\"\"]}\n,\r\n{}\n]"), 3)
	f.Add([]byte("{\"a\":1}\nx\n\xef\xbb\xbf{"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		if size < 1 {
			return
		}
		if a, b := split(t, stream, size), split(t, stream, len(stream)+1); a != b {
			t.Errorf("in pieces of %d: %q, whole: %q", size, a, b)
		}
	})
}
