package ollama

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

type object = figures.Object

func (c call) WriteAnswer(r *wire.Response) ([]byte, error) {
	switch {
	case c.path == embed:
		return nil, errors.New("write the answer: an embedding is no part of it")
	case len(r.Choices) > 1:
		return nil, errors.New("write the answer: the ollama format has one choice")
	}
	for _, one := range r.ToolCalls {
		if !json.Valid([]byte(one.Arguments)) {
			return nil, fmt.Errorf("write the answer: the arguments of tool call %.40q are no JSON", one.Name)
		}
	}
	line := c.line(r.Model, r.All()[0])
	end(line, r)
	return reading.Marshal(line), nil
}

// line is a piece of an answer.
func (c call) line(model string, one wire.Choice) object {
	said := object{"role": "assistant", "content": one.Text}
	if one.Reasoning != "" {
		said["thinking"] = one.Reasoning
	}
	var calls []object
	for _, asked := range one.ToolCalls {
		calls = append(calls, object{"id": asked.ID, "function": object{"name": asked.Name, "arguments": json.RawMessage(asked.Arguments)}})
	}
	if calls != nil {
		said["tool_calls"] = calls
	}
	line := object{"model": model, "created_at": "1970-01-01T00:00:00Z", "done": false}
	if c.path == generate {
		line["response"] = one.Text
		if one.Reasoning != "" {
			line["thinking"] = one.Reasoning
		}
		return line
	}
	line["message"] = said
	return line
}

// end adds why the answer ended, and what was used.
func end(line object, r *wire.Response) {
	line["done"], line["done_reason"] = true, r.Finish
	if r.Finish == wire.FinishTools {
		line["done_reason"] = wire.FinishStop
	}
	if u := figures.Writable(r.Usage); u != nil && u.Unknown&budget.InputSide == 0 {
		line["prompt_eval_count"] = u.InputTokens()
	}
	if u := figures.Writable(r.Usage); u != nil && u.Unknown&budget.OutputSide == 0 {
		line["eval_count"] = u.Output + u.AudioOutput
	}
}

func (call) WriteError(e *wire.Error) []byte { return reading.Marshal(object{"error": e.Message}) }

func (c call) Writer(bool) wire.Writer { return &writer{call: c} }

// writer is line after line.
type writer struct {
	call
	model string
}

func (w *writer) Begin(r *wire.Response) []byte {
	w.model = r.Model
	return nil
}

func (w *writer) Piece(c wire.Choice) []byte {
	if c.Index > 0 {
		return nil
	}
	return append(reading.Marshal(w.line(w.model, c)), '\n')
}

func (w *writer) End(r *wire.Response) []byte {
	line := w.line(w.model, wire.Choice{})
	end(line, r)
	return append(reading.Marshal(line), '\n')
}

func (w *writer) Fail(e *wire.Error) []byte { return append(w.WriteError(e), '\n') }
