package hostile

import (
	"fmt"
	"strings"
	"testing"
)

// Usage and errors in the places where servers are known to put them.
func TestPlaces(t *testing.T) {
	told, hold := bill{in: 40, out: 777, word: plain}, bill{in: promptTokens, out: outputCap}
	const usage = `{"prompt_tokens":40,"completion_tokens":777}`
	choice := func(more string) string {
		return `{"choices":[{"index":0,"message":{"content":" word"},"delta":{"content":" word"},"finish_reason":"stop"` + more + `}]`
	}
	bodies := map[string]struct {
		body string
		bill bill
	}{
		"in a choice":                   {choice(`,"usage":`+usage) + "}", told},
		"of Groq":                       {choice("") + `,"x_groq":{"id":"r","usage":` + usage + `}}`, told},
		"in an error":                   {`{"error":{"message":"no","usage":` + usage + `}}`, told},
		"beside an error's choices":     {choice(`,"error":{"message":"no","code":502}`) + `,"usage":` + usage + "}", told},
		"an error of a choice":          {choice(`,"error":{"message":"no","code":502}`) + "}", hold},
		"an end with an error":          {strings.Replace(choice(""), `"stop"`, `"error"`, 1) + "}", hold},
		"an end with an error, and use": {strings.Replace(choice(""), `"stop"`, `"error"`, 1) + `,"usage":` + usage + "}", told},
		"MiniMax's refusal":             {`{"base_resp":{"status_code":1004,"status_msg":"no"}}`, bill{}},
		"MiniMax's answer":              {choice("") + `,"base_resp":{"status_code":0,"status_msg":""},"usage":` + usage + "}", told},
		"content in parts":              {strings.ReplaceAll(choice(""), `" word"`, `[{"type":"text","text":" word"}]`) + `,"usage":` + usage + "}", told},
		"content that is odd":           {strings.ReplaceAll(choice(""), `" word"`, `{"a":[1,null]}`) + `,"usage":` + usage + "}", told},
		"choices as an object":          {`{"choices":{"0":{"message":{"content":" word"}}},"usage":` + usage + "}", bill{in: 40, out: 777, word: unbounded}},
		"choices of null":               {`{"choices":[null,null],"usage":` + usage + "}", bill{in: 40, out: 777, word: unbounded}},
		"usage first":                   {`{"usage":` + usage + "," + choice("")[1:] + "}", told},
		"usage twice":                   {`{"usage":{"prompt_tokens":1,"completion_tokens":1},` + choice("")[1:] + `,"usage":` + usage + "}", bill{in: 40, out: 777, word: unbounded}},
		"an odd index":                  {strings.Replace(choice(""), `"index":0`, `"index":-9223372036854775808`, 1) + `,"usage":` + usage + "}", told},
		"a total on top":                {choice("") + `,"usage":{"prompt_tokens":40,"completion_tokens":7,"total_tokens":817}}`, bill{in: 40, out: 777, word: unbounded}},
	}
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		if g != openAI {
			return nil
		}
		for name, b := range bodies {
			text := whole(200, asJSON, "", b.body)
			if stream {
				text = head(200, asEvents, "\r\n") + lines(b.body, "[DONE]")
			}
			list = append(list, once(name, sends(text), b.bill))
		}
		return list
	}))
}

// A model that is not the one which was asked for is charged at its own price, where it has one.
func TestModels(t *testing.T) {
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		for name, times := range map[string]int64{
			g.model: 1, g.model + "-2026-01-01": 1, "dear-" + g.model: dear, "nobody-knows-it": 1, strings.Repeat("x", 100_000): 1, "": 1, "\x1b[2Jx": 1, "../../x": 1,
		} {
			s := said{text: words(5), usage: g.usage(40, 7), top: fmt.Sprintf(`"model":%s,`, jsonText(name))}
			b := bill{in: 40, out: 7, cost: times * (40*g.price[0] + 7*g.price[1]), word: plain}
			list = append(list, once(fmt.Sprintf("served by %.30q", name), sends(g.answer(200, stream, s)), b))
		}
		return list
	}))
}
