package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
	"github.com/spf13/cobra"
)

func newTokens(f *flags, std stdio) *cobra.Command {
	t := &tokens{std: std, cutter: cutter{}, found: []view.Count{}, failed: []view.Uncounted{}}
	c := &cobra.Command{
		Use:   "tokens [FILE|-]...",
		Short: "Count the tokens of texts or of JSON requests, and say how sure the count is",
		Example: `  orchestrate tokens -m gpt-4o prompt.md
  echo "Say hello" | orchestrate tokens
  orchestrate tokens -m claude-sonnet-4-5 request.json
  orchestrate tokens --jsonl requests.jsonl --json
  echo "Say hello" | orchestrate tokens --show`,
		Long: `Count the tokens of texts or of JSON requests, and say how sure the count is:
exact, an upper bound, or an estimate with its margin. Nothing is sent anywhere.

A request is counted as a whole: Chat Completions and Responses (OpenAI and
compatible servers), Messages (Anthropic, also at Bedrock and Vertex),
generateContent and countTokens (Gemini), and a line of OpenAI's or Anthropic's
batch files. Its shape is known by what is in it. Images count by the model's
rule. What the request only refers to, such as documents and stored history, is
not countable, and neither is then the total. A body of more than 32 MiB is an
error.

Anything else is plain text, and where it looks like JSON a note says why it is
no request. Of text that is not UTF-8 each bad byte counts as U+FFFD, as which it
would be sent. With --show, the tokens of a text are printed before its count, as
tiktoken-go cuts it; where that is not what is counted, a note says so. Only the
vocabularies of OpenAI's models are at hand. Inputs and lines that cannot be counted are reported, the others
counted, and the exit code is 2.`,
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("model") && strings.TrimSpace(t.model) == "" {
				return usage(errors.New("--model is empty: name a model, or leave --model away"))
			}
			slog.SetDefault(slog.New(slog.NewTextHandler(std.err, nil))) // for an unknown model
			t.json = f.json
			if len(args) == 0 {
				args = []string{project.Stdin}
			}
			t.several = len(args) > 1
			for _, name := range args {
				if err := t.file(name); err != nil {
					return err
				}
			}
			return t.finish()
		},
	}
	c.Flags().StringVarP(&t.model, "model", "m", "",
		"count as this model does (default: the request's own, else gpt-4o, claude-sonnet-4-5 or gemini-2.5-pro by its shape)")
	c.Flags().BoolVar(&t.lines, "jsonl", false, "count each line: a JSON string, a request or a line of a batch")
	c.Flags().BoolVar(&t.cut, "show", false, "print each text cut into its tokens, for OpenAI's models")
	addJSON(c, f)
	return c
}

// tokens counts inputs and prints each count.
type tokens struct {
	std     stdio
	model   string
	lines   bool
	json    bool
	cut     bool // texts into tokens
	cutter  cutter
	several bool // inputs, so that each is named
	found   []view.Count
	failed  []view.Uncounted
}

// file counts a file. What is wrong with it is reported, and the others are counted; an error is one of output.
func (t *tokens) file(name string) error {
	in := t.std.in
	if name != project.Stdin {
		file, err := os.Open(name)
		if err != nil {
			t.fail(name, 0, err)
			return nil
		}
		defer file.Close()
		in = file
	}
	text := bufio.NewReaderSize(in, 1<<16)
	head, err := text.Peek(2)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		t.fail(name, 0, err)
		return nil
	case isUTF16(head):
		t.fail(name, 0, errors.New("this is UTF-16, and requests are sent in UTF-8: convert it first (iconv -f UTF-16 -t UTF-8)"))
		return nil
	case t.lines:
		return t.each(name, text)
	}
	data, err := io.ReadAll(text)
	if err != nil {
		t.fail(name, 0, err)
		return nil
	}
	return t.one(name, 0, data)
}

// isUTF16 reports whether a text begins with UTF-16's byte order mark, or with what JSON begins with in UTF-16.
func isUTF16(head []byte) bool {
	if len(head) < 2 {
		return false
	}
	a, b := head[0], head[1]
	return a == 0xff && b == 0xfe || a == 0xfe && b == 0xff ||
		a == 0 && strings.IndexByte(`{["`, b) >= 0 || b == 0 && strings.IndexByte(`{["`, a) >= 0
}

// each counts a JSON value a line.
func (t *tokens) each(name string, in *bufio.Reader) error {
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
		case !json.Valid(line):
			t.fail(name, n, errors.New("this line is not JSON (give each line as a JSON string or a request)"))
		default:
			if err := t.one(name, n, line); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			t.fail(name, 0, err)
			return nil
		}
	}
}

// one counts an input, which is a line if it has a number.
func (t *tokens) one(name string, line int, data []byte) error {
	c, err := t.count(data)
	if err != nil {
		t.fail(name, line, err)
		return nil
	}
	c.Source, c.Line = name, line
	return t.show(c)
}

// fail reports an input that cannot be counted.
func (t *tokens) fail(name string, line int, err error) {
	message := err.Error()
	if path := new(os.PathError); !errors.As(err, &path) { // which names the file
		message = view.Place(name, line) + ": " + message
	}
	fmt.Fprintln(t.std.err, "orchestrate:", message)
	t.failed = append(t.failed, view.Uncounted{Source: name, Line: line, Error: err.Error()})
}
