package agents

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
)

// provider plays a model that calls one tool and then answers, in every format that agents speak. It counts what it
// was asked for, and what it would have billed.
type provider struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string // method and path of those that would be billed
	input    int64
	output   int64
	keys     map[string]bool
	caps     []int64 // the output caps that were asked for; 0 is none
}

// turn is one answer: a tool call, or the last word.
const (
	toolInput  = 1000
	toolOutput = 40
	lastInput  = 1100
	lastOutput = 20
	lastWord   = "The file says: under one budget."
)

func newProvider(t *testing.T) *provider {
	p := &provider{keys: make(map[string]bool)}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	text := string(body)
	var asked struct {
		Model string
		Tools []json.RawMessage
		caps
		GenerationConfig caps
	}
	_ = json.Unmarshal(body, &asked)
	var stream func(io.Writer, string, bool)
	switch {
	case strings.HasSuffix(r.URL.Path, "/messages"):
		stream = anthropicStream
	case strings.HasSuffix(r.URL.Path, "/chat/completions"):
		stream = chatStream
	case strings.HasSuffix(r.URL.Path, "/responses"):
		stream = responsesStream
	case strings.HasSuffix(r.URL.Path, ":streamGenerateContent"):
		stream, asked.Model = geminiStream, strings.TrimSuffix(path.Base(r.URL.Path), ":streamGenerateContent")
	default:
		http.Error(w, `{"error":{"message":"not here"}}`, http.StatusNotFound)
		return
	}
	// An agent's main loop has tools; a title has none. Once a tool's result is in the request, the last word is due.
	call := len(asked.Tools) > 0 && !strings.Contains(text, "call_budget")
	p.mu.Lock()
	p.requests = append(p.requests, r.Method+" "+r.URL.Path)
	p.caps = append(p.caps, max(asked.most(), asked.GenerationConfig.most()))
	p.keys[r.Header.Get("Authorization")+r.Header.Get("X-Api-Key")+r.Header.Get("X-Goog-Api-Key")] = true
	if call {
		p.input, p.output = p.input+toolInput, p.output+toolOutput
	} else {
		p.input, p.output = p.input+lastInput, p.output+lastOutput
	}
	p.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	stream(w, asked.Model, call)
}

// caps are the fields for an output cap, of all formats.
type caps struct {
	MaxTokens         int64 `json:"max_tokens"`
	MaxComplete       int64 `json:"max_completion_tokens"`
	MaxOutput         int64 `json:"max_output_tokens"`
	MaxOutputOfGoogle int64 `json:"maxOutputTokens"`
}

func (c caps) most() int64 { return max(c.MaxTokens, c.MaxComplete, c.MaxOutput, c.MaxOutputOfGoogle) }

func (p *provider) billed() (requests int, tokens int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.requests), p.input + p.output
}

func (p *provider) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests, p.caps, p.input, p.output = nil, nil, 0, 0
}

func event(w io.Writer, name string, data any) {
	text, _ := json.Marshal(data)
	if name != "" {
		fmt.Fprintf(w, "event: %s\n", name)
	}
	fmt.Fprintf(w, "data: %s\n\n", text)
}

type object = map[string]any

func anthropicStream(w io.Writer, model string, call bool) {
	input, output := lastInput, lastOutput
	if call {
		input, output = toolInput, toolOutput
	}
	event(w, "message_start", object{"type": "message_start", "message": object{
		"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []any{}, "stop_reason": nil,
		"usage": object{"input_tokens": input, "output_tokens": 1},
	}})
	reason := "end_turn"
	if call {
		reason = "tool_use"
		event(w, "content_block_start", object{"type": "content_block_start", "index": 0, "content_block": object{
			"type": "tool_use", "id": "toolu_call_budget", "name": "Bash", "input": object{}}})
		event(w, "content_block_delta", object{"type": "content_block_delta", "index": 0, "delta": object{
			"type": "input_json_delta", "partial_json": `{"command":"cat note.txt","description":"Read the note"}`}})
	} else {
		event(w, "content_block_start", object{"type": "content_block_start", "index": 0, "content_block": object{"type": "text", "text": ""}})
		event(w, "content_block_delta", object{"type": "content_block_delta", "index": 0, "delta": object{"type": "text_delta", "text": lastWord}})
	}
	event(w, "content_block_stop", object{"type": "content_block_stop", "index": 0})
	event(w, "message_delta", object{"type": "message_delta", "delta": object{"stop_reason": reason, "stop_sequence": nil}, "usage": object{"output_tokens": output}})
	event(w, "message_stop", object{"type": "message_stop"})
}

func chatStream(w io.Writer, model string, call bool) {
	chunk := func(choices []any, usage any) {
		c := object{"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": choices}
		if usage != nil {
			c["usage"] = usage
		}
		event(w, "", c)
	}
	choice := func(delta object, finish any) []any {
		return []any{object{"index": 0, "delta": delta, "finish_reason": finish}}
	}
	input, output, reason := lastInput, lastOutput, "stop"
	if call {
		input, output, reason = toolInput, toolOutput, "tool_calls"
		chunk(choice(object{"role": "assistant", "tool_calls": []any{object{
			"index": 0, "id": "call_budget", "type": "function",
			"function": object{"name": "bash", "arguments": `{"command":"cat note.txt","description":"Read the note"}`},
		}}}, nil), nil)
	} else {
		chunk(choice(object{"role": "assistant", "content": lastWord}, nil), nil)
	}
	chunk(choice(object{}, reason), nil)
	chunk([]any{}, object{"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
	fmt.Fprint(w, "data: [DONE]\n\n")
}

func responsesStream(w io.Writer, model string, call bool) {
	input, output := lastInput, lastOutput
	var item object
	if call {
		input, output = toolInput, toolOutput
		item = object{"type": "function_call", "id": "fc_1", "call_id": "call_budget", "name": "exec_command", "status": "completed",
			"arguments": `{"cmd":"cat note.txt"}`}
	} else {
		item = object{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
			"content": []any{object{"type": "output_text", "text": lastWord, "annotations": []any{}}}}
	}
	response := object{"id": "resp_1", "object": "response", "created_at": 1, "model": model, "status": "in_progress", "output": []any{}}
	event(w, "response.created", object{"type": "response.created", "sequence_number": 0, "response": response})
	event(w, "response.output_item.added", object{"type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": item})
	event(w, "response.output_item.done", object{"type": "response.output_item.done", "sequence_number": 2, "output_index": 0, "item": item})
	response["status"], response["output"] = "completed", []any{item}
	response["usage"] = object{"input_tokens": input, "input_tokens_details": object{"cached_tokens": 0}, "output_tokens": output,
		"output_tokens_details": object{"reasoning_tokens": 0}, "total_tokens": input + output}
	event(w, "response.completed", object{"type": "response.completed", "sequence_number": 3, "response": response})
}

func geminiStream(w io.Writer, model string, call bool) {
	input, output := lastInput, lastOutput
	part := object{"text": lastWord}
	if call {
		input, output = toolInput, toolOutput
		part = object{"functionCall": object{"id": "call_budget", "name": "read_file", "args": object{"file_path": "note.txt"}}}
	}
	event(w, "", object{
		"candidates":    []any{object{"index": 0, "content": object{"role": "model", "parts": []any{part}}, "finishReason": "STOP"}},
		"usageMetadata": object{"promptTokenCount": input, "candidatesTokenCount": output, "totalTokenCount": input + output},
		"modelVersion":  model, "responseId": "r1",
	})
}
