package tasks

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// readArray reads a JSON array whose elements are tasks or rows of data: objects, each as a line of JSON lines is, or
// texts, of which each is a prompt.
func (f *taskFile) readArray(in *bufio.Reader) error {
	f.places = f.atRow
	seen := &seenReader{in: &boundedReader{in: in}, line: 1}
	d := json.NewDecoder(seen)
	seen.in.left = maxLine
	if _, err := d.Token(); err != nil {
		return f.arrayError(seen, d, err)
	}
	for n := 1; d.More(); n++ {
		seen.in.left = maxLine
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return f.arrayError(seen, d, err)
		}
		line, column := seen.startOf(d.InputOffset() - int64(len(value)))
		f.arrayElement(element{text: value, line: line, column: column, offset: d.InputOffset() - int64(len(value)), fallback: "row-" + strconv.Itoa(n)})
		if f.told {
			return nil
		}
	}
	if _, err := d.Token(); err != nil {
		return f.arrayError(seen, d, err)
	}
	end := d.InputOffset()
	if _, err := d.Token(); err != io.EOF {
		line, column := seen.startOf(end)
		f.Add(document.Place{Line: line, Column: column + 1}, "", "something follows the array", "a file has one array, or lines")
	}
	return nil
}

func (f *taskFile) arrayElement(e element) {
	switch e.text[0] {
	case '{':
		f.element(e)
	case '"':
		var text string
		if at := document.InvalidUTF8(e.text); at >= 0 {
			f.Add(e.place(at), "", fmt.Sprintf("byte %d of the file is not UTF-8", e.offset+int64(at)), "save the file as UTF-8")
		} else if err := json.Unmarshal(e.text, &text); err == nil {
			f.textRow(text, e)
		}
	default:
		f.Add(e.place(0), "", "expected an object or a text", `write {"id": "a", "prompt": "..."}`)
	}
}

// textRow takes a text that has no columns: it is the prompt, or the field "text" of a template.
func (f *taskFile) textRow(text string, e element) {
	r := dataRow{
		record: record{names: []string{"text"}, values: []any{text}}, line: e.line, fallback: e.fallback,
		place: func(string) document.Place { return e.place(0) },
	}
	f.textTask(r, document.Place{Line: e.line})
}

// textTask makes a task of a row that has a text, which is what is asked unless a template says it.
func (f *taskFile) textTask(r dataRow, at document.Place) {
	r.asked = "text"
	task, missing := f.data(r)
	if missing != nil {
		f.Add(r.place(""), "", missing.Error(), document.DidYouMean(missing.path[0], r.names))
		return
	}
	f.add(task, at)
}

// arrayError tells where an array is not JSON.
func (f *taskFile) arrayError(seen *seenReader, d *json.Decoder, err error) error {
	var syntax *json.SyntaxError
	message, at := "not JSON: the array does not end", d.InputOffset()
	switch {
	case errors.Is(err, errRecordTooLong):
		message = fmt.Sprintf("the element has more than %d MiB", maxLine>>20)
	case errors.As(err, &syntax):
		message, at = "not JSON: "+strings.TrimPrefix(err.Error(), "json: "), max(syntax.Offset-1, 0)
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	line, column := seen.startOf(at)
	f.Add(document.Place{Line: line, Column: column + 1}, "", message, "")
	return nil
}

// seenReader remembers what was read and not yet passed, to tell lines of offsets, which only ever grow.
type seenReader struct {
	in     *boundedReader
	text   []byte // read, of which the first passed bytes stand before the offset
	passed int
	offset int64
	line   int // of the offset, from 1
	column int // characters before it in its line
}

func (s *seenReader) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.text = append(s.text[:copy(s.text, s.text[s.passed:])], p[:n]...)
	s.passed = 0
	return n, err
}

// startOf returns the line of an offset and the characters before it there, and forgets what stands before.
func (s *seenReader) startOf(offset int64) (line, column int) {
	n := min(max(int(offset-s.offset), 0), len(s.text)-s.passed)
	passed := s.text[s.passed : s.passed+n]
	if end := bytes.LastIndexByte(passed, '\n'); end >= 0 {
		s.line += bytes.Count(passed, []byte("\n"))
		s.column = 0
		passed = passed[end+1:]
	}
	s.column += utf8.RuneCount(passed)
	s.passed += n
	s.offset += int64(n)
	return s.line, s.column
}
