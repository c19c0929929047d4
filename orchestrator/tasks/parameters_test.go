package tasks

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
	"github.com/orchestrate-go/orchestrate/worker"
)

// aPixel is a PNG of one.
const aPixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"

// TestParameters: what a task asks for beside its prompt is the same in TOML, lines and rows of data.
func TestParameters(t *testing.T) {
	dir := t.TempDir()
	filetest.Write(t, dir, "a.png", aPixel)
	filetest.Write(t, dir, "answer.json", ` {"type": "object", "properties": {"z": {}, "a": {}}}`)
	for name, content := range map[string]string{
		"x.toml": `[[task]]
id = "a"
prompt = "What is it?"
images = ["a.png", "https://example.com/b.png", "data:image/gif;base64,R0lG"]
schema = "answer.json"
temperature = 0.5
seed = 7
stop = ["END"]
tools = [{ name = "look", description = "Looks.", schema = { type = "object" } }]
`,
		"x.jsonl": `{"id": "a", "prompt": "What is it?", "images": ["a.png", "https://example.com/b.png", "data:image/gif;base64,R0lG"], "schema": {"type": "object", "properties": {"z": {}, "a": {}}}, "temperature": 0.5, "seed": 7, "stop": "END", "tools": [{"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object"}, "strict": true}}]}`,
		"x.json":  `[{"id": "a", "messages": [{"role": "user", "content": [{"type": "image", "image": "a.png"}, {"type": "image_url", "image_url": {"url": "https://example.com/b.png"}}, {"type": "image_url", "image_url": "data:image/gif;base64,R0lG"}, {"type": "text", "text": "What is it?"}]}], "schema": "answer.json", "temperature": 0.5, "seed": 7, "stop": ["END"], "tools": [{"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}]}]`,
	} {
		tasks, err := Load(filetest.Write(t, dir, name, content))
		if err != nil {
			t.Fatal(name, err)
		}
		task := tasks[0]
		r := task.Asks()
		if got := fmt.Sprint(*r.Temperature, *r.Seed, r.Stop, len(r.Tools), r.Tools[0].Name, string(r.Tools[0].Schema)); !strings.HasPrefix(got, `0.5 7 [END] 1look{"type":`) {
			t.Errorf("%s: %s", name, got)
		}
		if fields := SchemaFields(tasks); fmt.Sprint(fields) != "[z a]" {
			t.Errorf("%s: %v", name, fields)
		}
		m := r.Messages[0]
		if len(m.Parts) != 4 || string(m.Parts[0].Image.Data) != aPixel || m.Parts[0].Image.MediaType != "image/png" ||
			m.Parts[1].Image.URL != "https://example.com/b.png" || string(m.Parts[2].Image.Data) != "GIF" || m.Parts[3].Text != "What is it?" {
			t.Errorf("%s: %v", name, r.Messages)
		}
	}
	rows := filetest.Write(t, dir, "rows.csv", "id,prompt,temperature,seed,stop\na,x,0.5,7,END\nb,y,,,\n")
	tasks, err := Load(rows)
	if err != nil || *tasks[0].Parameters.Temperature != 0.5 || *tasks[0].Parameters.Seed != 7 || tasks[1].Parameters != nil {
		t.Errorf("%+v, %v", tasks, err)
	}
	if err := os.Remove(rows); err != nil {
		t.Fatal(err)
	}
}

// TestCheckFormats: what no worker's provider can send is told at the task, before anything is spent.
func TestCheckFormats(t *testing.T) {
	seed, hot := int64(7), 1.5
	for name, tt := range map[string]struct {
		parameters worker.Parameters
		kinds      []config.Kind
		want       string
	}{
		"a seed":              {worker.Parameters{Seed: &seed}, []config.Kind{config.KindOpenAI, config.KindGemini, config.KindSim}, ""},
		"a seed that is none": {worker.Parameters{Seed: &seed}, []config.Kind{config.KindOpenAI, config.KindAnthropic}, `x.jsonl:3: worker "anthropic" cannot take the task: the anthropic format has no seed (Seed) (name a worker that can)`},
		"hot":                 {worker.Parameters{Temperature: &hot}, []config.Kind{config.KindAnthropic}, `x.jsonl:3: worker "anthropic" cannot take the task: the temperature of anthropic is at most 1 (name a worker that can)`},
		"a command":           {worker.Parameters{Stop: []string{"x"}}, []config.Kind{"command"}, `x.jsonl:3: worker "command" cannot take the task: a command takes a prompt, and nothing beside it (name a worker that can)`},
		"everything else": {
			worker.Parameters{
				Images: []wire.Part{wire.ImagePart("image/png", []byte("x")), wire.ImageURLPart("https://example.com/b.png")},
				Schema: json.RawMessage(`{}`), Tools: []wire.Tool{{Name: "f"}}, Stop: []string{"x"},
			}, []config.Kind{config.KindOpenAI, config.KindAnthropic}, "",
		},
	} {
		c := &config.Config{Providers: map[string]config.Provider{}}
		for _, kind := range tt.kinds {
			w := config.Worker{Name: string(kind), Provider: string(kind), Model: "m"}
			if kind == "command" {
				w.Command = new(config.Command)
			}
			c.Workers = append(c.Workers, w)
			c.Providers[string(kind)] = config.Provider{Kind: kind}
		}
		err := CheckFormats([]worker.Task{{ID: "a", Prompt: "p", Source: "x.jsonl:3", Parameters: &tt.parameters}}, c)
		if got := fmt.Sprint(err); got != tt.want && (err != nil || tt.want != "") {
			t.Errorf("%s: %s\nwant %s", name, got, tt.want)
		}
	}
}
