package hostile

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// forms are ways to say a secret back, beside its parts.
var forms = map[string]func(string) string{
	"as it is":  func(s string) string { return s },
	"capitals":  strings.ToUpper,
	"percent":   url.QueryEscape,
	"path":      url.PathEscape,
	"base64":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"in a text": func(s string) string { return "You said: " + s + ", and that is wrong." },
	"a part":    func(s string) string { return s[3:25] },
}

// Key and prompt, said back wherever an answer says anything: they are in no error, no log, no book, and no name.
func TestEchoes(t *testing.T) {
	n := 0
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		for what, secret := range map[string]string{"key": secretKey, "prompt": secretPrompt} {
			for form, say := range forms {
				for place, p := range g.echoes(stream, say(secret)) {
					if n++; !*all && n%len(forms) != 0 {
						continue
					}
					list = append(list, once(fmt.Sprintf("%s, %s, %s", place, what, form), p, bill{word: unbounded}))
				}
			}
		}
		return list
	}))
}

// echoes are the places in which an answer says something.
func (g *tongue) echoes(stream bool, text string) map[string]play {
	quoted, _ := json.Marshal(text)
	q := string(quoted)
	list := make(map[string]play)
	for _, status := range []int{200, 302, 400, 401, 404, 429, 500} {
		for name, e := range map[string]string{
			"message": `{"message":` + q + `}`, "type": `{"message":"no","type":` + q + `}`, "code": `{"message":"no","code":` + q + `}`,
			"param": `{"message":"no","param":` + q + `}`, "text": q, "raw": `{"message":"no","metadata":{"raw":` + q + `}}`,
			"details": `{"message":"no","details":[{"reason":` + q + `,"retryDelay":` + q + `}]}`, "a key": `{` + q + `:"no"}`,
		} {
			list[fmt.Sprintf("%d, error's %s", status, name)] = sends(g.answer(status, stream, said{error: e}))
		}
		for name, body := range map[string]string{"page": "<html><title>" + text + "</title>" + text, "words": text, "detail": `{"detail":` + q + `}`, "msg": `{"detail":[{"loc":[` + q + `],"msg":` + q + `}]}`} {
			list[fmt.Sprintf("%d, %s", status, name)] = sends(whole(status, "text/html", "", body))
		}
		for _, name := range []string{"X-Request-Id", "Request-Id", "Retry-After", "Location", "X-Ratelimit-Reset-Tokens", "Content-Encoding"} {
			list[fmt.Sprintf("%d, %s", status, name)] = sends(whole(status, asJSON, name+": "+text+"\r\n", g.body(said{text: words(3)})))
		}
	}
	usage := g.usage(40, 7)
	for name, top := range map[string]string{"id": `"id":` + q + ",", "model": `"model":` + q + ",", "tier": `"service_tier":` + q + ",", "fingerprint": `"system_fingerprint":` + q + ",", "request_id": `"request_id":` + q + ","} {
		list["answer's "+name] = sends(g.answer(200, stream, said{top: top, text: words(3), usage: usage}))
		list["cut answer's "+name] = sends(g.answer(200, stream, said{top: top, text: words(3), open: true}))
	}
	for name, line := range map[string]string{"usage's tier": `,"service_tier":` + q, "usage's number": `,"reasoning_tokens":` + q, "usage's cost": `,"cost":` + q, "usage's speed": `,"speed":` + q} {
		list[name] = sends(g.answer(200, stream, said{text: words(3), usage: strings.TrimSuffix(usage, "}") + line + "}"}))
	}
	finish := strings.NewReplacer(`"stop"`, q, `"end_turn"`, q)
	list["finish"] = sends(finish.Replace(head(200, g.streams(), "\r\n") + g.frame(g.events(said{text: words(3), usage: usage})...)))
	for name, line := range map[string]string{
		"protocol": text + "\r\n\r\n", "version": "HTTP/" + text + " 200 OK\r\n\r\n", "status": "HTTP/1.1 " + text + "\r\n\r\n", "reason": "HTTP/1.1 500 " + text + "\r\n\r\n",
		"header": "HTTP/1.1 200 OK\r\n" + text + "\r\n\r\n", "name": "HTTP/1.1 200 OK\r\n" + text + " x: y\r\n\r\n", "length": head(200, asJSON, "Content-Length: "+text+"\r\n\r\n"),
		"transfer": head(200, asJSON, "Transfer-Encoding: "+text+"\r\n\r\n"), "chunk": head(200, asJSON, "Transfer-Encoding: chunked\r\n\r\n"+text+"\r\n"),
		"location": head(302, asJSON, "Location: http://["+text+"\r\n\r\n"), "event's name": head(200, asEvents, "\r\n") + "event: " + text + "\ndata: {\"error\":{}}\n\n",
		"event": head(200, asEvents, "\r\n") + "data: " + text + "\n\n",
	} {
		list[name] = sends(line)
	}
	return list
}
