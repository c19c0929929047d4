package tasks

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// The bounds of a line: nesting may be that of a tool's schema in a request body.
const (
	maxJSONNesting = 256
	maxLineKeys    = 1000
)

// readJSONL reads a file of request lines: plain ones, whose keys are those of a [[task]], and those of
// OpenAI's Batch API. Empty lines are skipped.
func (f *taskFile) readJSONL(in *bufio.Reader) error {
	f.places = f.atRow
	var line []byte
	for n, offset := 1, int64(0); ; n++ {
		length, err := readLine(in, &line)
		if err != nil && err != io.EOF {
			return err
		}
		if text := bytes.TrimSpace(line); length > maxLine {
			f.Add(document.Place{Line: n}, "", fmt.Sprintf("the line has %d bytes: the most is %d MiB", length, maxLine>>20), "")
		} else if len(text) > 0 {
			f.element(element{text: line, line: n, offset: offset, fallback: "line-" + strconv.Itoa(n)})
			if f.told { // every line would be a mistake
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		offset += int64(length)
	}
}

// readLine reads up to the next line end into line, whose memory it reuses. It returns the line's length;
// a line above maxLine is read to its end but not kept.
func readLine(in *bufio.Reader, line *[]byte) (length int, err error) {
	*line = (*line)[:0]
	for {
		part, err := in.ReadSlice('\n')
		length += len(part)
		if length <= maxLine {
			*line = append(*line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return length, err
		}
	}
}

// foreignLine returns what an object is that is neither a task nor a Batch line, or nil.
func foreignLine(line []byte, keys map[string]any) *foreign {
	for _, own := range []string{"prompt", "prompt_file", "body"} {
		if _, has := keys[own]; has {
			return nil
		}
	}
	return objectOf(line).known()
}

// objectError is why a line is not one JSON object.
type objectError struct {
	at                 int // offset in the line
	key, message, hint string
}

// decodeObject reads a JSON object into the types of the TOML library: int64, float64, []any. An object
// under one of rawKeys stays raw, in memory of its own. A key that comes twice is one:
// encoding/json would silently take the last.
func decodeObject(line []byte) (map[string]any, *objectError) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if start, err := d.Token(); err != nil {
		return nil, syntaxError(line, d, err)
	} else if start != json.Delim('{') {
		return nil, &objectError{message: "expected one JSON object a line", hint: `write {"id": "a", "prompt": "..."}`}
	}
	keys := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, syntaxError(line, d, err)
		}
		key := token.(string) // the decoder lets nothing else be a key
		at := int(d.InputOffset())
		value, err := decodeValue(d, key)
		if err != nil {
			return nil, syntaxError(line, d, err)
		}
		if _, twice := keys[key]; twice {
			return nil, &objectError{at: at, key: key, message: "comes twice", hint: "leave one out"}
		}
		if keys[key] = value; len(keys) > maxLineKeys {
			return nil, &objectError{at: at, message: fmt.Sprintf("the object has more than %d keys", maxLineKeys)}
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, syntaxError(line, d, err)
	}
	rest := bytes.TrimLeft(line[d.InputOffset():], " \t\r\n")
	if len(rest) > 0 {
		return nil, &objectError{at: len(line) - len(rest), message: "something follows the object", hint: "write one object a line"}
	}
	return keys, nil
}

// rawKeys are those whose objects are kept as they are written.
var rawKeys = []string{"body", "params", "request", "metadata", "schema"}

func decodeValue(d *json.Decoder, key string) (any, error) {
	if slices.Contains(rawKeys, key) {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil || raw[0] == '{' {
			return raw, err
		}
		var v any
		err := json.Unmarshal(raw, &v)
		return v, err
	}
	var v any
	err := d.Decode(&v)
	return plain(v), err
}

// plain turns JSON's numbers into int64 and float64.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}

func syntaxError(line []byte, d *json.Decoder, err error) *objectError {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return &objectError{at: max(int(syntax.Offset)-1, 0), message: "not JSON: " + strings.TrimPrefix(err.Error(), "json: ")}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &objectError{at: len(bytes.TrimSpace(line)), message: "not JSON: the object does not end", hint: "write one object a line"}
	}
	return &objectError{at: int(d.InputOffset()), message: "not JSON: " + err.Error()}
}

// keyOffset is where a key of an object stands in its line, or where the object starts.
func keyOffset(line []byte, key string) int {
	d := json.NewDecoder(bytes.NewReader(line))
	_, _ = d.Token()
	for d.More() {
		after := int(d.InputOffset())
		token, err := d.Token()
		if err != nil {
			break
		}
		if token == key {
			return after + bytes.IndexByte(line[after:], '"')
		}
		var skip json.RawMessage
		if d.Decode(&skip) != nil {
			break
		}
	}
	return 0
}

// nestedTooDeep returns the offset in JSON at which more than limit objects and arrays are open, or -1.
func nestedTooDeep(text []byte, limit int) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return i
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return -1
}
