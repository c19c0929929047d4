package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

func newTokens(f *flags, std stdio) *cobra.Command {
	t := &tokens{std: std}
	c := &cobra.Command{
		Use:   "tokens [FILE|-]...",
		Short: "Count the tokens of texts or of JSON requests, and say how sure the count is",
		Example: `  orchestrate tokens -m gpt-4o prompt.md
  echo "Say hello" | orchestrate tokens
  orchestrate tokens -m claude-sonnet-4-5 request.json
  orchestrate tokens --jsonl requests.jsonl --json`,
		Long: `Count the tokens of texts or of JSON requests, and say how sure the count is:
exact, an upper bound, or an estimate with its margin. A JSON object with
messages is counted as a request (Chat Completions, or Messages for Claude
models), one with a list of contents as a request to Gemini, anything else as
plain text. Images count by the model's rule. Of text that is not UTF-8 each
bad byte counts as U+FFFD, as which it would be sent. Nothing is sent anywhere.`,
		RunE: func(_ *cobra.Command, args []string) error {
			slog.SetDefault(slog.New(slog.NewTextHandler(std.err, nil))) // for an unknown model
			t.json = f.json
			if len(args) == 0 {
				args = []string{stdinFile}
			}
			for _, name := range args {
				if err := t.file(name, len(args) > 1); err != nil {
					return err
				}
			}
			return t.finish()
		},
	}
	c.Flags().StringVarP(&t.model, "model", "m", "", "count as this model does (default: the request's own, else gpt-4o or gemini-2.5-pro)")
	c.Flags().BoolVar(&t.lines, "jsonl", false, "count each line: a JSON string or a request")
	addJSON(c, f)
	return c
}

// Whose tokens are counted where nobody says.
const (
	defaultModel       = "gpt-4o"
	defaultGeminiModel = "gemini-2.5-pro" // of a request in Gemini's shape
)

// tokens counts inputs and prints each count.
type tokens struct {
	std   stdio
	model string
	lines bool
	json  bool
	found []countJSON
}

// countJSON is a count for machines.
type countJSON struct {
	Source   string         `json:"source"`
	Line     int            `json:"line,omitempty"`
	Model    string         `json:"model"`
	Tokens   int64          `json:"tokens"`
	Kind     tokenizer.Kind `json:"kind"`
	Margin   int64          `json:"margin"`
	Encoding string         `json:"encoding"`
}

// file counts a file. What is wrong with it is the user's to mend; what is wrong with the output is not.
func (t *tokens) file(name string, several bool) error {
	in := t.std.in
	if name != stdinFile {
		file, err := os.Open(name)
		if err != nil {
			return usage(err)
		}
		defer file.Close()
		in = file
	}
	if t.lines {
		return t.each(name, in, several)
	}
	data, err := io.ReadAll(in)
	if err != nil {
		return usage(fmt.Errorf("read %s: %w", name, err))
	}
	c, err := t.count(data)
	if err != nil {
		return usage(fmt.Errorf("%s: %w", name, err))
	}
	c.Source = name
	return t.show(c, several)
}

// each counts a JSON value a line.
func (t *tokens) each(name string, in io.Reader, several bool) error {
	lines := bufio.NewReaderSize(in, 1<<16)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 {
			if !json.Valid(trimmed) {
				return usage(fmt.Errorf("%s:%d: this line is not JSON (give each line as a JSON string or a request)", name, n))
			}
			c, err := t.count(trimmed)
			if err != nil {
				return usage(fmt.Errorf("%s:%d: %w", name, n, err))
			}
			c.Source, c.Line = name, n
			if err := t.show(c, several); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return usage(fmt.Errorf("read %s: %w", name, err))
		}
	}
}

// count counts a request, a JSON string (of a line) or a text.
func (t *tokens) count(data []byte) (countJSON, error) {
	var shape struct {
		Model    string          `json:"model"`
		Messages json.RawMessage `json:"messages"`
		Contents json.RawMessage `json:"contents"`
	}
	if json.Unmarshal(data, &shape) == nil {
		switch {
		case shape.Messages != nil:
			return t.request(data, shape.Model)
		case bytes.HasPrefix(shape.Contents, []byte("[")):
			r, err := wire.ParseGemini(data)
			return t.counted(r, cmp.Or(shape.Model, defaultGeminiModel), err)
		}
	}
	text := string(data)
	if t.lines {
		if err := json.Unmarshal(data, &text); err != nil {
			return countJSON{}, errors.New("neither a JSON string nor a request with messages or contents")
		}
	}
	model := cmp.Or(t.model, defaultModel)
	return countOf(model, tokenizer.For(model).Count(text)), nil
}

// request counts a request in the shape of its model's family.
func (t *tokens) request(body []byte, own string) (countJSON, error) {
	if own == "" {
		own = defaultModel
		body = named(body, own)
	}
	var format wire.Format = wire.OpenAI
	if tokenizer.For(cmp.Or(t.model, own)).Family() == tokenizer.Anthropic {
		format = wire.Anthropic
	}
	r, err := format.Parse(body)
	return t.counted(r, own, err)
}

// named returns the body of a request with a model, without which it would not be one.
func named(body []byte, model string) []byte {
	var all map[string]json.RawMessage
	if json.Unmarshal(body, &all) == nil {
		all["model"] = json.RawMessage(strconv.Quote(model))
		if with, err := json.Marshal(all); err == nil {
			return with
		}
	}
	return body
}

// counted counts a request that was read, for the model asked for or else its own.
func (t *tokens) counted(r *wire.Request, own string, err error) (countJSON, error) {
	if err != nil {
		return countJSON{}, err
	}
	r.Model = cmp.Or(t.model, own)
	return countOf(r.Model, wire.Count(r)), nil
}

func countOf(model string, c tokenizer.Count) countJSON {
	return countJSON{Model: model, Tokens: c.Tokens, Kind: c.Kind, Margin: c.Margin, Encoding: c.Encoding}
}

func (t *tokens) show(c countJSON, several bool) error {
	if t.json {
		t.found = append(t.found, c)
		return nil
	}
	how := string(c.Kind)
	if c.Kind == tokenizer.Upper {
		how = "upper bound"
	}
	if c.Margin > 0 {
		how += fmt.Sprintf(", at most %d more", c.Margin)
	}
	line := fmt.Sprintf("%d tokens (%s, %s, %s)", c.Tokens, how, c.Encoding, c.Model)
	switch {
	case c.Line > 0:
		line += fmt.Sprintf(" %s:%d", c.Source, c.Line)
	case several:
		line += " " + c.Source
	}
	_, err := fmt.Fprintln(t.std.out, line)
	return err
}

func (t *tokens) finish() error {
	if !t.json {
		return nil
	}
	var total int64
	for _, c := range t.found {
		total += c.Tokens
	}
	return writeJSON(t.std.out, struct {
		Schema int         `json:"schema_version"`
		Tokens int64       `json:"tokens"`
		Counts []countJSON `json:"counts"`
	}{schemaVersion, total, t.found})
}
