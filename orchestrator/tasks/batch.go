package tasks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// batchRoute is a route of a provider to which the lines of a batch may go.
type batchRoute struct {
	path    string
	parse   func([]byte) (*wire.Request, error)
	workers []config.Kind // whose providers take such requests
}

func (f *taskFile) routes() []batchRoute {
	return []batchRoute{
		{"/chat/completions", f.ParseBody, []config.Kind{config.KindOpenAI, config.KindSim}},
		{"/v1/messages", f.ParseMessages, []config.Kind{config.KindAnthropic, config.KindSim}},
	}
}

// batch reads a line of a batch in OpenAI's form: {"custom_id", "method", "url", "body"}. Other services take it too, with
// other paths: Azure "/chat/completions", some "/v4/chat/completions".
func (f *taskFile) batch(t *document.Table, n int, fallbackID string) worker.Task {
	task := worker.Task{Numbered: !t.Has("custom_id"), ID: t.ID("custom_id", fallbackID), Source: f.sourceOf(n)}
	if method := t.Text("method"); method != "" && !strings.EqualFold(method, "POST") {
		t.Mistake("method", fmt.Sprintf("expected \"POST\", got %s", document.Quote(method)), "")
	}
	route := f.route(t)
	body, _ := t.Take("body")
	t.Done()
	raw, isObject := body.(json.RawMessage)
	switch {
	case body == nil:
		t.Mistake("", "body is missing", "")
	case !isObject:
		t.WrongType("body", "an object", body, "")
	case route.path == "": // told already
	case route.parse == nil:
		t.Mistake("body", "request bodies cannot be read here", "give the line a prompt instead")
	default:
		raw, hint := f.withModel(raw, route.workers)
		request, err := route.parse(raw)
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
	rest := bytes.TrimLeft(body[1:], " \t\r\n")
	if len(models) != 1 || len(rest) == 0 || rest[0] == '}' {
		return body, "name one of the workers' models: " + strings.Join(models, ", ")
	}
	name, _ := json.Marshal(models[0])
	return slices.Concat([]byte(`{"model":`), name, []byte(","), rest), ""
}

// route reads where a line goes: any path, or address, that ends in a known route. Without one it is Chat Completions. After
// a mistake it is none.
func (f *taskFile) route(t *document.Table) batchRoute {
	routes := f.routes()
	text, route := t.Text("url"), &routes[0]
	if text != "" {
		route = routeOf(text, routes)
	}
	if route == nil {
		t.Mistake("url", fmt.Sprintf("expected a path that ends in %s or %s, got %s", routes[0].path, routes[1].path, document.Quote(text)), "other requests cannot be run")
		return batchRoute{}
	}
	if f.Config != nil && !speaks(f.Config, route.workers) {
		t.Mistake("url", fmt.Sprintf("no worker's provider takes requests to %s", route.path), "add a worker whose provider does")
	}
	return *route
}

func routeOf(text string, routes []batchRoute) *batchRoute {
	address, err := url.Parse(text)
	if err != nil {
		return nil
	}
	for i, route := range routes {
		if strings.HasSuffix("/"+strings.Trim(address.Path, "/"), route.path) {
			return &routes[i]
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
