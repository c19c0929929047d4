package count_test

import (
	"reflect"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
)

// Tools that run at the provider are told apart from what else is unseen, for those may have bounds of their own; a namespace
// is seen by the tools in it.
func TestServerToolsAreToldApart(t *testing.T) {
	const (
		responses = `{"model":"gpt-4o","input":"hi","tools":[`
		messages  = `{"model":"claude-sonnet-4-5","system":"s","max_tokens":9,"messages":[{"role":"user","content":"hi"}],`
		function  = `{"type":"function","name":"f","description":"d","parameters":{"type":"object"}}`
	)
	for name, tt := range map[string]struct {
		body   string
		server []wire.ServerTool
		beside string
		tools  int
		extra  int
	}{
		"a search":                         {responses + `{"type":"web_search","external_web_access":false}]}`, []wire.ServerTool{{Kind: "web_search"}}, "", 0, 0},
		"a namespace":                      {responses + `{"type":"namespace","name":"n","description":"d","tools":[` + function + `,` + function + `]}]}`, nil, "", 3, 0},
		"a namespace with other keys":      {responses + `{"type":"namespace","name":"n","more":"text","tools":[]}]}`, nil, "", 1, 1},
		"a search in a namespace":          {responses + `{"type":"namespace","name":"n","tools":[{"type":"file_search"}]}]}`, []wire.ServerTool{{Kind: "file_search"}}, "", 1, 0},
		"a namespace in one":               {responses + `{"type":"namespace","name":"n","tools":[{"type":"namespace","name":"m","tools":[]}]}]}`, []wire.ServerTool{{Kind: "namespace"}}, "", 1, 0},
		"a search beside history":          {`{"model":"gpt-4o","input":"hi","previous_response_id":"r","tools":[{"type":"web_search"}]}`, []wire.ServerTool{{Kind: "web_search"}}, "previous_response_id", 0, 0},
		"Anthropic's search":               {messages + `"tools":[{"type":"web_search_20250305","name":"w","max_uses":4}]}`, []wire.ServerTool{{Kind: "web_search_20250305", Uses: 4, Fee: wire.SearchFee}}, "", 0, 0},
		"Anthropic's search and container": {messages + `"container":"c","tools":[{"type":"code_execution_20250825","name":"w"}]}`, []wire.ServerTool{{Kind: "code_execution_20250825"}}, "container", 0, 0},
		"Chat Completions":                 {`{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"web_search"},{"type":"function"}]}`, []wire.ServerTool{{Kind: "web_search"}}, "tool function", 0, 0},
		"a model that searches":            {`{"model":"sonar","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"web_search"}]}`, []wire.ServerTool{{Kind: "web_search"}}, "web pages that the model reads", 0, 0},
	} {
		r, _, err := formats.ParseAny([]byte(tt.body), "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(r.Body.ServerTools, tt.server) || count.Beside(r) != tt.beside || len(r.Tools) != tt.tools || len(r.Body.Extra) != tt.extra {
			t.Errorf("%s: %+v beside %q, %d tools, extra %q", name, r.Body.ServerTools, count.Beside(r), len(r.Tools), r.Body.Extra)
		}
		if unseen := count.Uncounted(r); (unseen != "") != (tt.server != nil || tt.beside != "") {
			t.Errorf("%s: unseen %q", name, unseen)
		}
	}
	for _, body := range []string{
		messages + `"tools":[{"type":"web_search_20250305","name":"w","Max_uses":4}]}`,
		responses + `{"type":"namespace","name":"n","Tools":[]}]}`,
	} {
		if r, _, err := formats.ParseAny([]byte(body), ""); err == nil {
			t.Errorf("%s: read as %+v", body, r.Body.ServerTools)
		}
	}
}
