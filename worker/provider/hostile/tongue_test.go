package hostile

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/gemini"
	"github.com/orchestrate-go/orchestrate/middleware/wire/ollama"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/responses"
)

// said is what an answer says. What is empty is left out.
type said struct {
	text  string
	usage string // a JSON object
	error string // a JSON object
	top   string // further members, ending in a comma
	model string
	early string // figures in the first event of a stream
	open  bool   // without its last words
}

var openAI = &tongue{
	format: openai.Format, model: "gpt-4o", price: [2]int64{2_500, 10_000},
	usage: func(in, out any) string {
		return fmt.Sprintf(`{"prompt_tokens":%v,"completion_tokens":%v}`, in, out)
	},
	body: func(s said) string {
		members := s.top + `"id":"a1","object":"chat.completion"`
		if s.model != "" {
			members += fmt.Sprintf(`,"model":%q`, s.model)
		}
		if s.text != "" {
			members += fmt.Sprintf(`,"choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}]`, s.text)
		}
		return "{" + members + member("error", s.error) + member("usage", s.usage) + "}"
	},
	events: func(s said) (list []string) {
		list = append(list, fmt.Sprintf(`{%s"id":"a1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]%s}`, s.top, member("usage", s.early)))
		for _, piece := range pieces(s.text) {
			list = append(list, fmt.Sprintf(`{"id":"a1","choices":[{"index":0,"delta":{"content":%q}}]}`, piece))
		}
		switch {
		case s.error != "":
			list = append(list, `{"error":`+s.error+`}`)
		case !s.open && s.text != "":
			list = append(list, `{"id":"a1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
		}
		if s.usage != "" {
			list = append(list, `{"id":"a1","choices":[],"usage":`+s.usage+`}`)
		}
		if !s.open && s.error == "" {
			list = append(list, "[DONE]")
		}
		return list
	},
}

var claude = &tongue{
	format: anthropic.Format, model: "claude-sonnet-4-5", price: [2]int64{3_000, 15_000},
	usage: func(in, out any) string {
		return fmt.Sprintf(`{"input_tokens":%v,"output_tokens":%v}`, in, out)
	},
	body: func(s said) string {
		kind := "message"
		if s.error != "" {
			kind = "error"
		}
		members := s.top + fmt.Sprintf(`"id":"a1","type":%q`, kind)
		if s.text != "" {
			members += fmt.Sprintf(`,"content":[{"type":"text","text":%q}],"stop_reason":"end_turn"`, s.text)
		}
		return "{" + members + member("error", s.error) + member("usage", s.usage) + "}"
	},
	events: func(s said) (list []string) {
		list = append(list, fmt.Sprintf(`{"type":"message_start","message":{%s"id":"a1","role":"assistant","content":[]%s}}`, s.top, member("usage", s.early)))
		for _, piece := range pieces(s.text) {
			list = append(list, fmt.Sprintf(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":%q}}`, piece))
		}
		switch {
		case s.error != "":
			list = append(list, `{"type":"error","error":`+s.error+member("usage", s.usage)+`}`)
		case s.usage != "" || !s.open:
			list = append(list, `{"type":"message_delta","delta":{"stop_reason":"end_turn"}`+member("usage", s.usage)+`}`)
		}
		if !s.open && s.error == "" {
			list = append(list, `{"type":"message_stop"}`)
		}
		return list
	},
}

// tongues are how the providers of all formats speak.
var tongues = []*tongue{openAI, claude, answers, google, googleList, llama}

var answers = &tongue{
	format: responses.Format, model: "gpt-4.1", price: [2]int64{2_000, 8_000},
	usage: func(in, out any) string {
		return fmt.Sprintf(`{"input_tokens":%v,"output_tokens":%v}`, in, out)
	},
	body: func(s said) string { return response(s, "completed") },
	events: func(s said) (list []string) {
		first := said{top: s.top, model: s.model, usage: s.early}
		list = append(list, `{"type":"response.created","response":`+response(first, "in_progress")+`}`)
		for _, piece := range pieces(s.text) {
			list = append(list, fmt.Sprintf(`{"type":"response.output_text.delta","output_index":0,"delta":%q}`, piece))
		}
		switch {
		case s.error != "":
			list = append(list, `{"type":"response.failed","response":`+response(s, "failed")+`}`)
		case !s.open:
			list = append(list, `{"type":"response.completed","response":`+response(s, "completed")+`}`)
		case s.usage != "":
			list = append(list, running(s.usage))
		}
		return list
	},
}

// response is the object of Responses, whole or on its way.
func response(s said, status string) string {
	if s.error != "" {
		status = "failed"
	}
	members := s.top + fmt.Sprintf(`"id":"a1","object":"response","status":%q`, status)
	if s.model != "" {
		members += fmt.Sprintf(`,"model":%q`, s.model)
	}
	output := ""
	if s.text != "" {
		output = fmt.Sprintf(`{"type":"message","role":"assistant","content":[{"type":"output_text","text":%q}]}`, s.text)
	}
	return "{" + members + `,"output":[` + output + "]" + member("error", s.error) + member("usage", s.usage) + "}"
}

// running is an event of Responses that tells figures on the way.
func running(usage string) string {
	return `{"type":"response.in_progress","response":{"status":"in_progress","usage":` + usage + `}}`
}

// google speaks in server-sent events where it streams, googleList in a list that grows.
var (
	google     = googleTongue("alt=sse")
	googleList = googleTongue("")
)

func googleTongue(query string) *tongue {
	piece := func(text, finish string) string {
		return fmt.Sprintf(`{"responseId":"a1","candidates":[{"index":0,"content":{"role":"model","parts":[{"text":%q}]}%s}]`, text, finish)
	}
	const ended = `,"finishReason":"STOP"`
	model := "gemini-2.5-flash"
	method := func(name string) *url.URL {
		return &url.URL{Path: "/v1beta/models/" + model + ":" + name, RawQuery: query}
	}
	return &tongue{
		format: gemini.Format, model: model, price: [2]int64{300, 2_500},
		route: func(stream bool) string {
			if stream {
				return method("streamGenerateContent").String()
			}
			return method("generateContent").String()
		},
		framing: map[string]func(...string) string{"": list}[query],
		usage: func(in, out any) string {
			return fmt.Sprintf(`{"promptTokenCount":%v,"candidatesTokenCount":%v}`, in, out)
		},
		body: func(s said) string {
			begin := "{" + served(s.top) + `"responseId":"a1"`
			if s.text != "" {
				begin = "{" + served(s.top) + piece(s.text, ended)[1:]
			}
			return begin + member("error", s.error) + member("usageMetadata", s.usage) + "}"
		},
		events: func(s said) (list []string) {
			list = append(list, fmt.Sprintf(`{%s"responseId":"a1"%s}`, served(s.top), member("usageMetadata", s.early)))
			for _, text := range pieces(s.text) {
				list = append(list, piece(text, "")+"}")
			}
			switch {
			case s.error != "":
				list = append(list, `{"error":`+s.error+member("usageMetadata", s.usage)+`}`)
			case !s.open && s.text+s.usage != "":
				list = append(list, piece("", ended)+member("usageMetadata", s.usage)+"}")
			case s.usage != "":
				list = append(list, `{"usageMetadata":`+s.usage+`}`)
			}
			return list
		},
	}
}

// served has what Gemini calls the model that answered.
func served(members string) string { return strings.Replace(members, `"model":`, `"modelVersion":`, 1) }

// llama speaks as Ollama does: an object a line, with its figures among the members of the last.
var llama = &tongue{
	format: ollama.Route(&url.URL{Path: "/api/chat"}), model: "qwen3", price: [2]int64{1_000, 3_000}, framing: apart,
	usage: func(in, out any) string {
		return fmt.Sprintf(`{"prompt_eval_count":%v,"eval_count":%v}`, in, out)
	},
	body: func(s said) string { return line(s, true) },
	events: func(s said) (list []string) {
		list = append(list, line(said{top: s.top, model: s.model, usage: s.early}, false))
		for _, piece := range pieces(s.text) {
			list = append(list, line(said{text: piece}, false))
		}
		switch {
		case s.error != "":
			list = append(list, line(said{error: s.error, usage: s.usage}, false))
		case !s.open:
			list = append(list, line(said{usage: s.usage}, true))
		case s.usage != "":
			list = append(list, line(said{usage: s.usage}, false))
		}
		return list
	},
}

func line(s said, done bool) string {
	members := s.top + `"created_at":"2026-01-01T00:00:00Z"`
	if s.model != "" {
		members += fmt.Sprintf(`,"model":%q`, s.model)
	}
	if s.text != "" {
		members += fmt.Sprintf(`,"message":{"role":"assistant","content":%q}`, s.text)
	}
	if done && s.error == "" {
		members += `,"done":true,"done_reason":"stop"`
	}
	if s.usage != "" {
		members += "," + strings.Trim(s.usage, "{}")
	}
	return "{" + members + member("error", s.error) + "}"
}

func member(name, value string) string {
	if value == "" {
		return ""
	}
	return fmt.Sprintf(",%q:%s", name, value)
}

// pieces cuts a text as streams do.
func pieces(text string) (list []string) {
	const size = 40
	for len(text) > size {
		list, text = append(list, text[:size]), text[size:]
	}
	if text != "" {
		list = append(list, text)
	}
	return list
}

// words is a text of n tokens or more, in every tokenizer.
func words(n int) string { return strings.Repeat(" word", n) }

// head is the head of an answer.
func head(status int, kind, more string) string {
	return fmt.Sprintf("HTTP/1.1 %03d Said\r\nContent-Type: %s\r\n%s", status, kind, more)
}

const (
	asJSON   = "application/json"
	asEvents = "text/event-stream"
)

// whole is an answer with a length.
func whole(status int, kind, more, body string) string {
	return head(status, kind, more) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

// answer is what a server sends, whole, where nothing goes wrong on the way.
func (g *tongue) answer(status int, stream bool, s said) string {
	if !stream {
		return whole(status, asJSON, "", g.body(s))
	}
	return head(status, g.streams(), "Connection: close\r\n\r\n") + g.frame(g.events(s)...)
}

// streams is the media type of a stream.
func (g *tongue) streams() string {
	if g.framing != nil {
		return asJSON
	}
	return asEvents
}

// reports is the name of the usage in an answer.
func (g *tongue) reports() string {
	if g == google || g == googleList {
		return "usageMetadata"
	}
	return "usage"
}

// frame makes a stream of events.
func (g *tongue) frame(events ...string) string {
	if g.framing != nil {
		return g.framing(events...)
	}
	return lines(events...)
}

// lines is a stream of events.
func lines(events ...string) string {
	return "data: " + strings.Join(events, "\n\ndata: ") + "\n\n"
}

// list is a stream as a list in JSON, apart as a stream of values a line.
func list(events ...string) string  { return "[" + strings.Join(events, "\n,\r\n") + "\n]" }
func apart(events ...string) string { return strings.Join(events, "\n") + "\n" }

// sends is an answer that is text and nothing more.
func sends(text string) play { return func(c *conn) { c.say(text) } }

// figures is an event in the middle of a stream that tells a usage.
func (g *tongue) figures(usage string) string {
	switch g {
	case claude:
		return `{"type":"message_delta","delta":{},"usage":` + usage + `}`
	case answers:
		return running(usage)
	case google, googleList:
		return `{"usageMetadata":` + usage + `}`
	case llama:
		return line(said{usage: usage}, false)
	}
	return `{"id":"a1","choices":[],"usage":` + usage + `}`
}

func jsonText(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}
