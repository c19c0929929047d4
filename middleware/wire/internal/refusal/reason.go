package refusal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/lazy"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// reason is what the body of a refusal says, wherever it says it. Keys are matched exactly.
//
// Shapes met in the wild: an object "error" with message, type and code (OpenAI and its like); "error" or "detail" as
// a string (Ollama, FastAPI); detail[].msg with loc (FastAPI, Mistral, which nests it under message); a list
// around it all and details[] with reasons and waits (Google); metadata.raw, the upstream's own body as a string,
// and metadata.reasons (OpenRouter); title and detail (RFC 9457); errors[] (Cloudflare); an HTML page.
type reason struct {
	message   string
	code      string   // the first of words that is a plain name
	words     []string // codes, types, statuses and reasons, as they came
	status    int      // the first number from 400 to 599 among the codes, 0 if none is
	flagged   bool     // a moderation refused this content
	perDay    bool     // the quota of a day is used up
	wait      Wait
	requestID string

	inside bool // a string that is JSON was looked into
}

// The bounds of reading a refusal.
const (
	maxReason      = 1 << 20 // bytes
	maxReasonDepth = 12
	maxParts       = 4 // of a message, and elements of a list
)

// reasonOf reads body. It never fails: what is no JSON is taken as text.
func reasonOf(body []byte) *reason {
	r := new(reason)
	body = bytes.TrimSpace(bytes.TrimPrefix(body[:min(len(body), maxReason)], []byte("\uFEFF")))
	for _, field := range []string{"event:", "data:"} { // an event of a stream under the status of an error
		if bytes.HasPrefix(body, []byte(field)) {
			_, body, _ = bytes.Cut(body, []byte("data:"))
			body = bytes.TrimSpace(body)
		}
	}
	if looksLikeJSON(string(body)) {
		r.message = r.read(tree(body), 0)
	} else {
		r.message = plainText(string(body))
	}
	return r
}

// looksLikeJSON reports whether s is to be read as JSON, as far as it goes. A text may begin with a name in quotes, too.
func looksLikeJSON(s string) bool {
	return s != "" && (s[0] == '{' || s[0] == '[' || s[0] == '"' && json.Valid([]byte(s)))
}

// read collects what v says and returns its message.
func (r *reason) read(v any, depth int) string {
	if depth > maxReasonDepth {
		return ""
	}
	switch v := v.(type) {
	case string:
		return r.text(v, depth)
	case []any:
		var parts []string
		for _, one := range v {
			parts = join(parts, r.read(one, depth+1))
		}
		return strings.Join(parts, "; ")
	case map[string]any:
		return r.object(v, depth)
	}
	return ""
}

// text reads a string, once also one that is a JSON text of its own.
func (r *reason) text(s string, depth int) string {
	s = strings.TrimSpace(s)
	if !r.inside && len(s) > 1 && looksLikeJSON(s) {
		r.inside = true
		inner := r.read(tree([]byte(s)), depth+1)
		r.inside = false
		if inner != "" {
			return inner
		}
	}
	return plainText(s)
}

func (r *reason) object(m map[string]any, depth int) string {
	var parts []string
	if text, ok := m["error"].(string); ok && reading.Word(text) != "" { // a name, with the words beside it
		r.word(text)
	} else {
		parts = join(parts, r.read(m["error"], depth+1))
	}
	r.facts(m)
	for _, key := range []string{"message", "msg", "Message", "error_message", "error_msg", "errorMessage", "error_description",
		"status_msg", "title", "detail"} {
		parts = join(parts, r.read(m[key], depth+1))
	}
	for _, key := range []string{"details", "innererror", "base_resp", "response", "body", "cause"} {
		parts = join(parts, r.read(m[key], depth+1))
	}
	parts = join(parts, r.metadata(m["metadata"], depth+1))
	parts = join(parts, r.fields(m["errors"], depth+1))
	if len(parts) == 0 {
		if text, ok := m["error"].(string); ok {
			parts = join(parts, plainText(text))
		}
	}
	message := strings.Join(parts, ": ")
	if place := location(m["loc"]); place != "" && message != "" {
		return place + ": " + message
	}
	return message
}

// fields reads errors: a list, or lists by the name of a field.
func (r *reason) fields(v any, depth int) string {
	named, ok := v.(map[string]any)
	if !ok {
		return r.read(v, depth)
	}
	if text := r.object(named, depth); text != "" {
		return text
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if text := r.read(named[name], depth+1); text != "" {
			return name + ": " + text
		}
	}
	return ""
}

// metadata reads what OpenRouter and Google say beside a message.
func (r *reason) metadata(v any, depth int) string {
	m, ok := v.(map[string]any)
	if !ok {
		return ""
	}
	r.facts(m)
	if headers, ok := m["headers"].(map[string]any); ok {
		r.wait.Join(HeaderWait(func(name string) string {
			for key, value := range headers {
				if strings.EqualFold(key, name) {
					return scalar(value)
				}
			}
			return ""
		}, true))
	}
	_, isList := m["reasons"].([]any)
	_, quotes := m["flagged_input"]
	r.flagged = r.flagged || isList || quotes
	return strings.Join(join(join(nil, r.read(m["raw"], depth)), r.read(m["reasons"], depth)), ": ")
}

// facts collects the names, numbers and waits that stand in m by themselves.
func (r *reason) facts(m map[string]any) {
	for _, key := range []string{"code", "type", "status", "reason", "error_code", "errorCode", "error_type", "errcode", "__type",
		"Code", "status_code", "statusCode", "http_code", "http_status"} {
		r.word(scalar(m[key]))
	}
	for _, key := range []string{"request_id", "requestId", "RequestId"} {
		r.requestID = cmp.Or(r.requestID, reading.Word(scalar(m[key])))
	}
	if m["content_filter_result"] != nil || m["content_filter_results"] != nil { // Azure
		r.flagged = true
	}
	violations, _ := m["violations"].([]any) // google.rpc.QuotaFailure
	for _, v := range violations {
		one, _ := v.(map[string]any)
		if strings.Contains(scalar(one["quotaId"]), "PerDay") {
			r.perDay = true
		}
	}
	r.wait.Join(bodyWait(m))
}

// word takes a code, a type or their like: a number from 400 to 599 is a status.
func (r *reason) word(s string) {
	if n, err := strconv.ParseFloat(s, 64); err == nil && n >= 400 && n <= 599 && n == float64(int(n)) {
		r.status = cmp.Or(r.status, int(n))
		return
	}
	if s == "" || len(r.words) >= 32 {
		return
	}
	r.words = append(r.words, s)
	switch s {
	case "error", "fail", "failed", "None", "null", "0":
	default:
		r.code = cmp.Or(r.code, reading.Word(s))
	}
}

var gateway = lazy.Regexp(`(?i)time[\s_-]*d?[\s_-]*out|upstream|gateway|deadline|` +
	`disconnect|econnreset|socket hang|broken pipe|(connection|stream)[^.]{0,20} (reset|closed|lost|aborted|terminated|interrupted)`)

// blamesGateway reports whether the words are those of somebody between, who gave up while a model may have run.
func (r *reason) blamesGateway() bool {
	return gateway().MatchString(r.message) || gateway().MatchString(strings.Join(r.words, " "))
}
