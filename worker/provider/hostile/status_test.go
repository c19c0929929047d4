package hostile

import (
	"fmt"
	"strings"
	"testing"
)

// statuses are those that servers answer with, odd ones among them.
var statuses = []int{
	200, 201, 202, 203, 206, 226, 299,
	300, 301, 302, 303, 304, 305, 307, 308, 399,
	400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 499,
	500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 521, 522, 523, 524, 525, 529, 530, 598, 599, 600, 799, 999,
}

// free are the statuses that providers do not bill for by themselves.
var free = map[int]bool{
	301: true, 302: true, 303: true, 307: true, 308: true,
	400: true, 401: true, 402: true, 403: true, 404: true, 405: true, 413: true, 422: true, 429: true,
	500: true, 503: true, 529: true,
}

// common are the statuses of errors that one meets.
var common = map[int]bool{
	400: true, 401: true, 402: true, 403: true, 404: true, 405: true, 408: true, 409: true, 413: true, 418: true, 422: true, 429: true, 499: true,
	500: true, 501: true, 502: true, 503: true, 504: true, 520: true, 524: true, 529: true, 599: true, 999: true,
}

const someError = `{"message":"it went wrong","type":"some_error"}`

// What a server says beside its status, and what it charges for that. A server that says nothing of its usage and
// may have run the model has used all of the cap.
func (g *tongue) answers() []struct {
	name  string
	said  said
	error bool // it has an error object
	bill  func(status int) bill
} {
	silent := func(status int) bill {
		if free[status] {
			return bill{word: costless}
		}
		return bill{in: promptTokens, out: outputCap}
	}
	always := func(b bill) func(int) bill { return func(int) bill { return b } }
	zeros := g.usage(0, 0)
	return []struct {
		name  string
		said  said
		error bool
		bill  func(int) bill
	}{
		{"nothing", said{}, false, silent},
		{"an error", said{error: someError}, true, silent},
		{"an error and zeros", said{error: someError, usage: zeros}, true, silent},
		{"an error and usage", said{error: someError, usage: g.usage(40, 7)}, true, always(bill{in: 40, out: 7, word: plain})},
		{"an error and a large usage", said{error: someError, usage: g.usage(400, 7000)}, true, always(bill{in: 400, out: 7000, word: plain})},
		{"an error after a text", said{text: words(5), error: someError}, true, always(bill{in: promptTokens, out: outputCap})},
		{"an error after a long text", said{text: words(90), error: someError}, true, always(bill{in: promptTokens, out: 90})},
		{"an error after a text, and usage", said{text: words(5), error: someError, usage: g.usage(40, 7)}, true, always(bill{in: 40, out: 7, word: plain})},
		{"a text", said{text: words(5)}, false, always(bill{in: promptTokens, out: outputCap})},
		{"a text and usage", said{text: words(5), usage: g.usage(40, 7)}, false, always(bill{in: 40, out: 7, word: plain})},
		{"usage", said{usage: g.usage(40, 7)}, false, always(bill{in: 40, out: 7, word: plain})},
	}
}

// Every status, with every kind of body, as a plain answer and as a stream.
func TestStatuses(t *testing.T) {
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		for _, status := range statuses {
			if !*all && status >= 400 && !common[status] {
				continue
			}
			for _, a := range g.answers() {
				b := a.bill(status)
				switch {
				case status < 300 && a.error && b.word == doubtful && a.said.text == "":
					b = bill{word: costless} // an error without a code in a success: no model ran
				case status == 304: // has no body
					b = bill{}
				}
				list = append(list, once(fmt.Sprintf("%d, %s", status, a.name), sends(g.answer(status, stream, a.said)), b))
				if status >= 300 && stream && status != 304 {
					list = append(list, once(fmt.Sprintf("%d, %s, as JSON", status, a.name), sends(g.answer(status, false, a.said)), b))
				}
			}
		}
		return list
	}))
}

// A status in the error object of a success counts as the answer's own.
func TestStatusesInASuccess(t *testing.T) {
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		for _, status := range statuses {
			if status < 400 || status > 599 || !*all && !common[status] {
				continue
			}
			for _, form := range []string{"%d", `"%d"`} {
				inner := fmt.Sprintf(`{"message":"it went wrong","type":"some_error","code":`+form+`}`, status)
				for _, a := range g.answers() {
					if !a.error {
						continue
					}
					a.said.error = inner
					list = append(list, once(fmt.Sprintf("200 with %s, %s", fmt.Sprintf(form, status), a.name), sends(g.answer(200, stream, a.said)), a.bill(status)))
				}
			}
		}
		return list
	}))
}

// What is retried is paid for each time, and what answers in the end as well.
func TestRetries(t *testing.T) {
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		good := reply{sends(g.answer(200, stream, said{text: words(5), usage: g.usage(40, 7)})), bill{in: 40, out: 7, word: plain}}
		for _, status := range []int{400, 408, 409, 425, 429, 500, 502, 503, 504, 520, 529} {
			for _, a := range g.answers() {
				bad := reply{sends(g.answer(status, false, a.said)), a.bill(status)}
				list = append(list,
					scenario{name: fmt.Sprintf("%d, %s, then an answer", status, a.name), replies: []reply{bad, good}},
					scenario{name: fmt.Sprintf("%d, %s, twice, then an answer", status, a.name), replies: []reply{bad, bad, good}})
			}
			for _, after := range []string{"0", "3600", "-5", "99999999999999999999", "1e309", "0.0001", "soon"} {
				none := g.answers()[0]
				bad := reply{sends(whole(status, asJSON, "Retry-After: "+after+"\r\n", "{}")), none.bill(status)}
				list = append(list, scenario{name: fmt.Sprintf("%d, Retry-After: %s", status, after), replies: []reply{bad, good}})
			}
		}
		return list
	}))
}

// An empty account and a wrong key cost nothing, whatever 4xx says so; a gateway that gave up may have cost.
func TestWordsOfErrors(t *testing.T) {
	costs := bill{in: promptTokens, out: outputCap}
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		for _, status := range []int{406, 409, 412, 418, 423, 451, 499} {
			for _, code := range []string{"insufficient_quota", "invalid_api_key"} {
				body := g.body(said{error: fmt.Sprintf(`{"message":"no","type":%q,"code":%[1]q}`, code)})
				list = append(list, once(fmt.Sprintf("%d %s", status, code), sends(whole(status, asJSON, "", body)), bill{word: costless}))
			}
		}
		for _, text := range []string{"upstream error", "Gateway Timeout", "the request timed out", "upstream request timeout"} {
			e := said{error: fmt.Sprintf(`{"message":%q}`, text)}
			list = append(list, once("200 with an error: "+text, sends(g.answer(200, stream, e)), costs))
		}
		for _, e := range []string{`"it went wrong"`, `["it went wrong"]`, `{"code":null}`, `{"code":"x"}`, `{"code":12}`, `{"code":1e2}`, `{"code":-400}`, `true`} {
			list = append(list, once("200 with the error "+e, sends(g.answer(200, stream, said{error: e})), bill{}))
		}
		for _, e := range []string{`null`, `""`, `{}`, `[]`, `0`, `false`} {
			said := said{error: e, text: words(5), usage: g.usage(40, 7)}
			if strings.HasPrefix(g.format.Name(), "openai") {
				list = append(list, once("200 with the empty error "+e, sends(g.answer(200, false, said)), bill{in: 40, out: 7, word: plain}))
			}
		}
		return list
	}))
}
