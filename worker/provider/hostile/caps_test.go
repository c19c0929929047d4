package hostile

import (
	"fmt"
	"strings"
	"testing"
)

// Streams that go on past their cap, with and without usage, ended and not. What was delivered was used.
func TestPastTheCap(t *testing.T) {
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		for _, n := range []int64{40, 50, 60, 100, 400, 2000} {
			text := words(int(n))
			for _, open := range []bool{false, true} {
				b := bill{in: promptTokens, out: max(n, outputCap), word: unbounded}
				if stream && n >= 100 {
					b.out = outputCap + 1 // it is cut at some place beyond
				}
				name := fmt.Sprintf("%d tokens, without its end: %v", n, open)
				sc := once(name, sends(g.answer(200, stream, said{text: text, open: open})), b)
				sc.cut = stream && open && n == 2000
				list = append(list, sc)
				b = bill{in: 40, out: n, word: unbounded}
				if stream && n >= 100 {
					b = bill{in: promptTokens, out: outputCap + 1, word: unbounded}
				}
				list = append(list, once(name+", with usage", sends(g.answer(200, stream, said{text: text, open: open, usage: g.usage(40, n)})), b))
			}
		}
		return list
	}))
}

// Several choices, some without a text, with a cap each.
func TestChoices(t *testing.T) {
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		if g != openAI {
			return nil
		}
		for _, n := range []int{1, 2, 3, 1024} {
			for _, told := range []string{"", `,"usage":{"prompt_tokens":40,"completion_tokens":777}`} {
				var choices []string
				for i := range n {
					choices = append(choices, fmt.Sprintf(`{"index":%d,"message":{"content":"word word"},"delta":{"content":"word word"},"finish_reason":"stop"}`, i))
				}
				body := `{"choices":[` + strings.Join(choices, ",") + "]" + told + "}"
				b := bill{in: promptTokens, out: int64(n) * outputCap}
				text := whole(200, asJSON, "", body)
				if stream {
					text = head(200, asEvents, "\r\n") + lines(body, "[DONE]")
				}
				if told != "" {
					b = bill{in: 40, out: 777, word: plain}
				}
				sc := once(fmt.Sprintf("%d choices, usage %q", n, told), sends(text), b)
				sc.ask.choices = n
				list = append(list, sc)
			}
		}
		return list
	}))
}
