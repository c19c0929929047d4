package tasks

import (
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
)

// TestRequestLines: requests run as providers and their batches take them; what stands beside them is no part of them.
func TestRequestLines(t *testing.T) {
	project := func(kind config.Kind) *config.Config {
		return &config.Config{Workers: []config.Worker{{Provider: "p", Model: "m"}}, Providers: map[string]config.Provider{"p": {Kind: kind}}}
	}
	const said = `"messages":[{"role":"user","content":"Hi"}]`
	for name, tt := range map[string]struct {
		line                         string
		kind                         config.Kind
		id, format, body, meta, fail string
	}{
		"a body":            {`{"model": "m", ` + said + `}`, config.KindOpenAI, "line-1", "openai", `{"model":"m",` + said + `}`, "", ""},
		"the cookbook's":    {`{"model": "m", ` + said + `, "metadata": {"row_id": 1}}`, config.KindOpenAI, "line-1", "openai", `{"model":"m",` + said + `}`, `{"row_id": 1}`, ""},
		"with an id":        {`{"id": 7, ` + said + `, "max_tokens": 9, "temperature": 0.50}`, config.KindSim, "7", "openai", `{"model":"m",` + said + `,"max_tokens":9,"temperature":0.50}`, "", ""},
		"of Messages":       {`{"model": "m", "max_tokens": 9, ` + said + `}`, config.KindAnthropic, "line-1", "anthropic", `{"model":"m","max_tokens":9,` + said + `}`, "", ""},
		"Message Batches":   {`{"custom_id": "a", "params": {"model":"m","max_tokens":9,` + said + `}}`, config.KindAnthropic, "a", "anthropic", `{"model":"m","max_tokens":9,` + said + `}`, "", ""},
		"Gemini's":          {`{"key": "a", "request": {"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}}`, config.KindGemini, "a", "gemini", `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}`, "", ""},
		"OpenAI's":          {`{"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {"model":"m",` + said + `}, "metadata": {"x": 1}}`, config.KindOpenAI, "a", "openai", `{"model":"m",` + said + `}`, `{"x": 1}`, ""},
		"Responses":         {`{"custom_id": "a", "url": "/v1/responses", "body": {"model":"m","input":"Hi"}}`, config.KindSim, "a", "responses", `{"model":"m","input":"Hi"}`, "", ""},
		"for another":       {`{"custom_id": "a", "params": {"model":"m","max_tokens":9,` + said + `}}`, config.KindOpenAI, "", "", "", "", "no worker's provider takes requests to /v1/messages"},
		"older completions": {`{"custom_id": "a", "url": "/v1/completions", "body": {"model":"m","prompt":"Hi"}}`, config.KindOpenAI, "", "", "", "", `requests to "/v1/completions" cannot be run (the older completions have no messages: write them for /v1/chat/completions)`},
		"embeddings":        {`{"custom_id": "a", "url": "/v1/embeddings", "body": {"model":"m","input":"Hi"}}`, config.KindOpenAI, "", "", "", "", `requests to "/v1/embeddings" cannot be run (an embedding is no text`},
	} {
		for _, simulated := range []bool{false, true} {
			r := Reader{ParseBody: wire.Format.Parse, Config: project(tt.kind), Simulated: simulated, Stdin: strings.NewReader(tt.line)}
			tasks, err := r.Load("-")
			if tt.fail != "" {
				if !simulated && (err == nil || !strings.Contains(err.Error(), tt.fail)) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			task := tasks[0]
			if format := task.Request.Body.Format.Name(); task.ID != tt.id || format != tt.format && !simulated || string(task.Metadata) != tt.meta {
				t.Errorf("%s: %s in %s, metadata %s", name, task.ID, format, task.Metadata)
			}
			if body := string(task.Request.Body.Bytes); body != tt.body || task.Request.Messages[len(task.Request.Messages)-1].Text() != "Hi" {
				t.Errorf("%s: %s\nwant %s", name, body, tt.body)
			}
		}
	}
}

// TestGeminisLinesCanBeSent: the model of a line in Gemini's form is the worker's, whose name goes into the address.
func TestGeminisLinesCanBeSent(t *testing.T) {
	r := Reader{ParseBody: wire.Format.Parse, Stdin: strings.NewReader(`{"key": "a", "request": {"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}}`)}
	tasks, err := r.Load("-")
	if err != nil {
		t.Fatal(err)
	}
	request := *tasks[0].Request
	request.Model, request.MaxOutput = "gemini-3-flash", 50
	format := request.Body.Format.(wire.Addressed)
	path, _, err := format.Address(&request)
	body, encodeErr := format.Encode(&request)
	if err != nil || encodeErr != nil || !strings.Contains(path, "gemini-3-flash") || !strings.Contains(string(body), "50") {
		t.Errorf("%s, %v; %s, %v", path, err, body, encodeErr)
	}
}
