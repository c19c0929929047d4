package tasks

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// Template makes tasks of rows of data. Its texts are templates of text/template in which {{ .review }} is a column of the
// row, {{ field "Review Text" }} one whose name is no word, {{ has "review" }} whether it is there, and {{ . }} the whole
// row in JSON. What a row says is data: nothing in it is ever expanded. The zero value leaves all to [config.Config].
type Template struct {
	Prompt     string // --prompt
	PromptFile string // --prompt-file: a file that holds the template of the prompt, relative to the working directory
	System     string // --system
	ID         string // --id: the column whose texts are the ids

	// Numbered gives every task the number of its row as its id, also where there is a column "id": --id=.
	Numbered bool
}

// rowTemplate is the template of a file's rows, parsed.
type rowTemplate struct {
	id       string // the column of the ids; "" is a column "id", where there is one
	numbered bool
	values   map[string]rowValue // by key of a [[task]]
	row      record              // that is being expanded
	again    bool                // its prompt is expanded again, with outputs

	// said is the output of a task that is not run, as its file has it; nil knows none.
	said  func(id string) (string, bool)
	flags []string // the flags that it was given by
}

// rowValue gives the value of a key for the row.
type rowValue func() (any, error)

// asks reports whether the template says what is asked, so that a file of objects is one of data.
func (t *rowTemplate) asks() bool { return t.values["prompt"] != nil }

// rowTemplate reads the template of the flags over that of the configuration. What is wrong with it is told at its place.
// outputs is whether rows may depend on others though the template does not say so.
func (r Reader) rowTemplate(outputs bool) (*rowTemplate, error) {
	t := &rowTemplate{id: r.Template.ID, numbered: r.Template.Numbered, values: make(map[string]rowValue)}
	p := rowParser{t: t, mistakes: &document.Mistakes{}, deferred: outputs}
	if r.Config != nil {
		p.configured(r.Config.Template, r.Config.Path)
	}
	for _, flag := range []struct{ name, key, text string }{
		{"--prompt", "prompt", r.Template.Prompt}, {"--system", "system", r.Template.System}, {"--prompt-file", "prompt", r.Template.PromptFile},
	} {
		if flag.text == "" {
			continue
		}
		t.flags = append(t.flags, flag.name)
		p.mistakes.File = flag.name
		if flag.name == "--prompt-file" {
			p.file(flag.text, document.Place{}, "")
			continue
		}
		t.values[flag.key] = p.value("", flag.text, document.Place{})
	}
	return t, p.mistakes.Err()
}

// configured reads the template of the configuration at path.
func (p *rowParser) configured(own config.Template, path string) {
	p.deferred = p.deferred || own.Keys["depends_on"] != nil
	for _, key := range slices.Sorted(maps.Keys(own.Keys)) {
		p.mistakes.File = path
		text, _ := own.Keys[key].(string)
		switch {
		case key == "id" && p.t.id == "" && !p.t.numbered:
			p.t.id = text
		case key == "id":
		case key == "prompt_file":
			if !filepath.IsAbs(text) {
				text = filepath.Join(filepath.Dir(path), text)
			}
			p.file(text, own.Places[key], "template."+key)
		default:
			p.t.values[key] = p.value("template."+key, own.Keys[key], own.Places[key])
		}
	}
}

// file reads the template of the prompt from a file. What names it stands at a place.
func (p *rowParser) file(path string, at document.Place, key string) {
	text, err := templateFile(path)
	if err != nil {
		p.mistakes.Add(at, key, err.Error(), "")
		return
	}
	p.mistakes.File = path
	p.t.values["prompt"] = p.value("", text, document.Place{})
}

// templateFile reads the template of a prompt.
func templateFile(path string) (string, error) {
	text, err := document.ReadRegular(path, maxPrompt)
	switch at := document.InvalidUTF8(text); {
	case err != nil:
		return "", err
	case at >= 0:
		return "", fmt.Errorf("%s: byte %d is not UTF-8", path, at)
	case strings.TrimSpace(string(text)) == "":
		return "", fmt.Errorf("%s is empty", path)
	}
	return strings.TrimPrefix(string(text), string(document.ByteOrderMark)), nil
}

// rowParser parses the texts of a template.
type rowParser struct {
	t        *rowTemplate
	mistakes *document.Mistakes
	deferred bool // the prompts are expanded again, with outputs
}

// value is v with every text in it a template.
func (p *rowParser) value(key string, v any, at document.Place) rowValue {
	switch v := v.(type) {
	case string:
		return p.text(key, v, at)
	case []any:
		list := make([]rowValue, len(v))
		for i := range v {
			list[i] = p.value(key, v[i], at)
		}
		return func() (any, error) {
			out := make([]any, len(list))
			for i, element := range list {
				var err error
				if out[i], err = element(); err != nil {
					return nil, err
				}
			}
			return out, nil
		}
	case map[string]any:
		values := make(map[string]rowValue, len(v))
		for name := range v {
			values[name] = p.value(key, v[name], at)
		}
		return func() (any, error) {
			out := make(map[string]any, len(values))
			for key, value := range values {
				var err error
				if out[key], err = value(); err != nil {
					return nil, err
				}
			}
			return out, nil
		}
	}
	return func() (any, error) { return v, nil }
}

func (p *rowParser) text(key, text string, at document.Place) rowValue {
	if !strings.Contains(text, "{{") {
		return func() (any, error) { return text, nil }
	}
	tmpl, err := p.parse(text)
	if err != nil {
		message := templateError(err).Error()
		if line, rest, found := strings.Cut(strings.TrimPrefix(message, "line "), ": "); found && at.Line == 0 {
			if n, err := strconv.Atoi(line); err == nil {
				at.Line, message = n, rest
			}
		}
		p.mistakes.Add(at, key, message, rowTemplateHint)
		return func() (any, error) { return text, nil }
	}
	return func() (any, error) {
		b := boundedBuilder{}
		err := tmpl.Execute(&b, p.t.row)
		return b.String(), rowError(err)
	}
}

const rowTemplateHint = `write {{ .column }} or {{ field "Column name" }} for what a row says, and {{ "{{" }} for the braces themselves`

// rowError is why a row could not be put into the template.
func rowError(err error) error {
	var missing *missingField
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		return missing
	case errors.Is(err, errPromptTooLarge):
		return fmt.Errorf("is larger than %d MiB with the row in it", maxPrompt>>20)
	}
	return templateError(err)
}

func (p *rowParser) parse(text string) (*template.Template, error) {
	if n := strings.Count(text, "{{"); n > maxActions {
		return nil, fmt.Errorf("has %d times {{: the most is %d", n, maxActions)
	}
	tmpl, err := template.New("prompt").Funcs(p.functions()).Parse(text)
	if err == nil {
		err = treeCheck{functions: rowFunctions, rows: true, outputs: p.deferred}.tree(tmpl)
	}
	if err == nil && tmpl.Tree != nil {
		rewriteList(tmpl.Root, p.deferred)
	}
	return tmpl, err
}

// rowFunctions are what the template of a row may call.
var rowFunctions = append([]string{"field", "has"}, templateFunctions...)

func (p *rowParser) functions() template.FuncMap {
	return template.FuncMap{
		"field": func(path ...string) (any, error) {
			if len(path) == 0 {
				return nil, errors.New("field takes a name")
			}
			return p.t.row.field(path...)
		},
		"has":    func(name string) bool { return p.t.row.has(name) },
		"output": p.t.output,
		"literal": func(v any) string {
			if !p.t.again {
				return fmt.Sprint(v)
			}
			return literal(fmt.Sprint(v))
		},
	}
}

// output is what a second expansion puts the output of a task in for.
func (t *rowTemplate) output(id string) (string, error) {
	if t.said != nil {
		if text, ok := t.said(id); ok && t.again {
			return literal(text), nil
		} else if ok {
			return text, nil
		}
	}
	if !t.again {
		return "", fmt.Errorf("output %q: it does not depend on that task", id)
	}
	return fmt.Sprintf("{{ output %q }}", id), nil
}

// literal is a text as a template that gives it.
func literal(text string) string { return strings.ReplaceAll(text, "{{", `{{ "{{" }}`) }
