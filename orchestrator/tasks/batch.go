package tasks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/gemini"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// batch reads a line of a batch in OpenAI's form: {"custom_id", "method", "url", "body"}. Other services take it too, with
// other paths: Azure "/chat/completions", some "/v4/chat/completions".
func (f *taskFile) batch(t *document.Table, n int, fallbackID string) worker.Task {
	task := worker.Task{Numbered: !t.Has("custom_id"), ID: t.ID("custom_id", fallbackID), Source: f.sourceOf(n)}
	if method := t.Text("method"); method != "" && !strings.EqualFold(method, "POST") {
		t.Mistake("method", fmt.Sprintf("expected \"POST\", got %s", document.Quote(method)), "")
	}
	format := f.route(t)
	body, _ := t.Take("body")
	task.Metadata = objectUnder(t, "metadata")
	t.Done()
	raw, isObject := body.(json.RawMessage)
	switch {
	case body == nil:
		t.Mistake("", "body is missing", "")
	case !isObject:
		t.WrongType("body", "an object", body, "")
	case format == nil: // told already
	case f.ParseBody == nil:
		t.Mistake("body", "request bodies cannot be read here", "give the line a prompt instead")
	default:
		request, hint, err := f.parseBody(format, raw)
		if err != nil {
			t.Mistake("body", err.Error(), hint)
			break
		}
		if len(request.Messages) == 0 {
			t.Mistake("body", "it has no messages", "")
			break
		}
		task.Request, task.Model = request, request.Model
		task.MaxOutput, task.MinOutput = request.MaxOutput, request.MinOutput
	}
	return task
}

// parseBody reads the request of a line. A format that has the model in its address needs none in the body: it is then that
// of the worker.
func (f *taskFile) parseBody(format wire.Format, raw json.RawMessage) (request *wire.Request, hint string, err error) {
	if _, addressed := format.(wire.Addressed); !addressed || objectOf(raw).has("model") {
		raw, hint = f.withModel(raw, kindsOf(format))
		request, err = f.ParseBody(format, raw)
		return request, hint, err
	}
	named, ok := nameModel(raw, "gemini")
	if request, err = f.ParseBody(format, named); ok && err == nil {
		body := *request.Body
		body.Bytes, request.Body, request.Model = raw, &body, ""
	}
	return request, "", err
}

// nameModel adds a model to a body that has none. ok is false for one that has nothing at all.
func nameModel(body json.RawMessage, model string) (named json.RawMessage, ok bool) {
	rest := bytes.TrimLeft(body[1:], " \t\r\n")
	if len(rest) == 0 || rest[0] == '}' {
		return body, false
	}
	return slices.Concat([]byte(`{"model":`), quoteJSON(model), []byte(","), rest), true
}

// withModel gives a body without a model, as Mistral and vLLM's kind take it, that of the workers for such requests, if they
// have but one. Else it returns a hint.
func (f *taskFile) withModel(body json.RawMessage, workers []config.Kind) (json.RawMessage, string) {
	if f.Config == nil || bytes.Contains(body, []byte(`"model"`)) && objectOf(body).has("model") {
		return body, ""
	}
	var models []string
	for _, w := range f.Config.Workers {
		if slices.Contains(workers, f.Config.ProviderOf(w).Kind) && !slices.Contains(models, w.Model) {
			models = append(models, w.Model)
		}
	}
	if len(models) == 1 {
		if named, ok := nameModel(body, models[0]); ok {
			return named, ""
		}
	}
	return body, "name one of the workers' models: " + strings.Join(models, ", ")
}

// kindsOf are the kinds of providers that take requests of a format.
func kindsOf(f wire.Format) []config.Kind {
	return []config.Kind{config.Kind(f.Name()), config.KindSim}
}

// refused are routes of batches that cannot be run, and why.
var refused = map[string]string{
	"/embeddings":         "an embedding is no text: only chat requests can be run",
	"/completions":        "the older completions have no messages: write them for /v1/chat/completions",
	"/moderations":        "a moderation is no text: only chat requests can be run",
	"/images/generations": "an image is no text: only chat requests can be run",
}

func refusedRoute(text string) string {
	address, err := url.Parse(text)
	if err != nil || formatOf(text) != nil {
		return ""
	}
	for path, why := range refused {
		if strings.HasSuffix("/"+strings.Trim(address.Path, "/"), path) {
			return why
		}
	}
	return ""
}

// route reads where a line goes: any path, or address, that ends in the route of a format. Without one it is Chat
// Completions. After a mistake it is none.
func (f *taskFile) route(t *document.Table) wire.Format {
	text, format := t.Text("url"), openai.Format
	if text != "" {
		format = formatOf(text)
	}
	if why := refusedRoute(text); why != "" {
		t.Mistake("url", fmt.Sprintf("requests to %s cannot be run", document.Quote(text)), why)
		return nil
	}
	if format == nil {
		var routes []string
		for _, known := range lineFormats() {
			routes = append(routes, known.Path())
		}
		t.Mistake("url", fmt.Sprintf("expected a path that ends in %s, got %s", strings.Join(routes, " or "), document.Quote(text)), "other requests cannot be run")
		return nil
	}
	if f.Config != nil && !f.Simulated && !speaks(f.Config, kindsOf(format)) {
		t.Mistake("url", fmt.Sprintf("no worker's provider takes requests to %s", format.Path()), "add a worker whose provider does")
	}
	return format
}

// lineFormats are the formats of providers whose requests say all in their body, as a line does.
func lineFormats() []wire.Format { return formats.Chats() }

func formatOf(text string) wire.Format {
	address, err := url.Parse(text)
	if err != nil {
		return nil
	}
	path := "/" + strings.Trim(address.Path, "/")
	for _, format := range append(lineFormats(), gemini.Format) {
		if strings.HasSuffix(path, format.Path()) {
			return format
		}
	}
	return nil
}

// speaks reports whether a worker's provider is of one of the kinds. Without workers there is nobody to say no.
func speaks(c *config.Config, kinds []config.Kind) bool {
	for _, w := range c.Workers {
		for _, kind := range kinds {
			if c.ProviderOf(w).Kind == kind {
				return true
			}
		}
	}
	return len(c.Workers) == 0
}
