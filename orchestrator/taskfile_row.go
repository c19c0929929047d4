package orchestrator

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/worker"
)

// row reads one task from its table. fallbackID is the id of a task that has none, "" where it must.
func (f *taskFile) row(t *table, line int, fallbackID string) worker.Task {
	named := t.has("id")
	task := worker.Task{
		ID:        t.id("id", fallbackID),
		System:    t.text("system"),
		DependsOn: t.ids("depends_on"),
		Priority:  readPriority(t),
		Worker:    t.text("worker"),
		Model:     t.text("model"),
		MaxOutput: t.outputCap("max_output_tokens", 0),
		Limit:     t.limit("max_tokens", "max_cost"),
		Source:    f.sourceOf(line),
		Numbered:  !named,
	}
	if n := t.tokens("min_output_tokens"); n != nil {
		task.MinOutput = *n
	}
	if task.MaxOutput > 0 && task.MinOutput > task.MaxOutput {
		t.mistake("min_output_tokens", fmt.Sprintf("%d is more than max_output_tokens, %d", task.MinOutput, task.MaxOutput), "")
	}
	task.Prompt = f.prompt(t)
	t.done()
	return task
}

func (f *taskFile) sourceOf(line int) string { return f.file + ":" + strconv.Itoa(line) }

// id is text or an integer, which many files number their tasks with.
func (t *table) id(key, fallback string) string {
	v, ok := t.take(key)
	if !ok {
		if fallback == "" {
			t.mistake(key, "missing", `every task has one: id = "summary-1"`)
		}
		return fallback
	}
	id, ok := idText(v)
	if !ok {
		t.wrongType(key, "a string", v, "")
		return fallback
	}
	if bad := badID(id); bad != "" {
		t.mistake(key, quote(id)+" "+bad, "")
	}
	return id
}

func (t *table) ids(key string) []string {
	list, _ := t.keys[key].([]any)
	for i, v := range list {
		if id, ok := idText(v); ok {
			list[i] = id
		}
	}
	return t.texts(key)
}

func idText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	}
	return "", false
}

// priorities are the words for a priority; 0 is normal and higher goes first.
var priorities = map[string]int{"low": -1, "medium": 0, "high": 1, "critical": 2}

const maxPriority = 1_000_000

func readPriority(t *table) int {
	if _, isText := t.keys["priority"].(string); isText {
		return priorities[choice(t, "priority", "medium", "low", "high", "critical")]
	}
	return int(t.integer("priority", 0, -maxPriority, maxPriority))
}

// prompt is the text under prompt, or of the file under prompt_file.
func (f *taskFile) prompt(t *table) string {
	text, path := t.text("prompt"), t.text("prompt_file")
	inline, inFile := t.has("prompt"), t.has("prompt_file")
	switch {
	case inline && inFile:
		t.mistake("prompt_file", "there is a prompt as well", "leave one of them out")
		return ""
	case !inline && !inFile:
		t.mistake("", "prompt is missing", "give the task a prompt or a prompt_file")
		return ""
	case inFile && path == "":
		if t.keys["prompt_file"] == "" {
			t.mistake("prompt_file", "is empty", "name a file")
		}
		return ""
	case inFile:
		return f.promptFile(t, path)
	case strings.TrimSpace(text) == "" && isString(t.keys["prompt"]):
		t.mistake("prompt", "is empty", "")
	case len(text) > maxPrompt:
		t.mistake("prompt", fmt.Sprintf("has %d bytes: the most is %d MiB", len(text), maxPrompt>>20), "split the task")
	}
	return text
}

func isString(v any) bool {
	_, ok := v.(string)
	return ok
}

// promptFile reads a prompt from a file, which is relative to the task file.
func (f *taskFile) promptFile(t *table, path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(f.dir, path)
	}
	text, err := readRegular(path, maxPrompt)
	switch {
	case err != nil:
		t.mistake("prompt_file", err.Error(), "")
	case invalidUTF8(text) >= 0:
		t.mistake("prompt_file", fmt.Sprintf("%s: byte %d is not UTF-8", path, invalidUTF8(text)), "save the file as UTF-8")
	case strings.TrimSpace(string(text)) == "":
		t.mistake("prompt_file", path+" is empty", "")
	case f.outside(path):
		f.warn(t.at("prompt_file"), "prompt_file", path+" is outside the project, and will be sent to a provider", "copy it into the project if it is meant")
	}
	return strings.TrimPrefix(string(text), string(byteOrderMark))
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
	return !slices.ContainsFunc(roots, func(root string) bool { return isBelow(path, root) })
}

// isBelow reports whether path leads into the directory dir, both with their links followed.
func isBelow(path, dir string) bool {
	target, err := realPath(path)
	root, rootErr := realPath(dir)
	if err != nil || rootErr != nil {
		return false
	}
	rel, err := filepath.Rel(root, target)
	return err == nil && filepath.IsLocal(rel)
}

func realPath(path string) (string, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}
