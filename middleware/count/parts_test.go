package count_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// A request that is built here counts as its own encoding does when it is parsed.
func TestCountOfPartsIsThatOfTheirEncoding(t *testing.T) {
	png := picture(t, "png", 700, 300)
	for name, m := range map[string]wire.Message{
		"a text":                {Role: wire.User, Parts: []wire.Part{wire.TextPart("What is it?")}},
		"two texts":             {Role: wire.User, Parts: []wire.Part{wire.TextPart("What is"), wire.TextPart("it?")}},
		"an image":              {Role: wire.User, Parts: []wire.Part{wire.TextPart("What is it?"), wire.ImagePart("image/png", png)}},
		"an image somewhere":    {Role: wire.User, Parts: []wire.Part{wire.TextPart("And this?"), wire.ImageURLPart("https://example.com/a.png")}},
		"a text and a call":     {Role: wire.Assistant, Parts: []wire.Part{wire.TextPart("so"), wire.CallPart(wire.ToolCall{ID: "call_1", Name: "f", Arguments: `{"x":1}`})}},
		"a result":              {Role: wire.ToolRole, Parts: []wire.Part{wire.ResultPart("call_1", "rain in Bern")}},
		"instructions of yours": {Role: wire.System, Parts: []wire.Part{wire.TextPart("Be brief.")}},
	} {
		for _, f := range formats.Providers() {
			if f.Name() == "gemini" { // which has no place for the model in a body, and results in JSON
				continue
			}
			if f.Name() == "ollama" && name == "an image somewhere" { // which takes no addresses
				continue
			}
			for _, model := range []string{"gpt-4o", "gpt-4o-mini", "gpt-5-nano", "claude-sonnet-4-5", "gemini-2.5-pro"} {
				built := &wire.Request{Model: model, MaxOutput: 9, Messages: []wire.Message{m}}
				body, err := f.Encode(built)
				if err != nil {
					t.Fatal(err)
				}
				parsed, err := f.Parse(body)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := count.Of(built), count.Of(parsed); got != want {
					t.Errorf("%s, %s, %s: built %+v, parsed %+v", f.Name(), model, name, got, want)
				}
			}
		}
	}
}

// A message that is several in one of the formats counts as no fewer than they do.
func TestCountCoversWhatAFormatMakesOfAMessage(t *testing.T) {
	m := wire.Message{Role: wire.User, Parts: []wire.Part{wire.ResultPart("call_1", "rain"), wire.ResultPart("call_2", "noon"), wire.TextPart("go on")}}
	thinking := wire.Message{Role: wire.Assistant, Parts: []wire.Part{wire.ThinkingPart(strings.Repeat("hm ", 50), strings.Repeat("AAAA", 100)), wire.TextPart("so")}}
	for _, f := range formats.Providers() {
		for _, model := range []string{"gpt-4o", "claude-sonnet-4-5", "house-7b"} {
			built := &wire.Request{Model: model, MaxOutput: 9, Messages: []wire.Message{m, thinking}}
			body, err := f.Encode(built)
			if err != nil {
				t.Fatal(err)
			}
			of, least := f.Format, tokenizer.Count.Bound
			if addressed, ok := of.(wire.Addressed); ok {
				path, _, err := addressed.Address(built)
				if err != nil {
					t.Fatal(err)
				}
				least = func(c tokenizer.Count) int64 { return c.Tokens } // a result is JSON there, for which the margin has room
				of = formats.ByRoute(&url.URL{Path: path})
			}
			parsed, err := of.Parse(body)
			if err != nil {
				t.Fatal(err)
			}
			if n := count.Of(built); n.Bound() < least(count.Of(parsed)) || n.Certainty == tokenizer.Exact {
				t.Errorf("%s, %s: built %+v, parsed %+v", f.Name(), model, n, count.Of(parsed))
			}
		}
	}
}

// A copy with another image or another text in a part is counted again.
func TestCountedSeesParts(t *testing.T) {
	image := func(n int) []wire.Message {
		return []wire.Message{{Role: wire.User, Parts: []wire.Part{wire.ImagePart("image/png", make([]byte, n))}}}
	}
	r, err := count.Counted(t.Context(), &wire.Request{Model: "gpt-4o", Messages: image(10)})
	if err != nil {
		t.Fatal(err)
	}
	for i, messages := range [][]wire.Message{image(10), image(11), wire.Prompt("hi"), {wire.ToolResult("a", "b")}} {
		other := *r
		other.Messages = messages
		again, err := count.Counted(t.Context(), &other)
		if err != nil || again.Count == r.Count {
			t.Errorf("%d: %v, error %v", i, fmt.Sprint(again.Count), err)
		}
	}
}
