package count_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// models are one of each counter and shape.
var models = []string{"gpt-4o", "gpt-4", "o3", "gpt-oss-20b", "claude-sonnet-4-5", "claude-opus-4-7", "gemini-2.5-pro", "house-7b"}

// drawRequest draws requests whose parts are often those of another one, or nearly.
func drawRequest(t *rapid.T) *wire.Request {
	word := rapid.SampledFrom([]string{"", "a", "user", "tool", "get_weather", `{"city":"Bern"}`, "call_1",
		strings.Repeat("The hold returns whole. ", 3), strings.Repeat("The hold returns whole. ", 30), "\xff\xfe" + strings.Repeat("zurück ", 9)})
	schema := rapid.SampledFrom([]json.RawMessage{nil, json.RawMessage(`{"type":"object"}`), json.RawMessage(`{ "type" : "object",` + strings.Repeat(" ", 40) + `"x":1}`),
		json.RawMessage(strings.Repeat("no JSON ", 9))})
	call := rapid.Custom(func(t *rapid.T) wire.ToolCall {
		return wire.ToolCall{ID: word.Draw(t, "id"), Name: word.Draw(t, "name"), Arguments: word.Draw(t, "arguments")}
	})
	part := rapid.Custom(func(t *rapid.T) wire.Part {
		switch text, id := word.Draw(t, "text"), word.Draw(t, "id"); rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return wire.ResultPart(id, text)
		case 1:
			return wire.ThinkingPart(text, id)
		default:
			return wire.TextPart(text)
		}
	})
	message := rapid.Custom(func(t *rapid.T) wire.Message {
		m := wire.Message{Role: word.Draw(t, "role"), Name: word.Draw(t, "name"), Parts: rapid.SliceOfN(part, 0, 3).Draw(t, "parts")}
		for _, c := range rapid.SliceOfN(call, 0, 3).Draw(t, "calls") {
			m.Parts = append(m.Parts, wire.CallPart(c))
		}
		return m
	})
	tool := rapid.Custom(func(t *rapid.T) wire.Tool {
		return wire.Tool{Name: word.Draw(t, "name"), Description: word.Draw(t, "description"), Schema: schema.Draw(t, "schema")}
	})
	return &wire.Request{
		Model:    rapid.SampledFrom(models).Draw(t, "model"),
		Messages: rapid.SliceOfN(message, 0, 4).Draw(t, "messages"),
		Tools:    rapid.SliceOfN(tool, 0, 4).Draw(t, "tools"),
		Schema:   schema.Draw(t, "schema"),
	}
}

func TestCountIsTheSameFromMemory(t *testing.T) {
	memo := count.NewMemo()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t)
		want := count.Afresh(r)
		for range 2 {
			if got := memo.Count(r); got != want {
				t.Fatalf("from memory %+v, afresh %+v", got, want)
			}
		}
	})
}

// Parts that differ only in where one field ends and the next begins are different parts.
func TestCountTellsFieldsApart(t *testing.T) {
	memo := count.NewMemo()
	long := strings.Repeat("word ", 20)
	for i, m := range []wire.Message{
		wire.Text("user", long+"x"),
		{Role: "user", Name: "x", Parts: []wire.Part{wire.TextPart(long)}},
		{Role: "user", Name: long, Parts: []wire.Part{wire.TextPart("x")}},
		{Role: "user", Parts: []wire.Part{wire.ResultPart("x", long)}},
		wire.Text("userx", long),
		{Role: "user", Parts: []wire.Part{wire.TextPart(long), wire.CallPart(wire.ToolCall{Name: "x"})}},
		{Role: "user", Parts: []wire.Part{wire.TextPart(long), wire.CallPart(wire.ToolCall{Arguments: "x"})}},
		{Role: "user", Parts: []wire.Part{wire.TextPart(long), wire.CallPart(wire.ToolCall{}), wire.CallPart(wire.ToolCall{Name: "x"})}},
	} {
		memo.Count(&wire.Request{Model: "gpt-4o", Messages: []wire.Message{m}})
		if got := memo.Parts(); got != i+1 {
			t.Errorf("%d different messages, %d remembered: %+v", i+1, got, m)
		}
	}
}

func TestCountRemembersWhatItMet(t *testing.T) {
	memo, r := count.NewMemo(), agentRequest(t, "gpt-4o")
	memo.Count(r)
	parts := memo.Parts()
	if want := len(r.Messages) + len(r.Tools); parts != want {
		t.Errorf("%d parts remembered of %d", parts, want)
	}
	memo.Count(agentRequest(t, "gpt-4o")) // the same texts elsewhere in memory
	if got := memo.Parts(); got != parts {
		t.Errorf("the same request again: %d parts, then %d", parts, got)
	}
	memo.Count(agentRequest(t, "o3")) // the same counter, another shape
	if got := memo.Parts(); got != 2*parts {
		t.Errorf("two shapes share what is remembered: %d parts, then %d", parts, got)
	}
	if n := testing.AllocsPerRun(100, func() { memo.Count(r) }); n > 0 {
		t.Errorf("%v allocations to count a known request", n)
	}
}

func TestCountForgets(t *testing.T) {
	memo := count.NewMemo()
	r := &wire.Request{Model: "gpt-4o"}
	for i := range 3 * count.MemoParts {
		r.Messages = append(r.Messages[:0], wire.Text(wire.User, fmt.Sprintf("This is message number %20d.", i)))
		memo.Count(r)
	}
	if n := memo.Parts(); n > count.MemoParts || n < count.MemoParts/2 {
		t.Errorf("%d parts remembered, want at most %d and at least half", n, count.MemoParts)
	}
}

// What is used stays, however much else comes by.
func TestCountKeepsWhatIsUsed(t *testing.T) {
	memo, r := count.NewMemo(), agentRequest(t, "gpt-4o")
	memo.Count(r)
	for i := range 2 * count.MemoParts {
		memo.Count(&wire.Request{Model: "gpt-4o", Messages: wire.Prompt(fmt.Sprintf("This is message number %20d.", i))})
		if i%1000 == 0 {
			if !memo.Knows(r) {
				t.Fatalf("forgotten after %d others", i)
			}
			memo.Count(r)
		}
	}
}

func TestCountAtTheSameTime(t *testing.T) {
	memo := count.NewMemo()
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 20 {
				r := agentRequest(t, models[(g+i)%len(models)])
				r.Messages = r.Messages[:len(r.Messages)-i]
				if got, want := memo.Count(r), count.Afresh(r); got != want {
					t.Errorf("at the same time %+v, afresh %+v", got, want)
				}
			}
		})
	}
	all.Wait()
}
