package tasks

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// row reads one task from its table. fallbackID is the id of a task that has none, "" where it must.
func (f *taskFile) row(t *document.Table, line int, fallbackID string) worker.Task {
	named := t.Has("id")
	task := worker.Task{
		ID:        t.ID("id", fallbackID),
		System:    t.Text("system"),
		DependsOn: t.IDs("depends_on"),
		Priority:  readPriority(t),
		Value:     t.Number("value", 0, maxValue),
		Labels:    t.IDs("labels"),
		Worker:    t.Text("worker"),
		Model:     t.Text("model"),
		MaxOutput: t.OutputCap("max_output_tokens", 0),
		Limit:     t.Limit("max_tokens", "max_cost"),
		Source:    f.sourceOf(line),
		Numbered:  !named,
	}
	if n := t.Tokens("min_output_tokens"); n != nil {
		task.MinOutput = *n
	}
	if task.MaxOutput > 0 && task.MinOutput > task.MaxOutput {
		t.Mistake("min_output_tokens", fmt.Sprintf("%d is more than max_output_tokens, %d", task.MinOutput, task.MaxOutput), "")
	}
	task.Parameters = f.parameters(t)
	task.Deadline = readDeadline(t)
	task.Prompt = f.prompt(t)
	task.Metadata = objectUnder(t, "metadata")
	t.Done()
	return task
}

// objectUnder is the object under a key, as JSON; nil if there is none.
func objectUnder(t *document.Table, key string) json.RawMessage {
	v, ok := t.Take(key)
	if !ok {
		return nil
	}
	switch v := v.(type) {
	case json.RawMessage:
		return v
	case map[string]any:
		if raw, err := json.Marshal(v); err == nil { // but for a number that JSON lacks
			return raw
		}
	}
	t.WrongType(key, "an object", v, "")
	return nil
}

func (f *taskFile) sourceOf(line int) string { return f.File + ":" + strconv.Itoa(line) }

const maxPriority = 1_000_000

// maxValue is the most that a task may be worth: sums of a million of them are still exact enough to compare.
const maxValue = 1e9

func readPriority(t *document.Table) int {
	if _, isText := t.Values["priority"].(string); isText {
		return worker.Priorities[document.Choice(t, "priority", "medium", "low", "high", "critical")]
	}
	return int(t.Integer("priority", 0, -maxPriority, maxPriority))
}

// prompt is the text under prompt, or of the file under prompt_file.
func (f *taskFile) prompt(t *document.Table) string {
	text, path := t.Text("prompt"), t.Text("prompt_file")
	inline, inFile := t.Has("prompt"), t.Has("prompt_file")
	switch {
	case inline && inFile:
		t.Mistake("prompt_file", "there is a prompt as well", "leave one of them out")
		return ""
	case t.Has("messages") && (inline || inFile):
		t.Mistake("messages", "there is a prompt as well", "leave one of them out")
		return ""
	case t.Has("messages"):
		return ""
	case !inline && !inFile:
		t.Mistake("", "prompt is missing", "give the task a prompt or a prompt_file")
		return ""
	case inFile && path == "":
		if t.Values["prompt_file"] == "" {
			t.Mistake("prompt_file", "is empty", "name a file")
		}
		return ""
	case inFile:
		return f.promptFile(t, path)
	case strings.TrimSpace(text) == "" && isString(t.Values["prompt"]):
		t.Mistake("prompt", "is empty", "")
	case len(text) > maxPrompt:
		t.Mistake("prompt", fmt.Sprintf("has %d bytes: the most is %d MiB", len(text), maxPrompt>>20), "split the task")
	}
	return text
}

func isString(v any) bool {
	_, ok := v.(string)
	return ok
}

// promptFile reads a prompt from a file, which is relative to the task file.
func (f *taskFile) promptFile(t *document.Table, path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(f.dir, path)
	}
	text, err := document.ReadRegular(path, maxPrompt)
	switch {
	case err != nil:
		t.Mistake("prompt_file", err.Error(), "")
	case document.InvalidUTF8(text) >= 0:
		t.Mistake("prompt_file", fmt.Sprintf("%s: byte %d is not UTF-8", path, document.InvalidUTF8(text)), "save the file as UTF-8")
	case strings.TrimSpace(string(text)) == "":
		t.Mistake("prompt_file", path+" is empty", "")
	case f.outside(path):
		f.AddWarning(t.At("prompt_file"), "prompt_file", path+" is outside the project, and will be sent to a provider", "copy it into the project if it is meant")
	}
	return strings.TrimPrefix(string(text), string(document.ByteOrderMark))
}

// outside reports whether a file is, once links are followed, neither below the directory of the task file nor below
// that of the configuration. A task file from elsewhere could have any file of the user's sent.
func (f *taskFile) outside(path string) bool {
	if f.Warn == nil {
		return false
	}
	roots := []string{f.dir}
	if f.Config != nil && f.Config.Path != "" {
		roots = append(roots, filepath.Dir(f.Config.Path))
	}
	return !slices.ContainsFunc(roots, func(root string) bool { return document.IsBelow(path, root) })
}
