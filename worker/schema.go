package worker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// CheckSchema reports why a text is no JSON Schema that answers could be checked by. One that refers to another document is
// none: nothing is fetched.
func CheckSchema(text json.RawMessage) error {
	_, err := compile(text)
	return err
}

func compile(text json.RawMessage) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(nowhere{})
	const name = "schema:answer"
	if err := c.AddResource(name, doc); err != nil {
		return nil, err
	}
	s, err := c.Compile(name)
	var wrong *jsonschema.SchemaValidationError
	if errors.As(err, &wrong) {
		err = wrong.Err // the rest names the resource, which nobody knows
	}
	return s, plainly(err)
}

// nowhere is where other documents are.
type nowhere struct{}

func (nowhere) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is another document, which is not fetched", url)
}

// SchemaError is an answer that does not match its task's schema. It was paid for.
type SchemaError struct{ Err error }

func (e *SchemaError) Error() string { return "the answer does not match its schema: " + e.Err.Error() }

func (e *SchemaError) Unwrap() error { return e.Err }

// JSONIn is what an answer says, without thoughts, and without the fence that models like to put around JSON. Whether it is JSON
// remains to be seen.
func JSONIn(answer string) string { return unfenced(spoken(answer)) }

// match returns the JSON in an answer: without thoughts, and without the fence that models like to put around it. It is an error
// unless that matches a schema.
func match(schema json.RawMessage, answer string) (string, error) {
	compiled, err := compile(schema) // takes less than a call by far
	if err != nil {
		return answer, &SchemaError{err}
	}
	text := JSONIn(answer)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return answer, &SchemaError{errors.New("it is no JSON")} // what the parser says repeats the text
	}
	if err := compiled.Validate(value); err != nil {
		return answer, &SchemaError{plainly(err)}
	}
	return text, nil
}

// unfenced is a text without a fence of Markdown around all of it.
func unfenced(text string) string {
	inner, fenced := strings.CutPrefix(text, "```")
	inner, ends := strings.CutSuffix(inner, "```")
	_, inner, lined := strings.Cut(inner, "\n") // after the language
	if !fenced || !ends || !lined {
		return text
	}
	return strings.TrimSpace(inner)
}

var english = message.NewPrinter(language.English)

// plainly says the first thing that is wrong, and where: "at '/rating': ...".
func plainly(err error) error {
	var e *jsonschema.ValidationError
	if !errors.As(err, &e) {
		return err
	}
	for len(e.Causes) > 0 {
		e = e.Causes[0]
	}
	where := ""
	if len(e.InstanceLocation) > 0 {
		where = fmt.Sprintf("at '/%s': ", strings.Join(e.InstanceLocation, "/"))
	}
	return errors.New(where + e.ErrorKind.LocalizedString(english))
}
